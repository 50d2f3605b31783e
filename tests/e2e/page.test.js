// The page itself: no requests, its layout, its tabs and keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDigit, drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { choose, drawByMouse, eventually, give, padBox, ready, reading, tab, useBrowser } from './helper.js';

const browser = useBrowser(['--use-fake-device-for-media-stream']);
const five = drawDigit(5, seededRandom(1), { x: 80, y: 60, width: 160, height: 200 });
const png = encodePng(strokesToPicture(five, 320, 320));

/** What leaves for the net from now on; what the service worker answers does not. */
function watchNet(page) {
  const left = [];
  page.context().on('request', async (request) => {
    const response = await request.response();
    if (!response?.fromServiceWorker() && /^https?:/.test(request.url())) left.push(request.url());
  });
  return left;
}

test('once the app is kept on the device nothing leaves for the net, in any mode', async (t) => {
  const page = await browser.open(t, { permissions: ['camera'] });
  assert.ok(
    page.requests.some((url) => url.endsWith('.wasm')),
    'the worker’s requests are seen too',
  );
  assert.ok(
    page.requests.every((url) => new URL(url).origin === new URL(page.url()).origin),
    'and never go elsewhere',
  );
  await drawByMouse(page, [
    [
      [200, 100],
      [200, 350],
    ],
  ]);
  assert.equal(
    await eventually(() => page.evaluate(() => navigator.serviceWorker.controller !== null), true, 20_000),
    true,
  );
  await page.getByRole('button', { name: 'Clear' }).click();
  const left = watchNet(page);
  await drawByMouse(page, drawDigit(5, seededRandom(1), await padBox(page)));
  assert.equal(await eventually(() => reading(page), '5'), '5');
  await tab(page, 'Photo').click();
  await choose(page, 'five.png', png);
  assert.equal(await eventually(() => reading(page), '5'), '5');
  await choose(page, 'bad.png', png.subarray(0, 99));
  await give(page, 'drop', 'five.png', png);
  await give(page, 'paste', 'five.png', png);
  await tab(page, 'Camera').click();
  await eventually(() => page.getByTestId('camera').evaluate((video) => video.videoWidth > 0), true);
  await page.waitForTimeout(500);
  await page.keyboard.press('?');
  await page.getByLabel('Single-letter shortcuts').waitFor();
  await page.keyboard.press('Escape');
  await tab(page, 'Photo').click();
  await page.getByRole('button', { name: 'How this was read' }).click();
  assert.equal(await eventually(async () => (await page.locator('.maps canvas').count()) > 50, true), true);
  await page.keyboard.press('Escape');
  await page.locator('#bars button').nth(3).click();
  assert.equal(await eventually(() => reading(page), '3'), '3');
  await page.getByRole('button', { name: 'Corrections' }).click();
  await page.getByRole('button', { name: 'Remove all' }).click();
  await page.keyboard.press('Escape');
  await page.locator('#language').selectOption('ar');
  await eventually(() => page.evaluate(() => document.documentElement.dir), 'rtl');
  await page.reload();
  await ready(page);
  await page.waitForTimeout(500);
  // The browser itself asks whether there is a newer service worker: of all requests the only one, and it says nothing.
  assert.deepEqual(
    left.filter((url) => !url.endsWith('/sw.js')),
    [],
  );
  assert.deepEqual(page.faults, []);
});

for (const [width, what] of [
  [320, 'a small phone'],
  [180, 'a phone at 200 %'],
]) {
  test(`nothing scrolls sideways on ${what}, in any mode`, async (t) => {
    const page = await browser.open(t, { viewport: { width, height: 568 } });
    const fits = async (when) =>
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, when);
    await drawByMouse(page, drawNumber('888', seededRandom(2), { x: 0, y: 40, width: width - 40, height: 90 }));
    assert.match(await eventually(() => reading(page), /./), /./);
    await fits('with a number read');
    await tab(page, 'Photo').click();
    await choose(page, 'a-file-with-a-name-that-is-long-and-has-no-space-at-all-in-it.png', png.subarray(0, 99));
    await eventually(() => page.locator('#photo-trouble').textContent(), /./);
    await fits('with a long message');
    await choose(page, 'five.png', png);
    await eventually(() => reading(page), '5');
    await fits('with a photo');
    await tab(page, 'Camera').click();
    await fits('in Camera');
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await page.getByLabel('Single-letter shortcuts').waitFor();
    await fits('with the help');
  });
}

