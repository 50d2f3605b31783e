// When the reader cannot work as it should: old browsers, missing files, a worker that hangs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { drawByMouse, eventually, padBox, reading, ready, tab, useBrowser } from './helper.js';

const browser = useBrowser();
const draw = async (page, label) => drawByMouse(page, drawDigit(label, seededRandom(1), await padBox(page)));
const variant = (page) => page.evaluate(() => document.documentElement.dataset.variant);

/** Serves a file changed. */
const change = (file, edit) => (page) =>
  page.route(`**/${file}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: edit(await response.body()) });
  });
/** The worker in a browser that lacks something, by a line before its script. */
const lacking = (line) => change('worker.js', (script) => `${line}\n${script}`);

/** Waits until the worker answers: the page reads ink a moment before. */
const answered = (page) =>
  page.evaluate(async () =>
    (await import('./start.js')).reader.ask('normalizeStrokes', [
      [
        [0, 0],
        [0, 9],
      ],
    ]),
  );

test('a browser with relaxed SIMD uses it', async (t) => {
  assert.equal(await variant(await browser.open(t)), 'relaxed');
});

test('a browser without SIMD takes the baseline and reads', async (t) => {
  const none = 'WebAssembly.validate = () => false;';
  const page = await browser.open(t, {
    prepare: async (page) => {
      await page.addInitScript(none);
      await lacking(none)(page);
    },
  });
  assert.equal(await variant(page), 'baseline');
  await draw(page, 2);
  assert.equal(await eventually(() => reading(page), '2'), '2');
});

for (const [what, prepare, says] of [
  ['WebAssembly', lacking('delete globalThis.WebAssembly;'), /WebAssembly/],
  [
    'the weights',
    (page) => page.route('**/digits.safetensors', (route) => route.fulfill({ status: 404 })),
    /digits\.safetensors.*404/,
  ],
  ['half of the weights', change('digits.safetensors', (weights) => weights.subarray(0, weights.length / 2)), /\w{4}/],
  ['the worker', (page) => page.route('**/worker.js', (route) => route.abort()), /could not be started/],
]) {
  test(`without ${what} the page says so`, async (t) => {
    const page = await browser.open(t, { prepare, wait: false });
    await page.waitForSelector('html[data-ready=failed]', { state: 'attached' });
    assert.match(await page.locator('#loading').textContent(), says);
    assert.equal(await page.locator('#loading').isVisible(), true);
    await draw(page, 2); // what is asked now is answered with the same reason
    assert.match(await eventually(() => page.locator('#draw-trouble').textContent(), says), says);
    await tab(page, 'Photo').click();
    assert.equal(await page.locator('#photo').isVisible(), true);
    assert.deepEqual(page.faults, []);
  });
}

test('a worker that hangs is replaced, the page says so, and the ink is read', async (t) => {
  const page = await browser.open(t);
  await answered(page);
  const [worker] = page.workers();
  await worker.evaluate(() => {
    setTimeout(() => {
      for (;;);
    });
  });
  await draw(page, 2);
  assert.equal(await eventually(() => reading(page), '2'), '2');
  assert.match(await page.locator('#notice').textContent(), /started again/);
  await ready(page);
  assert.equal(await eventually(() => page.workers().includes(worker), false), false);
  assert.deepEqual(page.faults, []);
});

test('a worker that dies in the middle of a stroke is replaced, and the whole stroke is read', async (t) => {
  const page = await browser.open(t);
  const { x, y } = await page.getByTestId('pad').boundingBox();
  const [[first, ...rest]] = drawDigit(2, seededRandom(1), await padBox(page));
  await page.mouse.move(x + first[0], y + first[1]);
  await page.mouse.down();
  for (const [i, [px, py]] of rest.entries()) {
    if (i === 5) await page.workers()[0].evaluate(() => close());
    await page.mouse.move(x + px, y + py);
  }
  await page.mouse.up();
  assert.match(await eventually(() => page.locator('#notice').textContent(), /started again/), /started again/);
  assert.equal(await eventually(() => reading(page), '2'), '2');
  assert.deepEqual(page.faults, []);
});

test('what is drawn before the reader is ready is read as soon as it is', async (t) => {
  let go;
  const held = new Promise((done) => {
    go = done;
  });
  const page = await browser.open(t, {
    wait: false,
    prepare: (page) => page.route('**/digits.safetensors', (route) => held.then(() => route.continue())),
  });
  await draw(page, 2);
  assert.equal(await reading(page), '');
  go();
  assert.equal(await eventually(() => reading(page), '2'), '2');
});
