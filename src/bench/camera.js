// The live camera in Chromium, before which a film of drawn digits is held: frames read a second, time from taking a frame
// to its reading on the page, and for how long the page's main thread was busy at a stretch. `make bench-camera`: JSON
// lines, and a table for people.
//
// A task's time on the clock counts other programs that took the processor meanwhile; its processor time does not.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawNumber, seededRandom } from '../../tests/fixtures/handwriting.js';
import { encodeY4m, strokesToPicture } from '../../tests/fixtures/pictures.js';
import { eventually, launch, reading, ready, tab } from '../../tests/e2e/helper.js';

const SECONDS = Number(process.argv[2] ?? 6),
  WARM = 2;
const folder = mkdtempSync(join(tmpdir(), 'digits-camera-'));

/** A film of so many digits. @param {number} width @param {number} height @param {number} digits */
function film(width, height, digits) {
  const tall = digits > 1 ? width / 16 : height / 2,
    file = join(folder, 'film.y4m');
  const strokes = digits
    ? drawNumber('3141592653'.slice(0, digits), seededRandom(1), {
        x: digits > 1 ? width / 20 : width / 3,
        y: (height - tall) / 2,
        width: digits > 1 ? width * 0.9 : width / 3,
        height: tall,
      })
    : [];
  writeFileSync(
    file,
    encodeY4m(strokesToPicture(strokes, width, height, { pen: tall / 12, ink: 50, paper: 215 }), 3, 30),
  );
  return file;
}

/** In the page: notes when a frame is taken, which is when a picture of the video is made, and when it has been read. */
function watch() {
  /** @type {{begin: number, end: number, core: number}[]} */
  const frames = [];
  let begin = 0;
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (/** @type {any[]} */ ...args) {
    if (args[0] instanceof HTMLVideoElement) begin = performance.now();
    return drawImage.apply(this, /** @type {any} */ (args));
  };
  const { VideoFrame } = globalThis;
  globalThis.VideoFrame = /** @type {any} */ (
    function (/** @type {any[]} */ ...args) {
      begin = performance.now();
      return new VideoFrame(.../** @type {[any]} */ (args));
    }
  );
  const NewWorker = globalThis.Worker;
  globalThis.Worker = class extends NewWorker {
    constructor(/** @type {ConstructorParameters<typeof Worker>} */ ...args) {
      super(...args);
      this.addEventListener('message', ({ data: { result } }) => {
        const taken = begin;
        // After all that the page does with it.
        if (result?.digits) setTimeout(() => frames.push({ begin: taken, end: performance.now(), core: result.ms }));
      });
    }
  };
  Object.assign(globalThis, { frames });
}

/** @param {number[]} values @param {number} share */
const at = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
const round = (x) => Number(x.toFixed(2));

/** What the page's main thread did, task by task: milliseconds on the clock, and of the processor.
 * @param {Buffer} trace */
function tasks(trace) {
  const { traceEvents: events } = JSON.parse(trace.toString());
  const marked = events.find(({ name }) => name === 'the page'); // a mark that the page made says which process is its own
  const own = events.filter(
    ({ ph, pid, tid, name }) => ph === 'X' && pid === marked.pid && tid === marked.tid && name === 'RunTask',
  );
  return { clock: own.map(({ dur }) => dur / 1000), cpu: own.map(({ tdur }) => tdur / 1000) };
}

const rows = [];
try {
  for (const [width, height] of [
    [640, 480],
    [1280, 720],
  ]) {
    for (const digits of [0, 1, 10]) {
      const { port, browser, close } = await launch([
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${film(width, height, digits)}`,
      ]);
      try {
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ['camera'] });
        const page = await context.newPage();
        await page.addInitScript(watch);
        await page.goto(`http://localhost:${port}/`);
        await ready(page);
        await tab(page, 'Camera').click();
        await page.waitForTimeout(1000 * WARM); // code that is new, and a camera that starts
        assert.equal(await page.getByTestId('camera').evaluate((video) => video.videoWidth), width);
        const held = '3141592653'.slice(0, digits),
          read = async () => (await reading(page)).replace(/\s/g, '');
        assert.equal(await eventually(read, held), held);
        await browser.startTracing(page, {
          categories: ['disabled-by-default-devtools.timeline', 'blink.user_timing'],
        });
        const seen = await page.evaluate(async (ms) => {
          performance.mark('the page');
          const { frames } = /** @type {any} */ (globalThis),
            first = frames.length;
          await new Promise((done) => setTimeout(done, ms));
          return frames.slice(first);
        }, 1000 * SECONDS);
        const { clock, cpu } = tasks(await browser.stopTracing());
        const times = seen.map(({ begin, end }) => end - begin),
          cores = seen.map(({ core }) => core);
        rows.push({
          size: `${width}×${height}`,
          digits,
          frames_per_second: round(seen.length / SECONDS),
          ms_per_frame: round(at(times, 0.5)),
          p99_ms: round(at(times, 0.99)),
          reader_ms: round(at(cores, 0.5)),
          task_p99_ms: round(at(clock, 0.99)),
          task_max_ms: round(at(clock, 1)),
          task_max_cpu_ms: round(at(cpu, 1)),
        });
        console.log(JSON.stringify(rows.at(-1)));
      } finally {
        await close();
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.error(
  `\n${'camera'.padEnd(12)}digits  frames/s  ms a frame (of it reading)  longest task of the page, ms (of the processor)`,
);
for (const row of rows) {
  console.error(
    row.size.padEnd(12) +
      String(row.digits).padStart(6) +
      String(row.frames_per_second).padStart(10) +
      `${row.ms_per_frame} (${row.reader_ms})`.padStart(28) +
      `${row.task_max_ms} (${row.task_max_cpu_ms})`.padStart(34),
  );
}