for (const [width, height] of [
  [320, 568],
  [390, 844],
]) {
  test(`pad and reading are seen together at ${width} × ${height}`, async (t) => {
    const page = await browser.open(t, { viewport: { width, height } });
    await drawByMouse(page, [
      [
        [150, 40],
        [150, 180],
      ],
    ]);
    assert.equal(await eventually(() => reading(page), '1'), '1');
    for (const part of [page.getByTestId('pad'), page.locator('#glyphs'), page.getByTestId('confidence')]) {
      const box = await part.boundingBox();
      assert.ok(box.y >= 0 && box.y + box.height <= height, JSON.stringify(box));
    }
  });
}

test('tabs are a tablist: arrows move, there is one tab stop, one panel is shown', async (t) => {
  const page = await browser.open(t);
  await tab(page, 'Draw').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Photo');
  assert.equal(await tab(page, 'Photo').getAttribute('aria-selected'), 'true');
  assert.equal(await tab(page, 'Draw').getAttribute('tabindex'), '-1');
  assert.equal(await page.getByRole('tabpanel').count(), 1);
  assert.equal(await page.getByRole('tabpanel', { name: 'Photo' }).count(), 1);
  await page.keyboard.press('Home');
  assert.equal(await tab(page, 'Draw').getAttribute('aria-selected'), 'true');
  await page.keyboard.press('End');
  assert.equal(await tab(page, 'Camera').getAttribute('aria-selected'), 'true');
});

test('single letters open the modes, and can be switched off', async (t) => {
  const page = await browser.open(t);
  const open = () => page.locator('[role=tab][aria-selected=true]').textContent();
  await page.keyboard.press('p');
  assert.equal(await open(), 'Photo');
  await page.keyboard.press('d');
  assert.equal(await open(), 'Draw');
  await page.keyboard.press('?');
  await page.getByLabel('Single-letter shortcuts').uncheck();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('p');
  assert.equal(await open(), 'Draw');
});

test('of several digits one is chosen, and its bars are shown', async (t) => {
  const page = await browser.open(t);
  await drawByMouse(page, drawNumber('17', seededRandom(4), { x: 80, y: 80, width: 480, height: 280 }));
  assert.equal(await eventually(() => reading(page), '17'), '17');
  for (const label of ['7', '1']) {
    await page
      .locator('#glyphs')
      .getByRole('button', { name: `${label},` })
      .click();
    assert.equal(await page.locator('#which').textContent(), `confident in the ${label}`);
    assert.match(await page.locator('#bars .best').textContent(), new RegExp(`^${label}`));
  }
});

test('what is read moves nothing on the page, and a number stays on one line', async (t) => {
  const page = await browser.open(t, {
    viewport: { width: 320, height: 568 },
    prepare: (page) =>
      page.addInitScript(() => {
        globalThis.shift = 0;
        new PerformanceObserver((list) => {
          for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shift += value;
        }).observe({ type: 'layout-shift', buffered: true });
      }),
  });
  const before = await page.locator('.why').boundingBox();
  await drawByMouse(page, drawNumber('1234567', seededRandom(2), { x: 5, y: 60, width: 280, height: 60 }));
  assert.match(await eventually(() => reading(page), /^\d{6,8}$/), /^\d{6,8}$/);
  const tops = await page
    .locator('#glyphs button')
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
  assert.ok(Math.max(...tops) - Math.min(...tops) < 1, `${tops}`);
  assert.deepEqual(await page.locator('.why').boundingBox(), before);
  assert.ok((await page.evaluate(() => globalThis.shift)) < 0.1);
});
