// report.js — gathers what training left behind into JSON files that report.html shows: `make report`.
//
//   node src/train/report.js [--live] [--runs DIR] [--model FILE] [--data DIR] [--reading FILE] [--site DIR]
//
// SITE/report/runs.json        the logs *.jsonl in the folder of runs; a folder in it is a sweep, and the logs below are its trials
// SITE/report/evaluation.json  the weights' card, and how they read the test set where that is at hand
// SITE/report/reading.json     what `make eval-reading` measured; null where it has not
//
// --live (`make report LIVE=1`) writes nothing: it serves the site, makes these files anew whenever a browser asks and
// one of their sources has changed, and the page asks every second.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { basename, join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { SUMS, mnistHere } from '../dataset/mnist.js';

const MAX_POINTS = 400; // of a curve: more than a chart has pixels for are thinned out
const BINS = 15; // of confidence, as in evaluate.c
const PIXELS = 28 * 28;

/**
 * @typedef {object} Run one run of the trainer
 * @property {string} id the log's name; with a number when the log holds several runs
 * @property {string} name the same; of a sweep's trial, its number in the sweep once that is known
 * @property {string} start when it began
 * @property {string} commit
 * @property {Record<string, string | number>} recipe
 * @property {number} epochsPlanned
 * @property {[epoch: number, loss: number, rate: number][]} steps
 * @property {{epoch: number, loss: number, validation_accuracy: number, validation_nll: number,
 *   images_per_second?: number, seconds: number}[]} epochs
 * @property {{validation: string, t10k: string, bytes: number, seconds: number} | null} done null: still at work, or stopped
 * @property {string} [state] what a sweep says of its trial: done, stopped (it was too poor to go on), failed
 */
/** @typedef {{live: boolean, runs: Run[], sweeps: {name: string, trials: Run[]}[]}} Runs */
/**
 * @typedef {object} Evaluation
 * @property {{file: string, bytes: number, sha256: string} | null} weights
 * @property {Record<string, string>} card
 * @property {{name: string, mnist: boolean} | null} set what they were tested on; null: it was not at hand
 * @property {{n: number, errors: number, accuracy: number, nll: number, ece: number}} [score] as `digits eval` has it
 * @property {number[][]} [confusion] [label][reading]
 * @property {{count: number, right: number, confidence: number}[]} [bins] confidence: its sum
 * @property {{index: number, label: number, reading: number, confidence: number, pixels: string}[]} [misread] base64
 */
/** @typedef {import('../evaluation/reading/measure.js').Measures} Measures */
/** @typedef {{live: boolean, runs: string, model: string, data: string | undefined, reading: string, site: string}} Options */

// ── runs ──

/** A line of a log; undefined if a crash cut it short, or it is still being written. @param {string} line */
function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The runs in one log. @param {string} name @param {string} text @returns {Run[]} */
export function readLog(name, text) {
  /** @type {Run[]} */
  const runs = [];
  for (const line of text.split('\n')) {
    const entry = parse(line),
      run = runs.at(-1);
    if (entry?.event === 'start' || (entry?.event === 'resume' && !run)) {
      const recipe = entry.config?.recipe ?? {};
      const id = runs.length ? `${name} (${runs.length + 1})` : name;
      runs.push({
        id,
        name: id,
        start: entry.time,
        commit: entry.commit ?? '',
        recipe,
        epochsPlanned: Number(recipe.epochs ?? 0),
        steps: [],
        epochs: [],
        done: null,
      });
    } else if (!run || !entry) continue;
    else if (entry.event === 'step') run.steps.push([entry.epoch, entry.loss, entry.rate]);
    else if (entry.event === 'epoch') {
      const { epoch, loss, validation_accuracy, validation_nll, images_per_second, seconds } = entry;
      run.epochs.push({ epoch, loss, validation_accuracy, validation_nll, images_per_second, seconds });
    } else if (entry.event === 'done') {
      const { validation, t10k, bytes, seconds } = entry;
      run.done = { validation, t10k, bytes, seconds };
    } else if (entry.event === 'resume') {
      // what the checkpoint did not hold is done again
      const epoch = (entry.step * run.epochsPlanned) / entry.steps;
      run.steps = run.steps.filter((step) => step[0] <= epoch + 1e-3);
      run.epochs = run.epochs.filter((each) => each.epoch <= epoch + 1e-3);
    }
  }
  return runs.map((run) => ({ ...run, steps: thin(run.steps) }));
}

