// The command line under ASan and UBSan: predict, eval and train, on good input and bad.

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { drawDigit, drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { writeDataset } from '../fixtures/idx.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { mnist } from './mnist.js';

const DIGITS = 'build/asan/digits';
const folder = mkdtempSync(join(tmpdir(), 'digits-cli-'));
const path = (name) => join(folder, name);
after(() => rmSync(folder, { recursive: true }));

/** Runs to its end, whatever that is. */
function run(...args) {
  return new Promise((resolve) => {
    execFile(
      args[0]?.startsWith('build/') ? args.shift() : DIGITS,
      args,
      { maxBuffer: 1 << 26 },
      (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}
const lines = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('digits predict', () => {
  before(() => {
    const random = seededRandom(3);
    writeFileSync(path('seven.png'), encodePng(strokesToPicture(drawDigit(7, random), 200, 200)));
    writeFileSync(
      path('number.png'),
      encodePng(
        strokesToPicture(drawNumber('2026', random, { x: 40, y: 50, width: 520, height: 120 }), 600, 220, { pen: 9 }),
      ),
    );
    writeFileSync(
      path('blank.png'),
      encodePng({ data: new Uint8Array(100 * 80 * 4).fill(255), width: 100, height: 80 }),
    );
    writeFileSync(path('cut.png'), readFileSync(path('seven.png')).subarray(0, 900));
    writeFileSync(path('empty.png'), '');
    writeFileSync(path('text.png'), 'these are no pixels');
    const huge = Buffer.from(readFileSync(path('blank.png')));
    huge.writeUInt32BE(1 << 30, 16);
    writeFileSync(path('huge.png'), huge);
    writeFileSync(path('quote " and \n line.png'), readFileSync(path('seven.png')));
  });

  test('reads one digit and a number', async () => {
    const { status, stdout } = await run('predict', '--json', path('seven.png'), path('number.png'));
    const [seven, number] = lines(stdout);
    assert.equal(status, 0);
    assert.equal(seven.file, path('seven.png'));
    assert.equal(seven.text, '7');
    assert.equal(number.text.replaceAll(' ', ''), '2026');
    assert.deepEqual(
      number.digits.map((digit) => digit.label),
      [2, 0, 2, 6],
    );
    for (const { confidence, box, line } of number.digits) {
      assert.ok(confidence > 0.5 && confidence <= 1);
      assert.equal(line, 0);
      const [x, y, w, h] = box;
      assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 600 && y + h <= 220);
    }
    assert.ok(seven.ms > 0);
  });

  test('a blank picture is no digit, and no error', async () => {
    const { status, stdout } = await run('predict', '--json', path('blank.png'));
    assert.equal(status, 0);
    assert.deepEqual({ text: '', digits: [] }, (({ text, digits }) => ({ text, digits }))(lines(stdout)[0]));
  });

  test('bad files are named in their place, and the others go on', async () => {
    const files = ['cut.png', 'seven.png', 'empty.png', 'missing.png', 'text.png', 'huge.png', 'seven.png'].map(path);
    const { status, stdout } = await run('predict', '--json', ...files, folder);
    const answers = lines(stdout);
    assert.equal(status, 1);
    assert.deepEqual(
      answers.map((answer) => answer.file),
      [...files, folder],
    );
    const errors = [
      /damaged or cut short/,
      null,
      /empty/,
      /No such file/,
      /neither a PNG nor a JPEG/,
      /too large/,
      null,
      /directory/,
    ];
    answers.forEach((answer, i) => {
      if (errors[i]) assert.match(answer.error, errors[i]);
      else assert.equal(answer.text, '7');
    });
  });

  test('odd file names stay valid JSON', async () => {
    const name = path('quote " and \n line.png');
    assert.equal(lines((await run('predict', '--json', name)).stdout)[0].file, name);
  });

  test('answers for people', async () => {
    const { status, stdout, stderr } = await run('predict', path('seven.png'), path('blank.png'), path('text.png'));
    assert.equal(status, 1);
    assert.match(stdout, /seven\.png: 7 \(at least [\d.]+ % sure/);
    assert.match(stdout, /blank\.png: no digit/);
    assert.match(stderr, /text\.png: this is neither a PNG nor a JPEG image/);
  });

  test('weights that are missing, cut short or no weights', async () => {
    const good = readFileSync('models/digits.safetensors');
    writeFileSync(path('short.safetensors'), good.subarray(0, 30000));
    const other = Buffer.from(good);
    const at = other.indexOf('conv3:');
    other.write('conv5:', at);
    writeFileSync(path('other.safetensors'), other);
    for (const [file, message] of [
      [path('none.safetensors'), /No such file/],
      [path('short.safetensors'), /cut short/],
      [path('other.safetensors'), /another shape/],
      [path('seven.png'), /damaged|cut short/],
    ]) {
      const { status, stdout, stderr } = await run('predict', '--json', '--model', file, path('seven.png'));
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    }
  });

  test('signs and rotation are told; weights of the page that are named must be there', async () => {
    for (const more of [[], ['--no-signs'], ['--min-confidence', '0.9']]) {
      const { status, stdout } = await run('predict', '--json', ...more, path('seven.png'));
      const [{ text, signs, rotation }] = lines(stdout);
      assert.deepEqual({ status, text, signs, rotation }, { status: 0, text: '7', signs: [], rotation: 0 });
    }
    const { status, stdout, stderr } = await run('predict', '--page', path('none.safetensors'), path('seven.png'));
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
    assert.match(stderr, /none\.safetensors: No such file/);
  });

  test('wrong usage', async () => {
    for (const args of [
      [],
      ['predict'],
      ['predict', '--min-confidence', '1.5', 'x.png'],
      ['predict', '--min-confidence', '', 'x.png'],
      ['predict', '--what', 'x.png'],
      ['nonsense'],
    ]) {
      const { status, stderr } = await run(...args);
      assert.equal(status, 2, args.join(' '));
      assert.notEqual(stderr, '');
    }
    assert.match((await run('--help')).stdout, /digits predict/);
  });
});

describe('digits eval', () => {
  before(() => writeDataset(path('made'), 20, 400, 9));
  const images = path('made/t10k-images-idx3-ubyte'),
    labels = path('made/t10k-labels-idx1-ubyte');

  test('scores made handwriting, gzipped or not, the same', async () => {
    for (const file of [images, labels]) writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
    const [plain] = lines((await run('eval', '--json', '--images', images, '--labels', labels)).stdout);
    const [zipped] = lines(
      (await run('eval', '--json', '--images', `${images}.gz`, '--labels', `${labels}.gz`)).stdout,
    );
    assert.deepEqual(plain, zipped);
    assert.equal(plain.n, 400);
    assert.ok(Math.abs(plain.accuracy - (1 - plain.errors / 400)) < 1e-6);
    assert.ok(plain.accuracy > 0.95, `accuracy ${plain.accuracy}`);
    assert.ok(plain.nll > 0 && plain.ece >= 0 && plain.ece < 0.2);
  });

  test('the shipped weights on t10k', { skip: !mnist() && 'MNIST is not here: make data' }, async (t) => {
    const [score] = lines(
      (
        await run(
          'build/digits',
          'eval',
          '--json',
          '--images',
          `${mnist()}/t10k-images-idx3-ubyte.gz`,
          '--labels',
          `${mnist()}/t10k-labels-idx1-ubyte.gz`,
        )
      ).stdout,
    );
    t.diagnostic(JSON.stringify(score));
    assert.ok(score.accuracy >= 0.994, `accuracy ${score.accuracy}`);
  });

  test('bad IDX files', async () => {
    const good = readFileSync(images);
    const bad = {
      cut: [good.subarray(0, 5000), /cut short/],
      header: [good.subarray(0, 7), /header/],
      longer: [Buffer.concat([good, Buffer.from([0])]), /longer/],
      text: [Buffer.from('not an IDX file at all'), /no IDX file/],
      zipped: [gzipSync(good).subarray(0, 2000), /cut short|gzip/],
      many: [Buffer.from([0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28]), /ten million/],
      shape: [Buffer.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 29, 0, 0, 0, 28]), /28×28/],
    };
    for (const [name, [bytes, message]] of Object.entries(bad)) {
      writeFileSync(path(name), bytes);
      const { status, stderr } = await run('eval', '--images', path(name), '--labels', labels);
      assert.equal(status, 1, name);
      assert.match(stderr, message, name);
    }
    writeFileSync(path('label'), Buffer.concat([readFileSync(labels).subarray(0, 407), Buffer.from([10])]));
    assert.match((await run('eval', '--images', images, '--labels', path('label'))).stderr, /label above 9/);
    assert.match(
      (await run('eval', '--images', images, '--labels', `${path('made')}/train-labels-idx1-ubyte`)).stderr,
      /another number of labels/,
    );
  });
});

describe('digits train', () => {
  const data = path('train');
  before(() => writeDataset(data, 360, 60, 2));
  const SMALL = [
    '--architecture',
    'conv3:8 pool4 dense:10',
    '--batch',
    '32',
    '--epochs',
    '10',
    '--rate',
    '0.006',
    '--seed',
    '4',
  ];
  const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
  /** The native program: the same sums, and faster than under the sanitizers, which the first run here uses. */
  const train = (program, out, ...more) => run(program, 'train', '--data', data, '--out', path(out), ...SMALL, ...more);

  test('learns, and gives the same bytes with 1 and 2 threads, stopped and resumed', async () => {
    const one = await train('build/digits', 'one', '--threads', '1', '--log', path('log'));
    assert.equal(one.status, 0, one.stderr);
    assert.match(one.stderr, /epoch 10\/10/);
    assert.equal((await train('build/digits', 'two', '--threads', '2')).status, 0);
    assert.equal(hash(path('one')), hash(path('two')), 'threads');

    const log = lines(readFileSync(path('log'), 'utf8')).filter((line) => line.event !== 'step');
    assert.deepEqual(
      log.map((line) => line.event),
      ['start', ...Array(10).fill('epoch'), 'done'],
    );
    assert.ok(log[10].loss < log[1].loss / 2, `loss from ${log[1].loss} to ${log[10].loss}`);
    assert.equal(log[0].config.recipe.seed, 4);
    assert.match(log[0].config.data, /^[0-9a-f]{8}$/);

    for (let resumed = 0, stops = 0; ; resumed = 1) {
      assert.ok(stops < 30, 'it never ended');
      const child = spawn(
        'build/digits',
        ['train', '--data', data, '--out', path('three'), '--threads', '1', ...SMALL, ...(resumed ? ['--resume'] : [])],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let said = '';
      child.stderr.on('data', (chunk) => {
        // Ctrl-C as soon as it has got somewhere; later runs are left to go further.
        if (said === '' && stops < 4) child.kill('SIGINT');
        said += chunk;
      });
      const status = await new Promise((resolve) => {
        child.on('close', resolve);
      });
      assert.equal(status, 0, said);
      if (existsSync(path('three'))) {
        assert.ok(stops > 0, 'it was never stopped');
        break;
      }
      assert.match(said, /--resume goes on/);
      assert.ok(existsSync(path('three.checkpoint')));
      stops++;
    }
    assert.equal(hash(path('one')), hash(path('three')), 'stopped and resumed');
    assert.ok(!existsSync(path('three.checkpoint')), 'the checkpoint goes when the weights are there');
    const [score] = lines(
      (
        await run(
          'eval',
          '--json',
          '--model',
          path('one'),
          '--images',
          `${data}/t10k-images-idx3-ubyte`,
          '--labels',
          `${data}/t10k-labels-idx1-ubyte`,
        )
      ).stdout,
    );
    assert.ok(score.accuracy > 0.5, `accuracy ${score.accuracy}`);
  });

  test('trains under the sanitizers, by SGD as well', async () => {
    const { status, stderr } = await run(
      'train',
      '--data',
      data,
      '--out',
      path('sgd'),
      '--optimizer',
      'sgd',
      '--rate',
      '0.02',
      '--architecture',
      'conv3:8 pool4 dense:10',
      '--epochs',
      '2',
      '--batch',
      '32',
    );
    assert.equal(status, 0, stderr);
  });

  test('a checkpoint of other settings, damaged, or missing', async () => {
    const none = await train('build/digits', 'four', '--resume');
    assert.equal(none.status, 1);
    assert.match(none.stderr, /four\.checkpoint: No such file/);
    const child = spawn('build/digits', ['train', '--data', data, '--out', path('four'), ...SMALL], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.once('data', () => child.kill('SIGINT'));
    child.stderr.resume();
    await new Promise((resolve) => {
      child.on('close', resolve);
    });
    assert.ok(existsSync(path('four.checkpoint')));
    assert.match(
      (await train('build/digits', 'four', '--resume', '--rate', '0.001')).stderr,
      /made with other settings/,
    );
    const flipped = readFileSync(path('four.checkpoint'));
    flipped[20000] ^= 1;
    writeFileSync(path('four.checkpoint'), flipped);
    assert.match((await train('build/digits', 'four', '--resume')).stderr, /damaged/);
    writeFileSync(path('four.checkpoint'), Buffer.alloc(50000));
    assert.match((await train('build/digits', 'four', '--resume')).stderr, /not a checkpoint/);
    writeFileSync(path('four.checkpoint'), 'x');
    assert.match((await train('build/digits', 'four', '--resume')).stderr, /cut short/);
  });

  test('a full disk: said at once, trained on, and nothing that was there is lost', async () => {
    // A limit on the size of files makes every write of more than 2 KB fail, as a full disk does.
    writeFileSync(path('five'), 'the weights of before');
    const { status, stderr } = await new Promise((resolve) => {
      execFile(
        'bash',
        [
          '-c',
          `ulimit -f 2; exec build/digits train --data ${data} --out ${path('five')} ${SMALL.map(
            (word) => `'${word}'`,
          ).join(' ')}`,
        ],
        (error, _, text) => resolve({ status: error?.code ?? 0, stderr: text }),
      );
    });
    assert.equal(status, 1);
    assert.match(stderr, /cannot save .*five\.checkpoint: File too large; training goes on/);
    assert.match(stderr, /epoch 10\/10/);
    assert.match(stderr, /cannot write .*five: File too large/);
    assert.equal(readFileSync(path('five'), 'utf8'), 'the weights of before');
  });

  test('settings that cannot be', async () => {
    mkdirSync(path('nodata'), { recursive: true });
    for (const [args, status, message] of [
      [['--rate', 'fast'], 2, /out of range/],
      [['--batch', '0'], 2, /out of range/],
      [['--optimizer', 'magic'], 2, /sgd, adamw or rmsprop/],
      [['--architecture', 'conv3:5 dense:10', '--data', data], 1, /multiples of 8/],
      [['--data', path('nodata')], 1, /No such file/],
      [['--data', data, '--batch', '1000'], 1, /too few/],
      [['extra'], 2, /extra/],
    ]) {
      const result = await run('build/digits', 'train', '--out', path('six'), ...args);
      assert.equal(result.status, status, args.join(' '));
      assert.match(result.stderr, message);
    }
  });
});
