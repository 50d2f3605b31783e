// How time and memory grow with the number of pictures, the size of an image and the number of digits on it, in this
// Node: JSON lines. WASM memory is what the core has at rest, after its largest call, and what the decoder had.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import '../../tests/fixtures/relaxed.js';
import { drawDigit, drawNumber, seededRandom } from '../../tests/fixtures/handwriting.js';
import { madeDigits } from '../../tests/fixtures/idx.js';
import { encodePng, strokesToPicture } from '../../tests/fixtures/pictures.js';
import { loadDigits } from '../../web/engine.js';

const MS = Number(process.env.MS ?? 400);
const random = seededRandom(1);
/** The core's exports, to see its memory. */
const cores = [];
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
  const made = await instantiate(...args);
  cores.push(made.exports);
  return made;
};

/** @param {Record<string, unknown>} what @param {() => unknown} work @param {number} [per] */
function time(what, work, per = 1) {
  const times = [];
  for (const end = performance.now() + MS; performance.now() < end || times.length < 5; ) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  times.splice(0, Math.floor(times.length / 5)); // V8 warming up
  times.sort((a, b) => a - b);
  const at = (share) => Number((times[Math.floor(share * times.length)] / per).toPrecision(3));
  console.log(JSON.stringify({ ...what, median_ms: at(0.5), p95_ms: at(0.95), runs: times.length }));
}

const kilobytes = () => Math.round(cores.at(-1).memory.buffer.byteLength / 1024);
for (const variant of /** @type {const} */ (['relaxed', 'simd', 'baseline'])) {
  const digits = await loadDigits({ base: pathToFileURL('build/site/'), variant });
  const rest = kilobytes();
  const { pixels } = madeDigits(1024, 2);
  time({ variant, what: 'predictPixels' }, () => digits.predictPixels(pixels.subarray(0, 784)));
  for (const n of [1, 4, 16, 64, 256, 1024])
    time(
      { variant, what: 'predictBatch, a picture', batch: n },
      () => digits.predictBatch(pixels.subarray(0, 784 * n), n),
      n,
    );
  const seven = drawDigit(7, random);
  time({ variant, what: 'readStrokes, one digit' }, () => digits.readStrokes(seven));
  for (const [width, height] of [
    [640, 480],
    [1280, 720],
    [2560, 1440],
    [4000, 3000],
  ]) {
    for (const count of [0, 1, 10, 40]) {
      const rows = Math.ceil(count / 10),
        tall = Math.min(height / 8, width / 16);
      const strokes = Array.from({ length: rows }, (_, row) =>
        drawNumber('3141592653'.slice(0, count), random, {
          x: width / 20,
          y: (height * (row + 0.5)) / (rows + 1),
          width: width * 0.9,
          height: tall,
        }),
      ).flat();
      const frame = strokesToPicture(strokes, width, height, { pen: tall / 12 });
      const what = { variant, size: `${width}×${height}`, digits: count };
      time({ ...what, what: 'readImage' }, () => digits.readImage(frame));
      if (count === 10 && width <= 1280) {
        const png = encodePng(frame);
        time({ ...what, what: 'readFile, PNG' }, () => digits.readFile(png));
      }
    }
    console.log(
      JSON.stringify({
        variant,
        what: 'WASM memory',
        size: `${width}×${height}`,
        rest_kib: rest,
        peak_kib: kilobytes(),
        weights_kib: Math.round(readFileSync('build/site/digits.safetensors').length / 1024),
      }),
    );
  }
}