/** Every so many of them, and the last. @template T @param {T[]} points */
function thin(points) {
  const every = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

/** All logs below a folder, by name. @param {string} folder @returns {Promise<string[]>} */
async function findLogs(folder) {
  const names = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(folder, name));
}

/** @param {Options} options @returns {Promise<Runs>} */
export async function gatherRuns({ live, runs: folder }) {
  /** @type {Runs} */
  const all = { live, runs: [], sweeps: [] };
  /** What sweeps say of their trials, in results*.jsonl. @type {{sweep: Runs['sweeps'][0], trial?: number, name?: string, state?: string}[]} */
  const results = [];
  for (const path of await findLogs(folder)) {
    const parts = relative(folder, path)
        .replace(/\.jsonl$/, '')
        .split(sep),
      name = parts.length > 1 ? parts.shift() : undefined;
    const text = await readFile(path, 'utf8'),
      runs = readLog(parts.join('/'), text);
    if (!name) {
      all.runs.push(...runs);
      continue;
    }
    let sweep = all.sweeps.find((each) => each.name === name);
    if (!sweep) all.sweeps.push((sweep = { name, trials: [] }));
    sweep.trials.push(...runs);
    if (!runs.length) for (const line of text.split('\n')) results.push({ ...parse(line), sweep });
  }
  for (const { sweep, trial, name, state } of results) {
    // the last line of each trial holds
    const run = sweep.trials.find((each) => each.id === name);
    if (run) Object.assign(run, { name: `trial ${trial}`, state });
  }
  all.sweeps = all.sweeps.filter((sweep) => sweep.trials.length);
  return all;
}

// ── evaluation ──

/** The card and the scale of the logits. @param {Buffer} file safetensors */
function readWeights(file) {
  const header = Number(file.readBigUInt64LE(0)),
    json = JSON.parse(file.toString('utf8', 8, 8 + header));
  const scale = file.readFloatLE(8 + header + json['logits.scale'].data_offsets[0]);
  return { card: /** @type {Record<string, string>} */ (json.__metadata__ ?? {}), scale };
}

/** The content of an IDX file, gzipped or not; undefined if it is not there. @param {string} folder @param {string} name */
async function readIdx(folder, name) {
  const path = [join(folder, name), join(folder, `${name}.gz`)].find(existsSync);
  if (!path) return undefined;
  const file = await readFile(path);
  return { path, bytes: path.endsWith('.gz') ? gunzipSync(file) : file };
}

/** @param {Options} options @returns {Promise<Evaluation>} */
export async function gatherEvaluation({ model, data }) {
  if (!existsSync(model)) return { weights: null, card: {}, set: null };
  const file = await readFile(model),
    { card, scale } = readWeights(file);
  const weights = {
    file: basename(model),
    bytes: file.length,
    sha256: createHash('sha256').update(file).digest('hex'),
  };
  const folder = data ?? mnistHere();
  const images = folder && (await readIdx(folder, 't10k-images-idx3-ubyte'));
  const labels = folder && (await readIdx(folder, 't10k-labels-idx1-ubyte'));
  if (!images || !labels) return { weights, card, set: null };

  const sum = createHash('sha256').update(images.bytes).digest('hex');
  const mnist = sum === SUMS['t10k-images-idx3-ubyte'];
  const lines = (
    await promisify(execFile)(
      'build/digits',
      ['eval', '--json', '--logits', '--model', model, '--images', images.path, '--labels', labels.path],
      { maxBuffer: 1 << 28 },
    )
  ).stdout
    .trim()
    .split('\n');
  const score = JSON.parse(lines.pop() ?? '');
  const confusion = Array.from({ length: 10 }, () => new Array(10).fill(0));
  const bins = Array.from({ length: BINS }, () => ({ count: 0, right: 0, confidence: 0 }));
  /** @type {Evaluation['misread']} */
  const misread = [];
  lines.forEach((line, index) => {
    const { label, logits } = /** @type {{label: number, logits: number[]}} */ (JSON.parse(line));
    const most = Math.max(...logits),
      reading = logits.indexOf(most);
    const confidence = 1 / logits.reduce((sum, logit) => sum + Math.exp((logit - most) * scale), 0);
    confusion[label][reading]++;
    const bin = bins[Math.min(Math.floor(confidence * BINS), BINS - 1)];
    bin.count++;
    bin.right += Number(reading === label);
    bin.confidence += confidence;
    if (reading === label) return;
    const pixels = images.bytes.subarray(16 + index * PIXELS, 16 + (index + 1) * PIXELS).toString('base64');
    misread.push({ index, label, reading, confidence, pixels });
  });
  return {
    weights,
    card,
    set: { name: mnist ? 'MNIST t10k' : basename(folder), mnist },
    score,
    confusion,
    bins,
    misread,
  };
}

