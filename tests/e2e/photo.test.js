// Photo: files picked, dropped and pasted; and files that are no pictures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { choose, convert, eventually, give, inked, reading, tab, useBrowser } from './helper.js';

const browser = useBrowser();
const trouble = (page) => page.locator('#photo-trouble').textContent();

/** A digit on a sheet, as a PNG file. */
function picture(label) {
  const strokes = drawDigit(label, seededRandom(1), { x: 100, y: 60, width: 160, height: 200 });
  return encodePng(strokesToPicture(strokes, 400, 320));
}

test('a PNG file is read, with its box over the picture', async (t) => {
  const page = await browser.open(t);
  await tab(page, 'Photo').click();
  await choose(page, 'five.png', picture(5));
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.match(await page.getByTestId('confidence').textContent(), /%$/);
  assert.ok(await inked(page.locator('#picture')));
  assert.ok(await inked(page.locator('#photo-boxes')));
  assert.deepEqual(page.faults, []);
});

for (const type of ['image/jpeg', 'image/webp']) {
  test(`a file of ${type} is read`, async (t) => {
    const page = await browser.open(t);
    await tab(page, 'Photo').click();
    await choose(page, 'seven', await convert(page, picture(7), type), type);
    assert.equal(await eventually(() => reading(page), '7'), '7');
    assert.ok(await inked(page.locator('#picture')));
  });
}

test('a drawing in SVG is read, which the core cannot decode; of what nothing decodes it is said what does', async (t) => {
  const page = await browser.open(t);
  await tab(page, 'Photo').click();
  const path = drawDigit(3, seededRandom(1), { x: 20, y: 20, width: 60, height: 90 })
    .map((stroke) => `M${stroke.join(' ')}`)
    .join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="130">
    <rect width="100%" height="100%" fill="#fff"/>
    <path d="${path}" fill="none" stroke="#223" stroke-width="8"/></svg>`;
  await choose(page, 'three.svg', Buffer.from(svg), 'image/svg+xml');
  assert.equal(await eventually(() => reading(page), '3'), '3');
  assert.ok(await inked(page.locator('#picture')));
  await choose(page, 'scan.tiff', Buffer.from('II*\0 and so on'), 'image/tiff');
  assert.match(await eventually(() => trouble(page), /./), /^scan\.tiff: .*PNG, JPEG, WebP.*TIFF/);
  assert.equal(await reading(page), '');
});

test('a photo taken sideways is read and shown upright, as its EXIF orientation says', async (t) => {
  const page = await browser.open(t);
  const strokes = drawDigit(7, seededRandom(1), { x: 100, y: 60, width: 160, height: 200 });
  const sideways = strokesToPicture(
    strokes.map((stroke) => stroke.map(([x, y]) => [y, 400 - x])),
    320,
    400,
  );
  const jpeg = await convert(page, encodePng(sideways), 'image/jpeg');
  const exif = Buffer.from('ffe1002245786966000049492a00080000000100120103000100000006000000000000000000', 'hex');
  await tab(page, 'Photo').click();
  await choose(page, 'seven.jpg', Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]), 'image/jpeg');
  assert.equal(await eventually(() => reading(page), '7'), '7');
  const { width, height } = await page.locator('#picture').evaluate(({ width, height }) => ({ width, height }));
  assert.equal(width / height, 400 / 320);
});

test('of a picture file the page fetches the decoder, and of it alone', async (t) => {
  const page = await browser.open(t);
  const fetched = () => page.requests.filter((url) => url.endsWith('digits-image.wasm')).length;
  assert.equal(fetched(), 0);
  await tab(page, 'Photo').click();
  await choose(page, 'five.png', picture(5));
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.equal(fetched(), 1);
});

test('a dropped file opens Photo and is read', async (t) => {
  const page = await browser.open(t);
  await give(page, 'dragover', 'two.png', picture(2));
  await give(page, 'drop', 'two.png', picture(2));
  assert.equal(await eventually(() => reading(page), '2'), '2');
  assert.equal(await tab(page, 'Photo').getAttribute('aria-selected'), 'true');
});

test('a pasted picture opens Photo and is read', async (t) => {
  const page = await browser.open(t);
  await give(page, 'paste', 'image.png', picture(4));
  assert.equal(await eventually(() => reading(page), '4'), '4');
  assert.equal(await tab(page, 'Photo').getAttribute('aria-selected'), 'true');
});

const huge = picture(5);
huge.writeUInt32BE(30000, 16); // a width that the rest of the file does not have

for (const [what, bytes] of [
  ['cut short', picture(3).subarray(0, 300)],
  ['no picture', Buffer.from('a shopping list')],
  ['empty', Buffer.alloc(0)],
  ['too large', huge],
]) {
  test(`a file that is ${what} gives a message, the picture before it goes, and the next file is read`, async (t) => {
    const page = await browser.open(t);
    await tab(page, 'Photo').click();
    await choose(page, 'six.png', picture(6));
    assert.equal(await eventually(() => reading(page), '6'), '6');
    await choose(page, 'bad.png', bytes);
    assert.match(await eventually(() => trouble(page), /./), /^bad\.png: .{10,}/);
    assert.equal(await reading(page), '');
    assert.equal(await page.locator('#photo-stage').getAttribute('data-filled'), 'false');
    assert.equal(await inked(page.locator('#photo-boxes')), false);
    await choose(page, 'nine.png', picture(9));
    assert.equal(await eventually(() => reading(page), '9'), '9');
    assert.equal(await trouble(page), '');
    assert.deepEqual(page.faults, []);
  });
}

test('a picture without digits reads as nothing, and the page says so', async (t) => {
  const page = await browser.open(t);
  await tab(page, 'Photo').click();
  await choose(page, 'blank.png', encodePng(strokesToPicture([], 300, 200)));
  assert.match(await eventually(() => trouble(page), /./), /No digit/);
  assert.equal(await reading(page), '');
});

test('each mode keeps its own reading', async (t) => {
  const page = await browser.open(t);
  await tab(page, 'Photo').click();
  await choose(page, 'five.png', picture(5));
  assert.equal(await eventually(() => reading(page), '5'), '5');
  await tab(page, 'Draw').click();
  assert.equal(await reading(page), '');
  await tab(page, 'Photo').click();
  assert.equal(await reading(page), '5');
});
