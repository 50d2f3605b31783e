// For everyone: axe-core in every state, by day and by night; languages; zoom, contrast, motion, the spoken reading.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDigit, drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { violations } from './axe.js';
import { drawByMouse, eventually, padBox, reading, tab, useBrowser } from './helper.js';
import { filming, tour } from './tour.js';

const browser = useBrowser(filming());
const five = drawDigit(5, seededRandom(1), { x: 80, y: 60, width: 160, height: 200 });

/** Fails with what axe-core finds on the page as it is. */
const check = async (page, state) => assert.deepEqual(await violations(page), [], state);
const explained = async (page) => (await page.locator('.maps canvas').count()) > 50;
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing in any state, ${colorScheme}`, async (t) => {
    const page = await browser.open(t, { colorScheme, reducedMotion: 'reduce', permissions: ['camera'] });
    for await (const state of tour(page)) await check(page, state);
  });

  test(`axe-core finds nothing where something is wrong, ${colorScheme}`, async (t) => {
    const page = await browser.open(t, {
      colorScheme,
      reducedMotion: 'reduce',
      permissions: ['geolocation'],
      wait: false,
      prepare: (page) => page.route('**/digits.safetensors', (route) => route.fulfill({ status: 404 })),
    });
    await page.waitForSelector('html[data-ready=failed]', { state: 'attached' });
    await check(page, 'no reader');
    await drawByMouse(page, five);
    await eventually(() => page.locator('#draw-trouble').textContent(), /./);
    await check(page, 'no reader for the ink');
    await tab(page, 'Camera').click();
    await eventually(() => page.locator('#camera-trouble').textContent(), /not allowed/);
    await check(page, 'camera not allowed');
  });
}

test('a screen reader is told the reading once it rests, and where the keyboard’s pen is', async (t) => {
  const page = await browser.open(t);
  const said = () => page.locator('#said').textContent();
  await drawByMouse(page, drawDigit(5, seededRandom(1), await padBox(page)));
  assert.match(await eventually(said, /5/), /^5\. Lowest confidence: [\d.]+ %$/);
  await page.keyboard.press('d');
  await page.keyboard.press(' ');
  assert.equal(await said(), 'The pen is down.');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  assert.equal(await eventually(said, /up/), 'The pen is up.');
});

for (const [locale, undo, dir] of [
  ['de-AT', 'Rückgängig', 'ltr'],
  ['es', 'Deshacer', 'ltr'],
  ['fr-CA', 'Annuler', 'ltr'],
  ['ar-EG', 'تراجع عن الأخير', 'rtl'],
  ['fi', 'Undo', 'ltr'],
]) {
  test(`a browser in ${locale}: the page speaks it, fits, and axe-core finds nothing`, async (t) => {
    const page = await browser.open(t, { locale, viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' });
    assert.equal(await eventually(() => page.locator('#undo').textContent(), undo), undo);
    assert.equal(await page.evaluate(() => document.documentElement.dir || 'ltr'), dir);
    await drawByMouse(page, drawNumber('17', seededRandom(4), { x: 30, y: 60, width: 280, height: 160 }));
    assert.equal(await eventually(() => reading(page), '17'), '17');
    assert.equal(await fits(page), 0);
    const [first, second] = await page.locator('#glyphs button').all();
    assert.ok(
      (await first.boundingBox()).x < (await second.boundingBox()).x,
      'numbers run from left to right everywhere',
    );
    await check(page, locale);
    assert.deepEqual(page.faults, []);
  });
}

test('the language is chosen, kept, and goes back to English', async (t) => {
  const page = await browser.open(t);
  const undo = () => page.locator('#undo').textContent();
  await page.locator('#language').selectOption('de');
  assert.equal(await eventually(undo, 'Rückgängig'), 'Rückgängig');
  await page.reload();
  assert.equal(await eventually(undo, 'Rückgängig'), 'Rückgängig');
  await page.locator('#language').selectOption('fr');
  assert.equal(await eventually(undo, 'Annuler'), 'Annuler');
  await page.locator('#language').selectOption('en');
  assert.equal(await eventually(undo, 'Undo'), 'Undo');
  assert.equal(await page.locator('#pad').getAttribute('aria-label'), 'Drawing pad');
});

test('at 200 % nothing is cut off and all of it works', async (t) => {
  const page = await browser.open(t, { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
  await drawByMouse(page, drawDigit(5, seededRandom(1), await padBox(page)));
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.equal(await fits(page), 0);
  await page.getByRole('button', { name: 'How this was read' }).click();
  await eventually(() => explained(page), true);
  assert.equal(await fits(page), 0);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await page.getByLabel('Single-letter shortcuts').waitFor();
  assert.equal(await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).isVisible(), true);
});

test('nothing moves for those who asked for less motion', async (t) => {
  const page = await browser.open(t, { reducedMotion: 'reduce' });
  await drawByMouse(page, drawDigit(5, seededRandom(1), await padBox(page)));
  await eventually(() => reading(page), '5');
  await page.getByRole('button', { name: 'How this was read' }).click();
  await eventually(() => explained(page), true);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});

test('in forced colours the ink, the chosen tab and the bars are seen', async (t) => {
  const page = await browser.open(t, { forcedColors: 'active' });
  await drawByMouse(page, drawDigit(5, seededRandom(1), await padBox(page)));
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.notEqual(await tab(page, 'Draw').evaluate((element) => getComputedStyle(element).outlineStyle), 'none');
  await check(page, 'forced colours');
});
