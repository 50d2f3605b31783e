// `digits sweep`: spaces in text files, trials that survive being killed, shards, halving; mostly under ASan and UBSan.

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { writeDataset } from '../fixtures/idx.js';

const DIGITS = resolve('build/asan/digits'),
  NATIVE = resolve('build/digits'),
  EXAMPLES = resolve('models/sweeps');
const folder = mkdtempSync(join(tmpdir(), 'digits-sweep-'));
const path = (name) => join(folder, name);
after(() => rmSync(folder, { recursive: true }));

/** Runs a program to its end, away from the repository: its commit is no part of the weights then. */
const run = (program, ...args) =>
  new Promise((done) => {
    execFile(program, args, { cwd: folder, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      done({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
const sweep = (...args) => run(DIGITS, 'sweep', ...args);
/** Trains in a folder, with one thread. */
const train = (space, out, ...more) => sweep(space, '--data', 'data', '--out', out, '--threads', '1', ...more);
const lines = (file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
const files = (dir, ending) =>
  (existsSync(path(dir)) ? readdirSync(path(dir)) : []).filter((name) => name.endsWith(ending)).sort();
/** Each trial's weights by name. */
const weights = (dir) =>
  Object.fromEntries(files(dir, '.safetensors').map((name) => [name, hash(join(path(dir), name))]));
const trialLogs = (dir) => files(dir, '.jsonl').filter((name) => name.startsWith('trial-'));
const events = (dir, name, event) => lines(join(path(dir), name)).filter((line) => line.event === event);
const results = (dir) =>
  files(dir, '.jsonl')
    .filter((name) => name.startsWith('results'))
    .flatMap((name) => lines(join(path(dir), name)));
const pause = () =>
  new Promise((resolved) => {
    setTimeout(resolved, 1);
  });
/** A space of small networks. */
function space(name, text) {
  const common = 'architecture "dense:16 dense:10"\nbatch 32\ndistort 0\nbatch-norm 0\n';
  const own = text.match(/^[\w-]+/gm),
    kept = common.split('\n').filter((line) => !own.includes(line.split(' ')[0]));
  writeFileSync(path(name), `${kept.join('\n')}\n${text}\n`);
  return path(name);
}
/** The best first: more right, or else the lower nll. */
const byValidation = (a, b) => b.validation_accuracy - a.validation_accuracy || a.validation_nll - b.validation_nll;
/** The table's rows: [name, validation %]. */
const rows = (stdout) =>
  stdout
    .split('\n')
    .map((line) => line.match(/^ *([\d.]+) % .*(trial-[0-9a-f]{12})/))
    .filter(Boolean)
    .map(([, accuracy, name]) => [name, Number(accuracy)]);

before(() => writeDataset(path('data'), 360, 60, 2));
const GRID = 'rate 0.002 0.01\nmomentum 0.9 0.5\nepochs 3';

describe('spaces', () => {
  test('what a file may look like', async () => {
    writeFileSync(
      path('form.txt'),
      '# a comment\r\n\n  rate=0.001\t0.005 # another\r\n' +
        'architecture = "dense:8 dense:10" "dense:16 dense:10"\noptimizer   sgd#no space\nextra ../up\nepochs 2',
    );
    const { status, stdout, stderr } = await sweep('form.txt', '--list');
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      stdout.trim().split('\n'),
      ['0.001', '0.005']
        .flatMap((rate) => ['8', '16'].map((hidden) => `rate ${rate}, architecture "dense:${hidden} dense:10"`))
        .map((text, i) => `${i + 1}: ${text}`),
    );
    writeFileSync(path('one.txt'), 'epochs 2\nextra ../up\n');
    assert.equal((await sweep('one.txt', '--list')).stdout, '1: epochs 2, extra "../up"\n');
  });

  test('what is wrong is said, with the line', async () => {
    const numbers = (n) => Array.from({ length: n }, (_, i) => i + 1).join(' ');
    const bad = [
      ['rate fast', /bad\.txt:1: rate fast: out of range/],
      ['\n\nrate 0.1 -3', /bad\.txt:3: rate -3: out of range/],
      ['speed 3', /bad\.txt:1: speed: there is no such setting/],
      ['= 3', /bad\.txt:1: 3: there is no such setting/],
      ['rate', /bad\.txt:1: rate has no value/],
      ['rate = # 0.1', /bad\.txt:1: rate has no value/],
      ['rate 0.1\nepochs 3\nrate 0.2', /bad\.txt:3: rate is in line 1 already/],
      ['rate 0.1 0.1', /bad\.txt:1: rate 0\.1: given twice/],
      ['rate 0.1 1e-1', /trials 1 and 2 are the same/],
      ['optimizer magic', /bad\.txt:1: .*sgd, adamw or rmsprop/],
      ['epochs 2.5', /bad\.txt:1: epochs 2\.5: not a whole number/],
      ['architecture "dense:16 dense:10', /bad\.txt:1: the quote is not closed/],
      ['architecture "dense:10"x', /bad\.txt:1: .*behind the quote/],
      ['architecture x"dense:10"', /bad\.txt:1: .*before the quote/],
      ['rate 0.1\narchitecture "dense:16 tense:10"', /bad\.txt:2: .*not an architecture/],
      ['epochs 3\ninteger-epochs 1 4', /bad\.txt:2: integer-epochs .*more than epochs/],
      ['rate 0.001..0.1', /bad\.txt:1: rate: a range is for --random/],
      ['rate 0.1..0.1', /bad\.txt:1: .*must be less/],
      ['momentum log 0..0.5', /bad\.txt:1: .*no logarithm/],
      ['batch int 1.5..3', /bad\.txt:1: .*not whole/],
      ['rate log', /bad\.txt:1: .*one range/],
      ['rate log 0.1 0.2', /bad\.txt:1: .*one range/],
      ['rate log 0.1..99', /bad\.txt:1: rate 99: out of range/],
      ['seed int 1..', /bad\.txt:1: .*one range/],
      ['rate 0.1..0.2 0.3', /bad\.txt:1: rate 0\.1\.\.0\.2: out of range/],
      ['', /bad\.txt: there is no setting/],
      ['# rate 1', /bad\.txt: there is no setting/],
      ['rate 0.1\0', /bad\.txt: this is no text/],
      [`seed ${numbers(1025)}`, /bad\.txt:1: more than 1024 values/],
      [`seed ${numbers(30)}\nbatch ${numbers(30)}\nepochs ${numbers(30)}`, /bad\.txt:3: more than 10000 trials/],
      ['#'.repeat(70000), /bad\.txt: File too large/],
    ];
    for (const [text, message] of bad) {
      writeFileSync(path('bad.txt'), text);
      const { status, stdout, stderr } = await sweep('bad.txt', '--list');
      assert.equal(status, 1, text);
      assert.equal(stdout, '', text);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
    // Only ranges that nothing is drawn from are errors: the same file does for a random search.
    writeFileSync(path('bad.txt'), 'rate 0.001..0.1');
    assert.equal((await sweep('bad.txt', '--list', '--random', '2')).status, 0);
    assert.match((await sweep('none.txt')).stderr, /none\.txt: No such file/);
  });

  test('wrong usage', async () => {
    space('good.txt', GRID);
    for (const args of [
      [],
      ['--what', 'good.txt'],
      ['good.txt', 'more'],
      ['--table'],
      ['good.txt', '--shard', '0/2'],
      ['good.txt', '--shard', '3/2'],
      ['good.txt', '--shard', '1'],
      ['good.txt', '--shard', '1/2x'],
      ['good.txt', '--shard', '/2'],
      ['good.txt', '--random', '0'],
      ['good.txt', '--random', '10001'],
      ['good.txt', '--halving=1'],
      ['good.txt', '--threads', 'all'],
      ['good.txt', '--seed', '-1'],
    ]) {
      const { status, stderr } = await sweep(...args);
      assert.equal(status, 2, args.join(' '));
      assert.notEqual(stderr, '');
    }
    assert.match((await sweep('--help')).stdout, /--shard I\/N/);
    const { status, stderr } = await sweep('good.txt', '--data', 'nowhere', '--out', path('unread'));
    assert.equal(status, 1);
    assert.match(stderr, /nowhere.*No such file/);
    assert.deepEqual(trialLogs('unread'), [], 'nothing was begun');
  });

  test('the examples', async () => {
    const grid = (await sweep(join(EXAMPLES, 'mlp.txt'), '--list')).stdout.trim().split('\n');
    assert.equal(grid.length, 12);
    assert.equal(grid[11], '12: architecture "dense:768 dense:10", rate 0.005, momentum 0.25');
    for (const name of readdirSync(EXAMPLES).filter((name) => name.endsWith('.txt'))) {
      const { status, stdout, stderr } = await sweep(join(EXAMPLES, name), '--random', '5', '--list');
      assert.equal(status, 0, stderr);
      assert.equal(stdout.trim().split('\n').length, 5, name);
    }
  });

  test('a random search: the same draws for a seed, however many; within their ranges; no two alike', async () => {
    space('random.txt', 'rate log 0.0005..0.05\nmomentum 0.5..0.9\nseed int 3..9\nbatch 16 32');
    const list = async (...args) => (await sweep('random.txt', '--list', ...args)).stdout.trim().split('\n');
    const many = await list('--random', '200'),
      few = await list('--random', '20');
    assert.deepEqual(few, many.slice(0, 20));
    assert.notDeepEqual(await list('--random', '20', '--seed', '2'), few);
    const shard = await list('--random', '20', '--shard', '2/3');
    assert.deepEqual(
      shard,
      few.filter((_, k) => k % 3 === 1),
    );
    const drawn = many.map((line) =>
      line
        .match(/rate ([\d.]+), momentum ([\d.]+), seed (\d+), batch (\d+)/)
        .slice(1)
        .map(Number),
    );
    const share = (i, is) => drawn.filter((draw) => is(draw[i])).length / drawn.length;
    assert.equal(
      share(0, (rate) => rate >= 0.0005 && rate <= 0.05),
      1,
    );
    assert.ok(Math.abs(share(0, (rate) => rate < 0.005) - 0.5) < 0.15, 'half are below the middle');
    assert.equal(
      share(1, (momentum) => momentum >= 0.5 && momentum <= 0.9),
      1,
    );
    assert.ok(Math.abs(share(1, (momentum) => momentum < 0.7) - 0.5) < 0.15);
    assert.deepEqual([...new Set(drawn.map((draw) => draw[2]))].sort(), [3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual([...new Set(drawn.map((draw) => draw[3]))].sort(), [16, 32]);
    space('few.txt', 'seed int 1..4');
    const { stdout, stderr } = await sweep('few.txt', '--random', '9', '--list');
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.slice(3))
        .sort(),
      ['seed 1', 'seed 2', 'seed 3', 'seed 4'],
    );
    assert.match(stderr, /only 4 different/);
  });
});

describe('sweeps', () => {
  before(async () => {
    space('grid.txt', GRID);
    const { status, stderr } = await train('grid.txt', 'grid');
    assert.equal(status, 0, stderr);
  });

  test('a grid: every trial to its end, a result for each, a table with the best by validation first', async () => {
    assert.equal(Object.keys(weights('grid')).length, 4);
    assert.deepEqual(files('grid', '.checkpoint'), []);
    const found = results('grid');
    found.forEach(({ event, trial, of, state, epochs, of_epochs, sweep }, i) =>
      assert.deepEqual([event, trial, of, state, epochs, of_epochs, sweep], ['trial', i + 1, 4, 'done', 3, 3, 'grid']),
    );
    assert.equal(found.length, 4);
    assert.deepEqual(
      found.map((line) => line.settings),
      [0.002, 0.01].flatMap((rate) => [0.9, 0.5].map((momentum) => ({ rate, momentum }))),
    );
    for (const line of found) {
      const log = `${line.name}.jsonl`,
        [start] = events('grid', log, 'start'),
        epochs = events('grid', log, 'epoch');
      assert.deepEqual(line.recipe, start.config.recipe);
      assert.equal(line.data, start.config.data);
      assert.equal(epochs.length, 3);
      assert.equal(line.validation_accuracy, epochs[2].validation_accuracy);
      assert.equal(line.validation_nll, epochs[2].validation_nll);
      const score = await run(
        DIGITS,
        'eval',
        '--json',
        '--model',
        `grid/${line.name}.safetensors`,
        '--images',
        'data/t10k-images-idx3-ubyte',
        '--labels',
        'data/t10k-labels-idx1-ubyte',
      );
      assert.ok(Math.abs(JSON.parse(score.stdout).accuracy - line.t10k_accuracy) < 1e-6);
    }
    const table = await sweep('--table', 'grid');
    assert.equal(table.status, 0, table.stderr);
    const shown = rows(table.stdout);
    const order = found.toSorted(byValidation);
    assert.deepEqual(
      shown.map(([name]) => name),
      order.map((line) => line.name),
    );
    assert.ok(new Set(order.map((line) => line.validation_accuracy)).size > 1, 'the trials differ');
    assert.match(table.stdout, new RegExp(`4 finished; the best .*${order[0].name}\\.safetensors`));
    assert.match(table.stdout, /rate 0\.002 +momentum 0\.9/);
  });

  test('again: nothing is trained twice; a wider space trains what is new', async () => {
    const before = trialLogs('grid').map((name) => hash(path(`grid/${name}`)));
    const again = await train('grid.txt', 'grid');
    assert.equal(again.status, 0);
    assert.match(again.stdout, /4 finished of 4/);
    assert.deepEqual(
      trialLogs('grid').map((name) => hash(path(`grid/${name}`))),
      before,
    );
    assert.equal(results('grid').length, 4);
    space('wider.txt', GRID.replace('rate', 'rate 0.005'));
    const wider = await train('wider.txt', 'grid');
    assert.equal(wider.status, 0, wider.stderr);
    assert.match(wider.stdout, /6 finished of 6/);
    assert.equal(trialLogs('grid').flatMap((name) => events('grid', name, 'start')).length, 6);
  });

  test('two shards under GNU parallel give what one machine gives', async () => {
    const shards = await run(
      'parallel',
      '--will-cite',
      '-j2',
      DIGITS,
      'sweep',
      'grid.txt',
      '--data',
      'data',
      '--out',
      'shards',
      '--threads',
      '1',
      '--shard',
      '{}/2',
      ':::',
      '1',
      '2',
    );
    assert.equal(shards.status, 0, shards.stderr);
    assert.deepEqual(
      lines(path('shards/results-1-of-2.jsonl')).map((line) => line.trial),
      [1, 3],
    );
    assert.deepEqual(
      lines(path('shards/results-2-of-2.jsonl')).map((line) => line.trial),
      [2, 4],
    );
    const whole = weights('grid');
    const sharded = weights('shards');
    assert.equal(Object.keys(sharded).length, 4);
    for (const [name, sum] of Object.entries(sharded)) assert.equal(sum, whole[name], name);
    // Folders of their own, shown as one.
    for (const shard of [1, 2]) await train('grid.txt', `own${shard}`, '--shard', `${shard}/2`);
    const [together, apart] = [await sweep('--table', 'shards'), await sweep('--table', 'own1', 'own2')];
    assert.equal(rows(together.stdout).length, 4);
    assert.equal(apart.stdout, together.stdout);
    // All of it is there: a sweep without shards has nothing left to do.
    assert.match((await sweep('grid.txt', '--data', 'data', '--out', 'shards')).stdout, /4 finished of 4/);
    assert.equal(trialLogs('shards').flatMap((name) => events('shards', name, 'start')).length, 4);
  });

  test('killed in the middle, and stopped by Ctrl-C: it goes on, to the same weights', async () => {
    space('long.txt', 'rate 0.002 0.01\nepochs 60');
    const args = ['sweep', 'long.txt', '--data', 'data', '--threads', '1', '--out'];
    assert.equal((await run(NATIVE, ...args, 'unbroken')).status, 0);
    const finished = () => results('broken').filter((line) => line.state === 'done').length;
    const epochs = () =>
      trialLogs('broken')
        .map((name) => readFileSync(path(`broken/${name}`), 'utf8'))
        .join('')
        .split('"event":"epoch"').length - 1;
    /** Starts, waits until so many epochs are in the logs, sends a signal. */
    async function interrupt(signal, after) {
      const child = spawn(NATIVE, [...args, 'broken'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += chunk;
      });
      const end = new Promise((done) => {
        child.on('close', (code, by) => done({ code, by }));
      });
      while (epochs() < after && child.exitCode === null) await pause();
      child.kill(signal);
      return { ...(await end), said };
    }
    // On a busy machine a signal can come too late to be in the middle: then all is begun anew.
    for (let tries = 0; ; tries++) {
      assert.ok(tries < 5, 'no signal ever came in time');
      rmSync(path('broken'), { recursive: true, force: true });
      if ((await interrupt('SIGKILL', 5)).by !== 'SIGKILL' || finished() > 0) continue;
      assert.equal(files('broken', '.checkpoint').length, 1);
      const stopped = await interrupt('SIGINT', 15);
      if (stopped.code === 0 || finished() > 0) continue;
      assert.equal(stopped.code, 1, 'for those who run jobs: not through');
      assert.match(stopped.said, /the same command goes on/);
      if ((await interrupt('SIGKILL', 70)).by === 'SIGKILL' && finished() === 1) break;
    }
    const [first] = results('broken'),
      log = hash(path(`broken/${first.name}.jsonl`));
    const end = await run(NATIVE, ...args, 'broken');
    assert.equal(end.status, 0, end.stderr);
    assert.deepEqual(weights('broken'), weights('unbroken'));
    assert.equal(hash(path(`broken/${first.name}.jsonl`)), log, 'the finished trial was left alone');
    for (const { name } of results('broken')) {
      assert.equal(events('broken', `${name}.jsonl`, 'start').length, 1, 'no trial began twice');
      assert.ok(events('broken', `${name}.jsonl`, 'resume').length > 0);
      assert.ok(events('broken', `${name}.jsonl`, 'epoch').length <= 60 + 2, 'each kill cost an epoch at most');
    }
    const timeless = (dir) => results(dir).map((line) => ({ ...line, time: '' }));
    assert.deepEqual(timeless('broken'), timeless('unbroken'));
  });

  test('lines that were cut off, and a result that was lost', async () => {
    const args = ['grid.txt', 'cut'];
    await train(...args);
    const table = (await sweep('--table', 'cut')).stdout,
      sums = weights('cut');
    const kept = readFileSync(path('cut/results.jsonl'), 'utf8').split('\n');
    writeFileSync(path('cut/results.jsonl'), `${kept.slice(0, 2).join('\n')}\n${kept[2].slice(0, 300)}`);
    appendFileSync(
      path('cut/results-9-of-9.jsonl'),
      'no JSON\n{"event":"trial"}\n\n' + '{"event":"trial","name":"trial-1","state":"perfect","settings":{}}\n',
    );
    assert.equal(rows((await sweep('--table', 'cut')).stdout).length, 2);
    // What a shard once stopped and another finished is finished, whichever line comes last.
    appendFileSync(path('cut/results.jsonl'), `\n${kept[0].replace('"done","epochs":3', '"stopped","epochs":1')}\n`);
    assert.doesNotMatch((await sweep('--table', 'cut')).stdout, /stopped/);
    // A trial killed while it wrote its log, after the epoch and before the checkpoint.
    const { name } = JSON.parse(kept[3]);
    rmSync(path(`cut/${name}.safetensors`));
    const log = readFileSync(path(`cut/${name}.jsonl`), 'utf8');
    writeFileSync(path(`cut/${name}.jsonl`), log.slice(0, log.indexOf('"validation_nll"')));
    const again = await train(...args);
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(weights('cut'), sums);
    assert.equal((await sweep('--table', 'cut')).stdout, table);
  });

  test('a trial that cannot be trained is told, and keeps no other from its end', async () => {
    space('failing.txt', 'architecture "conv3:5 dense:10" "dense:8 dense:10"\nepochs 2');
    const args = ['failing.txt', 'failing'];
    for (let time = 1; time <= 2; time++) {
      const { status, stdout, stderr } = await train(...args);
      assert.equal(status, 1);
      assert.match(stderr, /trial 1 failed: .*multiples of 8/);
      assert.match(stdout, /0\/2 +failed .*multiples of 8/);
      assert.match(stdout, /1 finished of 2/);
      assert.deepEqual(
        results('failing')
          .map((line) => line.state)
          .sort(),
        ['done', ...Array(time).fill('failed')],
      );
    }
  });

  test('a trial that another process is training is left to it', async () => {
    const args = ['grid.txt', 'locked'];
    const [name] = results('grid').map((line) => line.name);
    await train('grid.txt', 'locked', '--shard', '2/4');
    const log = path(`locked/${name}.jsonl`);
    writeFileSync(log, '');
    const holder = spawn('flock', ['-x', log, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await new Promise((done) => {
      holder.stdout.once('data', done);
    });
    const { status, stdout, stderr } = await train(...args);
    holder.stdin.end();
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`${name}: another process is training it`));
    assert.match(stdout, /3 finished of 4/);
    assert.equal(readFileSync(log, 'utf8'), '');
    await new Promise((done) => {
      holder.exitCode === null ? holder.on('close', done) : done();
    });
    assert.match((await train(...args)).stdout, /4 finished of 4/);
  });
});

describe('successive halving', () => {
  const SPACE = 'rate 0.0001 0.0003 0.001 0.003 0.01 0.03\nmomentum 0.9 0.5\nepochs 4\nseed 3';
  /** Each trial's epochs by name. */
  const done = (dir) =>
    Object.fromEntries(trialLogs(dir).map((name) => [name.slice(0, -6), events(dir, name, 'epoch')]));
  const states = (lines) => lines.map((line) => `${line.state} ${line.epochs}`).sort();
  const times = (n, what) => Array(n).fill(what);
  /** What should go on from n trials after their epoch: the better half by validation. */
  const better = (names, logs, epoch, n) =>
    names.toSorted((a, b) => byValidation(logs[a][epoch - 1], logs[b][epoch - 1])).slice(0, n);

  test('poor trials stop early, the better ones go on; again, and nothing happens', async () => {
    space('halving.txt', SPACE);
    const args = ['halving.txt', 'halving', '--halving=2'];
    const { status, stdout, stderr } = await train(...args);
    assert.equal(status, 0, stderr);
    // 4 epochs, 12 trials: rungs of 1, 2 and 4 epochs, with 12, 6 and 3 trials.
    const logs = done('halving'),
      lengths = Object.values(logs)
        .map((log) => log.length)
        .sort();
    assert.deepEqual(lengths, [...times(6, 1), ...times(3, 2), ...times(3, 4)]);
    const second = better(Object.keys(logs), logs, 1, 6),
      third = better(second, logs, 2, 3);
    assert.deepEqual(
      Object.keys(logs)
        .filter((name) => logs[name].length > 1)
        .sort(),
      second.sort(),
    );
    assert.deepEqual(
      Object.keys(logs)
        .filter((name) => logs[name].length === 4)
        .sort(),
      third.sort(),
    );
    const found = results('halving');
    assert.deepEqual(states(found), [...times(3, 'done 4'), ...times(6, 'stopped 1'), ...times(3, 'stopped 2')]);
    for (const { name, epochs, validation_accuracy } of found)
      assert.equal(validation_accuracy, logs[name][epochs - 1].validation_accuracy);
    assert.deepEqual(
      rows(stdout)
        .slice(0, 3)
        .map(([name]) => name)
        .sort(),
      third,
      'finished ones come first',
    );
    assert.match(stdout, /3 finished of 12/);
    assert.equal(Object.keys(weights('halving')).length, 3);

    assert.equal((await train(...args)).stdout, stdout);
    assert.deepEqual(done('halving'), logs);
    assert.equal(results('halving').length, 12);
    // Only the epoch of the rung counts, even if a trial is known to have become better later.
    const poor = Object.keys(logs).find((name) => logs[name].length === 1);
    const log = path(`halving/${poor}.jsonl`),
      kept = readFileSync(log);
    appendFileSync(log, `${JSON.stringify({ ...logs[poor][0], epoch: 3, validation_accuracy: 1 })}\n`);
    assert.equal((await train(...args)).stdout, stdout);
    assert.equal(done('halving')[poor].length, 2);
    writeFileSync(log, kept);
    // Without halving, those that were stopped go on to the end, and are what they would have been.
    await train(...args.slice(0, -1));
    assert.deepEqual(
      Object.values(done('halving')).map((log) => log.length),
      times(12, 4),
    );
    const all = (await sweep('--table', 'halving')).stdout;
    assert.match(all, /12 finished/);
    rmSync(path('halving/results.jsonl'));
    await train(...args);
    assert.equal((await sweep('--table', 'halving')).stdout, all);
    await train('halving.txt', 'straight', '--shard', '1/4');
    const straight = weights('straight'),
      paused = weights('halving');
    assert.equal(Object.keys(straight).length, 3);
    for (const [name, sum] of Object.entries(straight)) assert.equal(paused[name], sum);
  });

  test('killed between the rungs, it decides the same', async () => {
    const args = ['sweep', 'halving.txt', '--data', 'data', '--threads', '1', '--halving=2', '--out'];
    const child = spawn(NATIVE, [...args, 'rungs'], { cwd: folder, stdio: 'ignore' });
    const end = new Promise((resolved) => {
      child.on('close', (_, by) => resolved(by));
    });
    while (trialLogs('rungs').length < 8 && child.exitCode === null) await pause();
    child.kill('SIGKILL');
    assert.equal(await end, 'SIGKILL');
    for (const dir of ['rungs', 'rungs2']) assert.equal((await run(NATIVE, ...args, dir)).status, 0);
    assert.deepEqual(weights('rungs'), weights('rungs2'));
    assert.equal(Object.keys(weights('rungs')).length, 3);
  });

  test('each shard halves among its own; other epochs cannot be compared', async () => {
    const args = ['halving.txt', 'halved', '--halving=2'];
    for (const shard of ['1/2', '2/2']) assert.equal((await train(...args, '--shard', shard)).status, 0);
    for (const shard of [1, 2]) {
      const own = lines(path(`halved/results-${shard}-of-2.jsonl`));
      assert.deepEqual(
        own.map((line) => line.trial % 2),
        Array(6).fill(shard % 2),
      );
      // 6 trials: rungs with 6, 3 and 1.
      assert.deepEqual(states(own), ['done 4', ...times(3, 'stopped 1'), ...times(2, 'stopped 2')]);
    }
    space('uneven.txt', 'epochs 2 4');
    const { status, stderr } = await sweep('uneven.txt', '--data', 'data', '--out', 'uneven', '--halving');
    assert.equal(status, 1);
    assert.match(stderr, /epochs must have one value/);
  });
});

test('`make sweep` runs the example', async () => {
  const { stdout } = await promisify(execFile)('make', ['-n', 'sweep']);
  const [, file] = stdout.match(/digits sweep "?([^\s"]+)/) ?? [];
  assert.equal(resolve(file), join(EXAMPLES, 'mlp.txt'));
});
