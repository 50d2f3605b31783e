// The report of real but tiny trainings, on made handwriting, in Chromium. What it shows is held against the logs and
// against `digits eval`.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readLog } from '../../src/train/report.js';
import { bestOf, interval, parseScore, varying, wilson } from '../../web/report/figures.js';
import { drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { writeDataset } from '../fixtures/idx.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { start } from '../server/helper.js';
import { eventually, launch, ready } from './helper.js';

const folder = mkdtempSync(join(tmpdir(), 'digits-report-'));
const path = (...names) => join(folder, ...names);
const SWEEP = [0.0005, 0.004, 0.02];
let score;
let runs;
let trials;
let measures;
let launched;

/** A folder with the page, as `make report` lays it. */
function laySite() {
  const site = mkdtempSync(path('site-'));
  [folder, site].forEach((name) => chmodSync(name, 0o755)); // the server may run as nobody
  cpSync('web', site, { recursive: true });
  cpSync('node_modules/echarts/dist/echarts.esm.min.js', join(site, 'report/echarts.js'));
  return site;
}

/** The page of a report made from these. */
async function report(t, args) {
  const site = laySite();
  execFileSync('node', ['src/train/report.js', '--site', site, ...args]);
  const server = await start(['--root', site]);
  t.after(() => server.stop());
  return view(t, server.port);
}

/** Opens the page and keeps an eye on it. */
async function view(t, port = launched.port, open = {}) {
  const context = await launched.browser.newContext({ viewport: { width: 1280, height: 800 }, ...open });
  context.setDefaultTimeout(15_000);
  t.after(() => context.close());
  const page = Object.assign(await context.newPage(), { faults: [] });
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  page.on(
    'request',
    (request) => request.url().startsWith(`http://localhost:${port}/`) || page.faults.push(request.url()),
  );
  await page.goto(`http://localhost:${port}/report.html`);
  await ready(page);
  return page;
}

/** What an ECharts chart was told to draw. */
const series = (page, id) =>
  page.evaluate(async (id) => {
    const { getInstanceByDom } = await import('/report/echarts.js');
    return getInstanceByDom(document.getElementById(id))
      .getOption()
      .series.map(({ type, name, data, lineStyle }) => ({ type, name, data, dashed: lineStyle?.type === 'dashed' }));
  }, id);
const text = (page, selector) =>
  page
    .locator(selector)
    .innerText()
    .then((text) => text.replaceAll('\u00a0', ' '));
const made = () => [
  '--runs',
  path('runs'),
  '--model',
  path('tiny.safetensors'),
  '--data',
  path('made'),
  '--reading',
  path('reading.json'),
];

/** Numbers that are written on paper, and one picture whose label is wrong, so that something fails. */
function writeCollected() {
  const random = seededRandom(3);
  const rows = ['1203', '77', ''].map((text, i) => {
    const strokes = text && drawNumber(text, random, { x: 40, y: 100, width: 120 * text.length, height: 160 });
    writeFileSync(path('collected/notes', `${i}.png`), encodePng(strokesToPicture(strokes || [], 600, 360)));
    return `${i}.png\t${text === '77' ? '88/8' : text}\n`;
  });
  writeFileSync(path('collected/notes/labels.tsv'), `file\texpected\n${rows.join('')}`);
}

before(async () => {
  writeDataset(path('made'), 1200, 300);
  mkdirSync(path('runs/rates'), { recursive: true });
  const train = (log, out, ...args) =>
    execFileSync(
      'build/digits',
      [
        'train',
        '--data',
        path('made'),
        '--log',
        path('runs', log),
        '--out',
        path(out),
        '--architecture',
        'conv3:8 pool2 dense:10',
        '--batch',
        '16',
        ...args,
      ],
      { stdio: 'ignore' },
    );
  train('tiny.jsonl', 'tiny.safetensors', '--epochs', '4', '--rate', '0.0002');
  train('tiny.jsonl', 'other.safetensors', '--epochs', '2', '--rate', '0.0002', '--seed', '2');
  writeFileSync(
    path('rates.txt'),
    `architecture "conv3:8 pool2 dense:10"\nbatch 16\nepochs 2\nrate ${SWEEP.join(' ')}\n`,
  );
  execFileSync('build/digits', ['sweep', path('rates.txt'), '--data', path('made'), '--out', path('runs/rates')], {
    stdio: 'ignore',
  });
  mkdirSync(path('collected/notes'), { recursive: true });
  writeCollected();
  execFileSync(
    'node',
    [
      'src/evaluation/reading/measure.js',
      '--n',
      '3',
      '--data',
      path('collected'),
      '--mnist',
      path('made'),
      '--out',
      path('reading.json'),
    ],
    { stdio: 'ignore' },
  );
  measures = JSON.parse(readFileSync(path('reading.json'), 'utf8'));
  const log = (name) => readLog(name, readFileSync(path('runs', `${name}.jsonl`), 'utf8'));
  runs = log('tiny');
  trials = readFileSync(path('runs/rates/results.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  score = JSON.parse(
    execFileSync(
      'build/digits',
      [
        'eval',
        '--json',
        '--model',
        path('tiny.safetensors'),
        '--images',
        path('made/t10k-images-idx3-ubyte'),
        '--labels',
        path('made/t10k-labels-idx1-ubyte'),
      ],
      { encoding: 'utf8' },
    ),
  );
  assert.ok(score.errors > 0, 'a tiny network misreads something');
  const site = laySite();
  execFileSync('node', ['src/train/report.js', '--site', site, ...made()]);
  launched = await launch([], site);
});
after(async () => {
  await launched?.close();
  rmSync(folder, { recursive: true });
});

describe('figures', () => {
  test('Wilson’s interval', () => {
    assert.equal(interval(9960, 10000), '99.46–99.71\u00a0%');
    assert.deepEqual(
      wilson(0, 10).map((share) => share.toFixed(4)),
      ['0.0000', '0.2775'],
    );
    assert.equal(wilson(10, 10)[1].toFixed(9), '1.000000000');
  });

  test('a score as the trainer writes it', () => {
    assert.deepEqual(parseScore('99.60 % of 10000 (40 wrong), ece 0.0026'), { n: 10000, errors: 40, accuracy: 0.996 });
    assert.equal(parseScore('not measured'), undefined);
  });

  test('a log of several runs, one resumed, the last cut short', () => {
    const lines = [
      { event: 'start', time: 'a', config: { recipe: { epochs: 3, seed: 1 } }, commit: 'c', step: 0, steps: 300 },
      { event: 'step', step: 50, epoch: 0.5, loss: 2, rate: 0.1 },
      { event: 'step', step: 100, epoch: 1, loss: 1, rate: 0.2 },
      { event: 'epoch', epoch: 1, loss: 1.5, validation_accuracy: 0.9, validation_nll: 0.3, seconds: 1 },
      { event: 'step', step: 150, epoch: 1.5, loss: 7, rate: 0.3 },
      { event: 'resume', time: 'b', config: {}, step: 100, steps: 300 },
      { event: 'step', step: 150, epoch: 1.5, loss: 0.8, rate: 0.3 },
      { event: 'start', time: 'c', config: { recipe: { epochs: 3, seed: 2 } }, step: 0, steps: 300 },
    ].map((line) => JSON.stringify(line));
    const [first, second, ...others] = readLog('log', `${lines.join('\n')}\n{"event":"st`);
    assert.deepEqual(first.steps, [
      [0.5, 2, 0.1],
      [1, 1, 0.2],
      [1.5, 0.8, 0.3],
    ]);
    assert.equal(first.epochs.length, 1);
    assert.equal(first.epochsPlanned, 3);
    assert.equal(second.name, 'log (2)');
    assert.equal(others.length, 0);
    assert.deepEqual(varying([first, second]), ['seed']);
  });

  test('validation decides, of those that are through; the test set has no say', () => {
    const run = (name, accuracy, nll, done) => ({
      name,
      epochs: [{ validation_accuracy: accuracy, validation_nll: nll }],
      done,
    });
    const of = (...runs) => bestOf(runs).name;
    assert.equal(of(run('a', 0.98, 0.1, {}), run('b', 0.99, 0.1, {})), 'b');
    assert.equal(of(run('a', 0.98, 0.1, {}), run('b', 0.99, 0.1, null)), 'a');
    assert.equal(of(run('a', 0.98, 0.1, {}), run('b', 0.98, 0.09, {})), 'b');
    assert.equal(of(run('a', 0.98, 0.1, null), run('b', 0.99, 0.1, null)), 'b');
    assert.equal(bestOf([{ name: 'a', epochs: [], done: null }]), undefined);
  });
});

describe('the page', () => {
  test('shows how the weights read', async (t) => {
    const page = await view(t);
    assert.equal(await text(page, '#accuracy'), `${(100 * score.accuracy).toFixed(2)} %`);
    // Made handwriting is not passed off as MNIST.
    assert.match(
      await text(page, '#accuracy-of'),
      /of 300 digits in “made”, which is not MNIST’s test set, read right/,
    );
    assert.ok(
      (await text(page, '#accuracy-of')).includes(interval(score.n - score.errors, score.n).replace('\u00a0', ' ')),
    );

    const cells = (await series(page, 'confusion-chart'))[0].data.map(({ value }) => value);
    const sum = (cells) => cells.reduce((sum, [, , count]) => sum + count, 0);
    assert.equal(sum(cells), score.n);
    assert.equal(sum(cells.filter(([reading, label]) => reading !== label)), score.errors);
    const rows = await page
      .locator('#confusion-table tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => Number(cell.textContent))));
    for (const [reading, label, count] of cells) assert.equal(rows[label][reading + 1], count);

    const points = (await series(page, 'reliability-chart'))[2].data;
    const ece =
      points.reduce((sum, [sure, right, , , count]) => sum + count * Math.abs(sure - right), 0) / score.n / 100;
    assert.ok(Math.abs(ece - score.ece) < 1e-4, `${ece} is not ${score.ece}`);
    assert.match(
      await page.locator('#reliability-chart').getAttribute('aria-label'),
      new RegExp(`${(100 * score.ece).toFixed(2)}\u00a0%`),
    );

    // Every misread digit, as it is in the set.
    const shown = await page.locator('#gallery li').evaluateAll((items) =>
      items.map((item) => {
        const canvas = item.querySelector('canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, 28, 28);
        return {
          said: canvas.ariaLabel,
          written: item.textContent,
          index: Number(/\d+/.exec(item.title)),
          ink: Array.from({ length: 784 }, (_, i) => data[4 * i + 3]),
        };
      }),
    );
    assert.equal(shown.length, score.errors);
    const images = readFileSync(path('made/t10k-images-idx3-ubyte')).subarray(16);
    const labels = readFileSync(path('made/t10k-labels-idx1-ubyte')).subarray(8);
    for (const { said, written, index, ink } of shown) {
      const [, label, reading] = /^A (\d), read as (\d)$/.exec(said).map(Number);
      assert.equal(label, labels[index]);
      assert.notEqual(label, reading);
      assert.ok(written.startsWith(`${label} → ${reading}`));
      ink.forEach((alpha, i) => assert.ok(Math.abs(alpha - images[784 * index + i]) <= 1));
    }
    assert.deepEqual(page.faults, []);
  });

  test('shows how runs and a sweep went, and the model card', async (t) => {
    const page = await view(t);
    const accuracy = await series(page, 'accuracy-chart');
    const loss = await series(page, 'loss-chart');
    const rate = await series(page, 'rate-chart');
    assert.deepEqual(
      accuracy.map(({ name }) => name),
      ['tiny', 'tiny (2)'],
    );
    runs.forEach((run, i) => {
      assert.deepEqual(
        accuracy[i].data.map(([epoch, , percent]) => [epoch, percent]),
        run.epochs.map((each) => [each.epoch, (100 * each.validation_accuracy).toFixed(2)]),
      );
      assert.deepEqual(
        rate[i].data,
        run.steps.map(([epoch, , rate]) => [epoch, rate]),
      );
      assert.deepEqual(
        loss
          .filter(({ name, dashed }) => name === run.name && !dashed)[0]
          .data.map(([epoch, log]) => [epoch, (10 ** log).toPrecision(3)]),
        run.steps.map(([epoch, loss]) => [epoch, loss.toPrecision(3)]),
      );
    });
    assert.ok(
      (await page.locator('#accuracy-chart').getAttribute('aria-label')).includes(
        `${(100 * runs[0].epochs.at(-1).validation_accuracy).toFixed(2)}`,
      ),
    );

    assert.equal(trials.length, SWEEP.length);
    const best = trials.reduce((a, b) =>
      (b.validation_accuracy - a.validation_accuracy || a.validation_nll - b.validation_nll) > 0 ? b : a,
    );
    const [others, [marked]] = (await series(page, 'sweep-chart')).map(({ data }) => data);
    assert.equal(others.length, SWEEP.length - 1);
    assert.equal(marked.name, `trial ${best.trial}`);
    assert.deepEqual(marked.value, [String(best.settings.rate), 100 * best.validation_accuracy]);
    assert.equal(
      marked.lineStyle.color,
      await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--red').trim()),
    );
    assert.match(
      await text(page, '#sweep-about'),
      new RegExp(`3 trials, 3 of them through. Best by validation accuracy, in red: ${marked.name} `),
    );
    assert.equal(await page.locator('#sweep-table .best th').textContent(), marked.name);

    const card = await text(page, '#model-card');
    for (const part of [
      'conv3:8 pool2 dense:10',
      'optimizer',
      'limits',
      'sha256',
      /of 300 \(\d+ wrong\), ece [\d.]+; 95 % interval/,
    ])
      assert.match(card, new RegExp(part));
    // Tooltips too must keep to the page's policy.
    await page.evaluate(async () => {
      const { getInstanceByDom } = await import('/report/echarts.js');
      window.tips = new Set();
      for (const chart of document.querySelectorAll('.chart'))
        getInstanceByDom(chart).on('showTip', () => window.tips.add(chart.id));
    });
    for (const chart of await page.locator('.chart').all()) {
      await chart.scrollIntoViewIfNeeded();
      const { x, y, width, height } = await chart.boundingBox();
      for (const share of [0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
        await page.mouse.move(x + width * share, y + height * share, { steps: 3 });
    }
    assert.ok(await page.evaluate(() => window.tips.has('confusion-chart')));
    assert.deepEqual(page.faults, []);
  });

  test('shows what people write, what a digit bears, and what fails', async (t) => {
    const page = await view(t);
    // Measured with the shipped weights, while the report is of tiny ones.
    assert.match(await text(page, '#people-about'), /with other weights than these/);
    const rows = await page
      .locator('#people-table tbody tr')
      .evaluateAll((rows) => rows.map((row) => row.textContent.replaceAll('\u00a0', ' ')));
    assert.equal(rows.length, 3 + measures.surroundings.length + measures.empty.length);
    const [notes] = measures.sets;
    assert.equal(notes.score.n, 3);
    assert.ok(
      rows[0].startsWith(
        `notes3${((100 * notes.score.right) / 3).toFixed(1)} % ${interval(notes.score.right, 3).replace('\u00a0', ' ')}`,
      ),
      rows[0],
    );

    assert.equal(await page.locator('#bears-charts .chart').count(), measures.disturbances.length);
    for (const [i, { name, kinds, levels }] of measures.disturbances.entries()) {
      assert.equal(
        await page
          .locator(`#bears-charts figure:nth-child(${i + 1}) figcaption`)
          .textContent()
          .then((text) => text.startsWith(name)),
        true,
      );
      const points = (await series(page, `bears-${i}`)).at(-1).data.map((point) => (kinds ? point : point.value));
      assert.deepEqual(
        points,
        levels.map(({ score: { n, right } }) => 100 * (right / n)),
      );
    }
    assert.equal(
      await page.locator('#bears-table tbody tr').count(),
      measures.disturbances.flatMap(({ levels }) => levels).length,
    );

    const byDegree = measures.surroundings.filter(({ unit }) => unit);
    assert.equal(await page.locator('#around-charts .chart').count(), byDegree.length);
    assert.equal((await series(page, 'around-0')).at(-1).data.length, byDegree[0].levels.length);
    assert.equal(await page.locator('#around-table tbody tr').count(), byDegree.flatMap(({ levels }) => levels).length);

    // The wrongly labelled picture fails, and is there to be seen.
    const failure = page.locator('#failures li').first();
    assert.equal(await page.locator('#failing-choice').inputValue(), 'notes');
    assert.ok((await failure.textContent()).startsWith('88 / 8 → '));
    assert.equal(
      await eventually(() => failure.locator('img').evaluate((image) => image.naturalWidth > 100), true),
      true,
    );
    const other = measures.disturbances.find(({ failures }) => failures.length);
    await page.getByRole('combobox', { name: 'Failures to show' }).selectOption(other.name);
    assert.equal(await page.locator('#failures li').count(), other.failures.length);
    assert.deepEqual(page.faults, []);
  });

  test('which runs are drawn is chosen by keyboard', async (t) => {
    const page = await view(t);
    await page.getByRole('checkbox', { name: 'tiny (2)', exact: true }).focus();
    await page.keyboard.press('Space');
    assert.deepEqual(
      (await series(page, 'accuracy-chart')).map(({ name }) => name),
      ['tiny'],
    );
    assert.equal(await page.evaluate(() => document.activeElement.id), 'run-1');
    await page.getByRole('combobox', { name: 'Runs to draw' }).selectOption('rates');
    assert.equal((await series(page, 'accuracy-chart')).length, SWEEP.length);
    assert.deepEqual(page.faults, []);
  });

  test('fits a phone, by night too', async (t) => {
    const page = await view(t, undefined, { viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
    assert.equal(await page.evaluate(() => document.scrollingElement.scrollWidth), 320);
    for (const chart of await page.locator('.chart').all())
      assert.ok((await chart.locator('canvas').first().boundingBox()).width > 200);
    assert.deepEqual(page.faults, []);
  });

  test('says that the test set was not at hand', async (t) => {
    mkdirSync(path('empty'), { recursive: true });
    const page = await report(t, [...made().slice(0, 4), '--data', path('empty'), '--reading', path('none.json')]);
    assert.match(await text(page, '#accuracy-of'), /MNIST’s test set was not at hand/);
    assert.equal(await text(page, '#accuracy'), '');
    for (const id of ['misread', 'confusion', 'reliability'])
      assert.equal(await page.locator(`#${id}`).isVisible(), false);
    assert.ok(await page.locator('#model-card').isVisible());
    assert.deepEqual(page.faults, []);
  });

  test('says that there is nothing yet', async (t) => {
    const page = await report(t, [
      '--runs',
      path('none'),
      '--model',
      path('none.safetensors'),
      '--data',
      path('empty'),
      '--reading',
      path('none.json'),
    ]);
    assert.match(await text(page, '#accuracy-of'), /no weights yet/);
    assert.match(await text(page, '#learning-about'), /no logs of runs yet/);
    assert.match(await text(page, '#people-about'), /Not measured yet: make eval-reading/);
    assert.equal(await page.locator('#people-measured').isVisible(), false);
    assert.deepEqual(page.faults, []);
  });

  test('the app loads nothing of it', async (t) => {
    const page = await view(t);
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(page.url().replace('report.html', ''));
    await page.waitForLoadState('networkidle');
    assert.ok(asked.length > 3);
    assert.deepEqual(
      asked.filter((url) => /report|echarts/.test(url)),
      [],
    );
  });
});

test('while a training runs, the page follows it', async (t) => {
  cpSync(path('runs'), path('live-runs'), { recursive: true });
  const server = spawn(
    'node',
    ['src/train/report.js', '--live', '--site', laySite(), '--runs', path('live-runs'), ...made().slice(2)],
    { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => server.kill());
  const [line] = await once(server.stdout, 'data');
  const page = await view(t, Number(/localhost:(\d+)\/report\.html/.exec(line)[1]));
  assert.equal(await eventually(() => text(page, '#live'), '● live'), '● live');

  // A run begins, and goes on, in a log of its own.
  const log = path('live-runs/fresh.jsonl');
  const add = (entry) => appendFileSync(log, `${JSON.stringify(entry)}\n`);
  const curve = async (id) =>
    (await series(page, id)).find(({ name, dashed }) => name === 'fresh' && !dashed)?.data.length ?? -1;
  add({
    event: 'start',
    time: '2026-01-01T00:00:00Z',
    config: { recipe: { ...runs[0].recipe, epochs: 9 } },
    commit: '',
    step: 0,
    steps: 900,
  });
  add({ event: 'step', step: 50, epoch: 0.5, loss: 1.5, rate: 0.001 });
  assert.equal(await eventually(() => curve('loss-chart'), 1), 1);
  add({ event: 'step', step: 100, epoch: 1, loss: 0.5, rate: 0.002 });
  add({
    event: 'epoch',
    epoch: 1,
    loss: 1,
    accuracy: 0.5,
    validation_accuracy: 0.8125,
    validation_nll: 0.7,
    integer: false,
    images_per_second: 1234,
    seconds: 3,
  });
  assert.equal(await eventually(() => curve('loss-chart'), 2), 2);
  assert.equal(await eventually(() => curve('accuracy-chart'), 1), 1);
  const row = await page.locator('#runs-table tr', { hasText: 'fresh' }).innerText();
  assert.match(row.replaceAll('\u00a0', ' '), /1 of 9\s+81\.25 %\s+–\s+1,234\s+3 s/);

  // New weights are read anew, too.
  const before = await text(page, '#model-card');
  renameSync(path('other.safetensors'), path('tiny.safetensors'));
  assert.equal(await eventually(async () => (await text(page, '#model-card')) !== before, true), true);
  assert.deepEqual(page.faults, []);

  server.kill();
  assert.match(await eventually(() => text(page, '#live'), /does not answer/), /does not answer/);
});