// ── reading ──

/** @param {Options} options @returns {Promise<Measures | null>} */
const gatherReading = async ({ reading }) => (existsSync(reading) ? JSON.parse(await readFile(reading, 'utf8')) : null);

// ── out ──

/** @param {Options} options */
async function write(options) {
  const folder = join(options.site, 'report');
  await mkdir(folder, { recursive: true });
  const runs = await gatherRuns(options),
    evaluation = await gatherEvaluation(options);
  await writeFile(join(folder, 'runs.json'), JSON.stringify(runs));
  await writeFile(join(folder, 'evaluation.json'), JSON.stringify(evaluation));
  await writeFile(join(folder, 'reading.json'), JSON.stringify(await gatherReading(options)));
  const trials = runs.sweeps.reduce((sum, sweep) => sum + sweep.trials.length, 0);
  console.log(
    `${join(options.site, 'report.html')}: ${runs.runs.length} runs, ${runs.sweeps.length} sweeps of ${trials} ` +
      `trials; ${
        evaluation.score
          ? `${evaluation.score.errors} of ${evaluation.score.n} test digits misread`
          : 'the test set was not at hand'
      }. \`make run\` serves it as /report.html`,
  );
}

/** A file made from others, anew when one of those has changed; its tag changes with them.
 * @param {() => Promise<string[]>} sources @param {() => Promise<object | null>} make */
function madeFrom(sources, make) {
  let tag = '',
    text = Promise.resolve('');
  return async () => {
    const states = (await sources()).map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return `${path} ${size} ${mtimeMs}`;
    });
    const now = `"${createHash('sha256')
      .update((await Promise.all(states)).join('\n'))
      .digest('hex')}"`;
    if (now !== tag) [tag, text] = [now, make().then((made) => JSON.stringify(made))];
    text.catch(() => {
      tag = '';
    }); // tried again at the next request
    return { tag: now, text: await text };
  };
}

/** The files as they are now; all else comes from build/serve. @param {Options} options */
async function serveLive(options) {
  const child = spawn('build/serve', ['--root', options.site], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill());
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit());
  child.on('exit', (code) => process.exit(code ?? 1));
  const [line] = /** @type {string[]} */ (
    await new Promise((done) => createInterface(child.stdout).once('line', (...line) => done(line)))
  );
  const behind = Number(/:(\d+)\//.exec(line)?.[1]);

  /** @type {Record<string, () => Promise<{tag: string, text: string}>>} */
  const made = {
    '/report/runs.json': madeFrom(
      () => findLogs(options.runs),
      () => gatherRuns(options),
    ),
    '/report/evaluation.json': madeFrom(
      async () => [options.model].filter(existsSync),
      () => gatherEvaluation(options),
    ),
    '/report/reading.json': madeFrom(
      async () => [options.reading].filter(existsSync),
      () => gatherReading(options),
    ),
  };
  const server = createServer(async (request, response) => {
    const make = made[request.url ?? ''];
    if (!make) {
      get({ port: behind, path: request.url, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }).on('error', () => response.destroy());
      return;
    }
    try {
      const { tag, text } = await make();
      const known = request.headers['if-none-match'] === tag;
      response.writeHead(known ? 304 : 200, {
        ETag: tag,
        'Cache-Control': 'no-cache',
        'Content-Type': 'application/json',
      });
      response.end(known ? undefined : text);
    } catch (error) {
      // a log that was removed at this moment, weights half copied
      console.error(`report: ${error.message}`);
      response.writeHead(500).end();
    }
  });
  server.listen(Number(process.env.PORT ?? 5000), 'localhost', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    console.log(`http://localhost:${port}/report.html follows ${options.runs}; Ctrl-C ends it`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const { values } = parseArgs({
      options: {
        live: { type: 'boolean', default: false },
        runs: { type: 'string', default: 'models/runs' },
        model: { type: 'string', default: 'models/digits.safetensors' },
        data: { type: 'string' },
        reading: { type: 'string', default: 'build/eval-reading/reading.json' },
        site: { type: 'string', default: 'build/site' },
      },
    });
    const options = /** @type {Options} */ (values);
    await (options.live ? serveLive(options) : write(options));
  } catch (error) {
    console.error(`report: ${error.message}`);
    process.exitCode = 1;
  }
}
