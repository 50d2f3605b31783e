// Training speed, ours and PyTorch's, in one run and in turns: `make bench-train`. JSON lines, and a table for people.
//
// The same networks, pictures (11/12 of MNIST's train-*, undistorted), batches and optimizer, in floats, on all cores.
// One round trains each network with each trainer for some seconds; the medians of all rounds count. Neither side's
// start-up, reading of data and validation are timed. PyTorch runs twice, as its documentation writes it and tuned for
// processors (see train.py). ROUNDS and SECONDS (of each turn) may be set from outside.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NETWORKS = [
  'conv3:16 pool2 conv3:16 conv3:16 pool2 conv3:32 conv3:48 dense:10', // the shipped one
  'conv3:32 pool2 conv3:64 pool2 conv3:64 dense:10',
  'dense:768 dense:10',
];
const BATCH = 128;
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const SECONDS = Number(process.env.SECONDS ?? 4);
const [data] = process.argv.slice(2);

/** Multiply-accumulates of each layer. @param {string} text */
function macs(text) {
  let [side, channels] = [28, 1];
  return text.split(' ').map((layer) => {
    const [, kind, size, out] = /** @type {RegExpMatchArray} */ (layer.match(/^([a-z]+)(\d*):?(\d*)$/));
    if (kind === 'pool') return (side = Math.floor(side / Number(size))) * 0;
    const weights = kind === 'conv' ? Number(size) ** 2 * channels : side ** 2 * channels;
    channels = Number(out);
    if (kind === 'dense') side = 1;
    return weights * channels * side ** 2;
  });
}

/** Forward, and backward by weights and by inputs; nobody needs the gradient by the pictures. What a trainer leaves out
 * because the ink is 0 counts as done. @param {number[]} layers */
const flop = (layers) => 2 * (3 * layers.reduce((sum, n) => sum + n) - layers[0]);

/** Images a second between the lines of a run's log, validations left out. @param {string} network @param {boolean} distort */
async function ours(network, distort) {
  const folder = mkdtempSync(join(tmpdir(), 'digits-bench-'));
  try {
    const log = join(folder, 'log');
    const child = spawn(
      'build/digits',
      [
        'train',
        '--data',
        data,
        '--architecture',
        network,
        '--batch',
        `${BATCH}`,
        '--epochs',
        '1000',
        '--integer-epochs',
        '1',
        '--distort',
        distort ? '1' : '0',
        '--out',
        join(folder, 'weights'),
        '--log',
        log,
      ],
      { stdio: 'ignore' },
    );
    const end = new Promise((done) => child.on('exit', () => done(true)));
    for (;;) {
      const ended = await Promise.race([end, new Promise((done) => setTimeout(done, 50))]);
      const lines = existsSync(log)
        ? readFileSync(log, 'utf8')
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line))
        : [];
      let [steps, seconds] = [0, 0];
      lines.forEach((b, i) => {
        const a = lines[i - 1];
        if (a?.event !== 'step' || b.event !== 'step') return; // a validation lies between
        steps += b.step - a.step;
        seconds += b.seconds - a.seconds;
      });
      if (seconds < SECONDS && !ended) continue;
      if (!steps) throw new Error(`build/digits train ended early: ${network}`);
      child.kill('SIGTERM');
      await end;
      return (steps * BATCH) / seconds;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// PATH may have another Python before the system's.
const python =
  ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import torch']).status === 0) ?? 'python3';

/** @param {string} network @param {'plain' | 'tuned'} how */
const torch = (network, how) =>
  Number(execFileSync(python, ['src/bench/train.py', data, network, how, `${SECONDS}`], { encoding: 'utf8' }));

/** @type {Record<string, number[]>} */
const measured = {};
/** @param {string} what @param {number} value */
const note = (what, value) => (measured[what] ??= []).push(value);
for (let round = 0; round < ROUNDS; round++) {
  note('peak', Number(execFileSync('build/bench/peak', { encoding: 'utf8' })));
  for (const network of NETWORKS) {
    note(`ours ${network}`, await ours(network, false));
    note(`plain ${network}`, torch(network, 'plain'));
    note(`tuned ${network}`, torch(network, 'tuned'));
    note(`distorted ${network}`, await ours(network, true));
  }
  console.error(`round ${round + 1} of ${ROUNDS}`);
}

/** @param {string} what */
const median = (what) => [...measured[what]].sort((a, b) => a - b)[Math.floor(measured[what].length / 2)];
/** @param {number} x */
const two = (x) => Number(x.toFixed(2));
const peak = median('peak');
const table = NETWORKS.map((network) => {
  const layers = macs(network),
    speed = median(`ours ${network}`);
  return {
    network,
    macs: layers.reduce((sum, n) => sum + n),
    ours: Math.round(speed),
    pytorch: Math.round(median(`plain ${network}`)),
    pytorch_tuned: Math.round(median(`tuned ${network}`)),
    ratio: two(speed / median(`plain ${network}`)),
    ratio_tuned: two(speed / median(`tuned ${network}`)),
    share_of_peak: two((speed * flop(layers)) / (peak * 1e9)),
    ours_distorted: Math.round(median(`distorted ${network}`)),
  };
});
for (const line of table) console.log(JSON.stringify(line));
console.log(JSON.stringify({ peak_gflops: peak, rounds: ROUNDS, seconds: SECONDS }));
console.error('images/s:');
console.error(
  table
    .map((line) =>
      [
        line.network.padEnd(70),
        ...[
          `ours ${line.ours}`,
          `PyTorch ${line.pytorch}`,
          `tuned ${line.pytorch_tuned}`,
          `×${line.ratio} ×${line.ratio_tuned}`,
          `${Math.round(100 * line.share_of_peak)} % of peak`,
          `distorted ${line.ours_distorted}`,
        ].map((cell) => cell.padEnd(16)),
      ].join(''),
    )
    .join('\n'),
);
