// Time of each kind of reading, in WebAssembly in this Node: JSON lines with the median and the 95th percentile.
// Comparison with other engines has to come from one run with them; these are our own times alone.

import { pathToFileURL } from 'node:url';
import { drawDigit, drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { strokesTo28 } from '../fixtures/idx.js';
import { loadDigits } from '../../web/engine.js';

const random = seededRandom(1);
const number = drawNumber('3141592653', random, { x: 20, y: 200, width: 600, height: 70 });
const frame = strokesToPicture(number, 640, 480, { pen: 5 });
const png = encodePng(frame);
const seven = drawDigit(7, random);
const pixels = strokesTo28(seven);

for (const variant of /** @type {const} */ (['baseline', 'simd'])) {
  const digits = await loadDigits({ base: pathToFileURL('build/site/'), variant });
  for (const [what, work] of /** @type {[string, () => unknown][]} */ ([
    ['predictPixels, one 28×28 picture', () => digits.predictPixels(pixels)],
    ['readStrokes, one digit', () => digits.readStrokes(seven)],
    ['readImage, 640×480 with ten digits', () => digits.readImage(frame)],
    ['readFile, the same as PNG', () => digits.readFile(png)],
  ])) {
    const times = [];
    for (const end = performance.now() + 1500; performance.now() < end;) {
      const start = performance.now();
      work();
      times.push(performance.now() - start);
    }
    times.splice(0, Math.floor(times.length / 5)); // the first fifth is V8 warming up
    times.sort((a, b) => a - b);
    const at = (/** @type {number} */ share) => Number(times[Math.floor(share * times.length)].toFixed(4));
    console.log(JSON.stringify({ variant, what, median_ms: at(0.5), p95_ms: at(0.95), runs: times.length }));
  }
}
