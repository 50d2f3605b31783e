// Draw: what is written on the pad is read, live, by mouse, finger, pen and keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { drawByMouse, drawByPen, drawByTouch, eventually, inked, padBox, reading, useBrowser } from './helper.js';

const browser = useBrowser();
const confidence = (page) => page.getByTestId('confidence').textContent();
const button = (page, name) => page.getByRole('button', { name });
const ONE = [
  [
    [200, 100],
    [200, 350],
  ],
];

test('an empty pad reads as nothing', async (t) => {
  const page = await browser.open(t);
  assert.equal(await reading(page), '');
  assert.equal(await confidence(page), '');
  assert.deepEqual(page.faults, []);
});

test('each digit drawn with the mouse is read', async (t) => {
  const page = await browser.open(t);
  const random = seededRandom(1);
  for (let label = 0; label < 10; label++) {
    await drawByMouse(page, drawDigit(label, random, await padBox(page)));
    assert.equal(await eventually(() => reading(page), String(label)), String(label));
    assert.match(await confidence(page), /^\d+\.\d %$/);
    await button(page, 'Clear').click();
    assert.equal(await eventually(() => reading(page), ''), '');
    assert.equal(await confidence(page), '');
  }
  assert.deepEqual(page.faults, []);
});

test('a digit drawn with a finger is read, and the page does not scroll', async (t) => {
  const page = await browser.open(t, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await drawByTouch(page, drawDigit(3, seededRandom(5), await padBox(page)));
  assert.equal(await eventually(() => reading(page), '3'), '3');
  assert.equal(await page.evaluate(() => scrollY), 0);
});

test('a digit drawn with a pen is read', async (t) => {
  const page = await browser.open(t);
  await page.getByTestId('pad').evaluate((pad) =>
    pad.addEventListener('pointermove', ({ pointerType, pressure }) => {
      globalThis.seen = `${pointerType} ${pressure}`;
    }),
  );
  await drawByPen(page, drawDigit(3, seededRandom(5), await padBox(page)));
  assert.equal(await eventually(() => reading(page), '3'), '3');
  assert.equal(await page.evaluate(() => globalThis.seen), 'pen 0.5');
});

test('the reading follows while the pen is still down', async (t) => {
  const page = await browser.open(t);
  const { x, y } = await page.getByTestId('pad').boundingBox();
  await page.mouse.move(x + 200, y + 100);
  await page.mouse.down();
  await page.mouse.move(x + 200, y + 350, { steps: 10 });
  assert.equal(await eventually(() => reading(page), '1'), '1');
});

test('undo takes back a stroke and a clear, redo brings them again', async (t) => {
  const page = await browser.open(t);
  await drawByMouse(page, ONE);
  for (const [act, expected] of [
    [() => {}, '1'],
    [() => button(page, 'Undo').click(), ''],
    [() => button(page, 'Redo').click(), '1'],
    [() => page.keyboard.press('Delete'), ''],
    [() => page.keyboard.press('Control+z'), '1'],
    [() => page.keyboard.press('Control+z'), ''],
    [() => page.keyboard.press('Control+Shift+Z'), '1'],
    [() => page.keyboard.press('Escape'), ''],
  ]) {
    await act();
    assert.equal(await eventually(() => reading(page), expected), expected);
  }
});

test('a digit is drawn by keyboard alone', async (t) => {
  const page = await browser.open(t);
  const press = async (key, times = 1) => {
    for (let i = 0; i < times; i++) await page.keyboard.press(key);
  };
  await press('d'); // to the pad
  await press(' ');
  await press('ArrowRight', 12);
  for (let i = 0; i < 6; i++) {
    await press('End');
    await press('ArrowDown', 2);
  }
  await press(' ');
  assert.equal(await eventually(() => reading(page), '7'), '7');
  await press('ArrowRight'); // the pen is up: this draws nothing
  await press('Control+z');
  assert.equal(await eventually(() => reading(page), ''), '');
});

test('a palm beside the pen draws nothing, before it and after it', async (t) => {
  const page = await browser.open(t);
  const strokes = () => page.evaluate(() => JSON.parse(sessionStorage.getItem('ink') ?? '[]').length);
  const point = (type, pointerType, id, x, y) =>
    page.getByTestId('pad').evaluate(
      (pad, [type, pointerType, id, x, y]) => {
        const { left, top } = pad.getBoundingClientRect();
        pad.setPointerCapture = () => {}; // there is no such pointer in a test
        pad.dispatchEvent(
          new PointerEvent(type, { pointerType, pointerId: id, clientX: left + x, clientY: top + y, isPrimary: true }),
        );
      },
      [type, pointerType, id, x, y],
    );
  await point('pointerdown', 'touch', 1, 400, 350);
  await point('pointermove', 'touch', 1, 405, 352);
  await point('pointerdown', 'pen', 2, 200, 100); // the palm's stroke goes
  for (let y = 110; y <= 350; y += 10) await point('pointermove', 'pen', 2, 200, y);
  await point('pointerup', 'pen', 2, 200, 350);
  await point('pointerdown', 'touch', 3, 420, 350); // too soon after the pen: the palm again
  await point('pointermove', 'touch', 3, 300, 300);
  await point('pointerup', 'touch', 3, 300, 300);
  assert.equal(await eventually(() => reading(page), '1'), '1');
  await page.evaluate(() => dispatchEvent(new Event('pagehide')));
  assert.equal(await strokes(), 1);
});

test('other buttons of the mouse draw nothing', async (t) => {
  const page = await browser.open(t);
  const { x, y } = await page.getByTestId('pad').boundingBox();
  await page.mouse.move(x + 100, y + 100);
  await page.mouse.down({ button: 'right' });
  await page.mouse.move(x + 100, y + 300, { steps: 5 });
  await page.mouse.up({ button: 'right' });
  assert.equal(await button(page, 'Clear').isDisabled(), true);
});

test('the ink stays when the window changes its size', async (t) => {
  const page = await browser.open(t);
  await drawByMouse(
    page,
    ONE.map((stroke) => stroke.map(([x, y]) => [x + 400, y])),
  );
  assert.equal(await eventually(() => reading(page), '1'), '1');
  await page.setViewportSize({ width: 320, height: 568 });
  assert.equal(await eventually(() => inked(page.getByTestId('pad')), true), true);
  assert.equal(await reading(page), '1');
});

test('all ten confidences, what the network saw, and the time are shown', async (t) => {
  const page = await browser.open(t);
  await drawByMouse(page, drawDigit(8, seededRandom(2), await padBox(page)));
  assert.equal(await eventually(() => reading(page), '8'), '8');
  const rows = await page.locator('#bars li').allTextContents();
  assert.equal(rows.length, 10);
  const shares = rows.map((row) => Number(row.slice(1, -2)));
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100) < 1.1, rows.join());
  assert.equal(shares.indexOf(Math.max(...shares)), 8);
  assert.ok(await inked(page.locator('#seen')));
  assert.match(await page.locator('#time').textContent(), /^Read in .* ms$/);
});
