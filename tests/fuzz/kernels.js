// All kernels against each other: random networks and pictures through the plain, SIMD128 and relaxed WebAssembly modules
// and through the native build, whose logits must be the same to the bit. `make fuzz`; says how many there were.
//
//   node tests/fuzz/kernels.js [NETWORKS] [SEED]
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import '../fixtures/relaxed.js';
import { seededRandom } from '../fixtures/handwriting.js';
import { encodeIdx } from '../../web/idx.js';
import { randomWeights } from '../fixtures/network.js';
import { loadDigits } from '../../web/engine.js';

const [networks = 200, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const PICTURES = 6,
  random = seededRandom(seed),
  folder = mkdtempSync(join(tmpdir(), 'digits-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const path = (name) => join(folder, name),
  below = (n) => Math.floor(n * random());
const base = pathToFileURL('build/site/');

const pick = (list) => list[below(list.length)];

/** A classifier of any layers: convolutions with stride 1 and 2, pooling, upsampling, dense layers; skip connections, and
 * residuals of layers that are as large. */
function architecture() {
  const layers = []; // {text, side, stride, channels} of what comes out
  for (let n = below(8); n > 0; n--) {
    const skip = layers.length > 1 && below(4) === 0,
      from = skip ? below(layers.length) : layers.length - 1;
    const { side, stride, channels } = layers[from] ?? { side: 28, stride: 1, channels: 1 };
    const suffix = skip ? `<${from}` : '',
      pool = 2 + below(3),
      kind = below(8);
    if (kind < 2 && side >= pool && stride * pool <= 64) {
      layers.push({ text: `pool${pool}${suffix}`, side: Math.floor(side / pool), stride: stride * pool, channels });
    } else if (kind < 4 && stride % 2 === 0) {
      layers.push({ text: `up2${suffix}`, side: 2 * side, stride: stride / 2, channels });
    } else {
      const down = below(3) === 0 && side % 2 === 0 && stride < 64 ? 2 : 1;
      const add = below(2) ? pick([...layers.keys()].filter((i) => layers[i].side === side / down)) : undefined;
      const n = layers[add]?.channels ?? pick([1 + below(20), 8 * (1 + below(4))]);
      layers.push({
        text: `conv${pick([1, 3, 3, 3, 5, 7])}${down > 1 ? '/2' : ''}:${n}${suffix}${add >= 0 ? `+${add}` : ''}`,
        side: side / down,
        stride: stride * down,
        channels: n,
      });
    }
  }
  return [
    ...layers.map((l) => l.text),
    ...(below(3) ? [] : [`dense:${pick([1 + below(20), 8 * (1 + below(4))])}`]),
    'dense:10',
  ].join(' ');
}

let pictures = 0;
for (let i = 0; i < networks; i++) {
  const network = architecture(),
    limit = pick([7, 31, 127]);
  const card = pick([{}, { activations: '63' }, { activations: '63', input_max: '127' }]);
  writeFileSync(path('weights'), randomWeights(network, random, false, card, limit));
  const ink = [1, 0.3, 0.1][below(3)];
  const pixels = Uint8Array.from({ length: 784 * PICTURES }, (_, at) =>
    at < 784 ? 255 : random() < ink ? 256 * random() : 0,
  );
  writeFileSync(path('images'), encodeIdx([PICTURES, 28, 28], pixels));
  writeFileSync(path('labels'), encodeIdx([PICTURES], new Uint8Array(PICTURES)));
  const native = execFileSync('build/digits', [
    'eval',
    '--logits',
    '--json',
    '--model',
    path('weights'),
    '--images',
    path('images'),
    '--labels',
    path('labels'),
  ])
    .toString()
    .trim()
    .split('\n')
    .slice(0, PICTURES)
    .map((line) => JSON.parse(line).logits);
  for (const variant of /** @type {const} */ (['baseline', 'simd', 'relaxed'])) {
    const digits = await loadDigits({ base, variant, weights: pathToFileURL(path('weights')).href });
    native.forEach((logits, at) =>
      assert.deepEqual(
        [...digits.predictPixels(pixels.subarray(784 * at, 784 * (at + 1))).logits],
        logits,
        `seed ${seed}: ${network}, ${JSON.stringify(card)}, weights up to ${limit}: ${variant}, picture ${at}`,
      ),
    );
    digits.close();
  }
  pictures += PICTURES;
}
console.log(JSON.stringify({ seed, networks, pictures, builds: 4, differences: 0 }));
