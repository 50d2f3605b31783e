// The same visit in browsers of the two other families, Firefox and WebKitGTK. The other tests here go into all of it
// more deeply, in Chromium.
//
// A driver (firefox.js, webkit.js) has POINTERS, the kinds that it can play, and open(...wanted) → a page of its own:
//   goto(url), reload(), evaluate(work, ...args), click(selector), choose(selector, path), close(),
//   draw(kind, strokes): strokes in CSS pixels of the window, by a pointer of this kind
// wanted: 'denied', a camera that is not allowed; 'camera', one that the browser plays itself; 'full', no room to keep
// anything. It throws ENOENT when the browser is not installed, and anything else when it cannot start here.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, test } from 'node:test';
import { drawDigit, drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { start } from '../server/helper.js';
import { violations } from './axe.js';
import * as firefox from './firefox.js';
import { eventually, site } from './helper.js';
import * as webkit from './webkit.js';

/** What differs: Firefox can deny the camera and be short of room; WebKitGTK only has no camera, or one. */
const BROWSERS = {
  Firefox: { driver: firefox, hindered: ['denied'], hindrance: /not allowed/, cramped: ['camera', 'full'] },
  WebKitGTK: { driver: webkit, hindered: [], hindrance: /No camera was found/, cramped: ['camera'] },
};

const folder = mkdtempSync(join(tmpdir(), 'digits-browsers-'));
after(() => rmSync(folder, { recursive: true }));
const five = join(folder, 'five.png');
writeFileSync(
  five,
  encodePng(strokesToPicture(drawDigit(5, seededRandom(1), { x: 80, y: 60, width: 160, height: 200 }), 320, 320)),
);

const engine = (base) => new URL('engine.js', base).href;
const numbers = ['1234', '567890'].map((number) => drawNumber(number, seededRandom(3)));
/** What the engine says of strokes, and its logits: the same in any browser and in Node, to the bit. */
async function answers(engine, numbers, variant) {
  const digits = await (await import(engine)).loadDigits({ variant });
  return numbers.map((strokes) => {
    const reading = digits.readStrokes(strokes);
    return JSON.stringify([
      reading.text,
      reading.digits,
      reading.digits.map(({ pixels }) => [...digits.predictPixels(pixels).logits]),
    ]);
  });
}

/** A server, and a page on it that is ready; nothing, and the test is skipped, when the browser cannot start here. */
async function visit(t, driver, wanted) {
  const server = await start(['--root', site]);
  t.after(() => server.stop());
  let page;
  try {
    page = await driver.open(...wanted);
  } catch (error) {
    if (error.code === 'ENOENT') throw error;
    return t.skip(`it cannot start here: ${error.message}`);
  }
  t.after(() => page.close());
  await page.goto(`http://localhost:${server.port}/`);
  await ready(page);
  return { page, server };
}

async function ready(page) {
  await page.evaluate(() => {
    globalThis.faults = [];
    addEventListener('error', ({ message }) => globalThis.faults.push(message));
    addEventListener('unhandledrejection', ({ reason }) => globalThis.faults.push(String(reason)));
  });
  const state = () => page.evaluate(() => document.documentElement.dataset.ready);
  assert.equal(await eventually(state, 'true'), 'true');
}

async function reload(page) {
  assert.deepEqual(await page.evaluate(() => globalThis.faults), []);
  await page.reload();
  await ready(page);
}

const text = (page, selector) =>
  page.evaluate((selector) => document.querySelector(selector)?.textContent ?? '', selector);
const count = (page, selector) => page.evaluate((selector) => document.querySelectorAll(selector).length, selector);
const says = async (page, selector, what) => assert.match(await eventually(() => text(page, selector), what), what);
const reads = async (page, what) => assert.equal(await eventually(() => text(page, '#reading'), what), what);
const video = (page) =>
  page.evaluate(() => {
    const { videoWidth, paused, srcObject } = document.querySelector('#video');
    return `${videoWidth > 0 ? 'picture' : 'none'}, ${paused ? 'still' : 'live'}, ${srcObject ? 'on' : 'off'}`;
  });

/** Draws a digit on the cleared pad. */
async function draw(page, label, kind = 'mouse') {
  await page.evaluate(() => document.querySelector('#clear').click());
  const { x, y, width, height } = await page.evaluate(() =>
    document.querySelector('#pad').getBoundingClientRect().toJSON(),
  );
  await page.draw(
    kind,
    drawDigit(label, seededRandom(1), {
      x: x + width * 0.3,
      y: y + height * 0.15,
      width: width * 0.4,
      height: height * 0.7,
    }),
  );
}
const correct = (page, label) => page.click(`#bars li:nth-child(${label + 1}) button`);

for (const [name, { driver, hindered, hindrance, cramped }] of Object.entries(BROWSERS)) {
  test(`${name}: a visit`, async (t) => {
    const { page, server } = (await visit(t, driver, hindered)) ?? {};
    if (!page) return;

    await t.test('the engine has SIMD, and gives the same answers as in Node, to the bit', async (t) => {
      const variant = await page.evaluate(() => document.documentElement.dataset.variant);
      assert.match(variant, /^(simd|relaxed)$/);
      t.diagnostic(`${name} takes the variant ${variant}`);
      const base = await page.evaluate(() => document.baseURI);
      for (const wanted of [variant, 'baseline']) {
        assert.deepEqual(
          await page.evaluate(answers, engine(base), numbers, wanted),
          await answers(engine(`${pathToFileURL(site)}/`), numbers, 'baseline'),
          wanted,
        );
      }
    });

    for (const kind of driver.POINTERS) {
      await t.test(`a digit drawn by ${kind} is read`, async () => {
        await page.evaluate(() =>
          document.querySelector('#pad').addEventListener('pointerdown', ({ pointerType }) => {
            globalThis.kind = pointerType;
          }),
        );
        await draw(page, 3, kind);
        await reads(page, '3');
        assert.equal(await page.evaluate(() => globalThis.kind), kind);
      });
    }

    await t.test('a correction, and the ink, outlast the page, until all is forgotten', async () => {
      await draw(page, 3);
      await reads(page, '3');
      await correct(page, 8);
      await says(page, '#notice', /Corrected to 8\./);
      await reads(page, '8');
      await reload(page);
      await reads(page, '8');
      await page.click('#corrections');
      assert.equal(await eventually(() => count(page, '.corrections li'), 1), 1);
      await page.click('#dialog .tools button:nth-last-child(1)');
      assert.equal(await eventually(() => count(page, '.corrections li'), 0), 0);
      await page.click('#dialog header button');
      await reads(page, '3');
    });

    await t.test('the look inside opens', async () => {
      await draw(page, 3);
      await reads(page, '3');
      await page.click('#explain');
      assert.equal(await eventually(async () => (await count(page, '.maps canvas')) > 50, true), true);
      await page.click('#dialog header button');
    });

    await t.test('axe-core finds nothing', async () => assert.deepEqual(await violations(page), []));

    await t.test('a picture file is read', async () => {
      await page.click('#tab-photo');
      await page.choose('#file', five);
      await reads(page, '5');
    });

    await t.test('without a camera the page says why', async () => {
      await page.click('#tab-camera');
      await says(page, '#camera-trouble', hindrance);
      await page.click('#tab-draw');
    });

    await t.test('the language is chosen, also one from right to left', async () => {
      for (const [language, undo, dir] of [
        ['ar', /تراجع/, 'rtl'],
        ['en', /^Undo$/, 'ltr'],
      ]) {
        await page.evaluate((language) => {
          const select = document.querySelector('#language');
          select.value = language;
          select.dispatchEvent(new Event('change'));
        }, language);
        await says(page, '#undo', undo);
        assert.equal(await page.evaluate(() => document.documentElement.dir || 'ltr'), dir);
      }
    });

    await t.test('once kept on the device it opens and reads with no server', async () => {
      const kept = () => page.evaluate(() => navigator.serviceWorker.controller !== null);
      assert.equal(await eventually(kept, true, 20_000), true);
      await server.stop();
      await reload(page);
      await draw(page, 2);
      await reads(page, '2');
      await page.click('#tab-photo');
      await page.choose('#file', five);
      await reads(page, '5');
    });

    assert.deepEqual(await page.evaluate(() => globalThis.faults), []);
  });

  test(`${name}: with ${cramped.join(' and ')}`, async (t) => {
    const { page } = (await visit(t, driver, cramped)) ?? {};
    if (!page) return;

    await t.test('the camera is shown live, stands still, and stops', async () => {
      await page.click('#tab-camera');
      assert.equal(await eventually(() => video(page), 'picture, live, on'), 'picture, live, on');
      await page.click('#freeze');
      assert.equal(await eventually(() => video(page), 'picture, still, on'), 'picture, still, on');
      await page.click('#freeze');
      assert.equal(await eventually(() => video(page), 'picture, live, on'), 'picture, live, on');
      await page.click('#tab-draw');
      assert.equal(await eventually(() => video(page), /off$/).then((state) => state.split(', ').at(-1)), 'off');
      assert.equal(await text(page, '#camera-trouble'), '');
    });

    if (cramped.includes('full')) {
      await t.test('with no room it reads and learns, and says what will not last', async () => {
        await draw(page, 3);
        await reads(page, '3');
        await correct(page, 8);
        await says(page, '#notice', /forgotten when the page is closed/);
        await reads(page, '8');
        await new Promise((done) => setTimeout(done, 1000)); // the app tries to keep itself on the device
        await draw(page, 2);
        await reads(page, '2');
      });
    }

    assert.deepEqual(await page.evaluate(() => globalThis.faults), []);
  });
}
