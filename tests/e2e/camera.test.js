// Camera: a film of a digit in place of a camera; and all the ways in which there is none.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { encodeY4m, strokesToPicture } from '../fixtures/pictures.js';
import { eventually, reading, tab, useBrowser } from './helper.js';

const folder = mkdtempSync(join(tmpdir(), 'digits-camera-'));
after(() => rmSync(folder, { recursive: true }));
const film = join(folder, 'film.y4m');
const sheet = drawDigit(5, seededRandom(1), { x: 220, y: 120, width: 180, height: 240 });
writeFileSync(film, encodeY4m(strokesToPicture(sheet, 640, 480, { pen: 16, ink: 50, paper: 215 })));

const browser = useBrowser(['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`]);
const allowed = { permissions: ['camera'] };
const trouble = (page) => page.locator('#camera-trouble').textContent();
const live = (page) => page.getByTestId('camera').evaluate((video) => video.srcObject !== null);

test('a digit held before the camera is read', async (t) => {
  const page = await browser.open(t, allowed);
  await tab(page, 'Camera').click();
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.equal(await page.getByTestId('camera').evaluate((video) => video.videoWidth), 640);
  assert.equal(await trouble(page), '');
  assert.deepEqual(page.faults, []);
});

test('a browser that cannot give its frames away reads them all the same', async (t) => {
  const page = await browser.open(t, {
    ...allowed,
    prepare: (page) =>
      page.addInitScript(() => {
        delete globalThis.VideoFrame;
      }),
  });
  await tab(page, 'Camera').click();
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.deepEqual(page.faults, []);
});

test('the camera stops by its button, and when another mode is opened', async (t) => {
  const page = await browser.open(t, allowed);
  await tab(page, 'Camera').click();
  assert.equal(await eventually(() => live(page), true), true);
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.equal(await page.getByText('Last reading').isVisible(), false);
  await page.getByRole('button', { name: 'Stop' }).click();
  assert.equal(await live(page), false);
  assert.equal(await reading(page), '5');
  assert.equal(await page.getByText('Last reading').isVisible(), true, 'what is no longer seen is marked');
  await page.getByRole('button', { name: 'Start camera' }).click();
  assert.equal(await eventually(() => live(page), true), true);
  await tab(page, 'Draw').click();
  assert.equal(await live(page), false);
  assert.equal(await reading(page), '');
});

test('a tap freezes the picture, which can be corrected and copied; another lets it go on', async (t) => {
  const page = await browser.open(t, { permissions: ['camera', 'clipboard-read', 'clipboard-write'] });
  await tab(page, 'Camera').click();
  assert.equal(await eventually(() => reading(page), '5'), '5');
  const paused = () => page.getByTestId('camera').evaluate((video) => video.paused);
  await page.getByTestId('camera').click();
  assert.equal(await eventually(paused, true), true);
  assert.equal(await page.getByRole('button', { name: 'Freeze' }).getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', { name: 'Copy' }).click();
  await eventually(() => page.locator('#notice span').textContent(), /Copied/);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '5');
  await page.locator('#bars button').nth(3).click();
  assert.equal(await eventually(() => reading(page), '3'), '3');
  await page.getByRole('button', { name: 'Freeze' }).click();
  assert.equal(await eventually(paused, false), false);
  assert.equal(await live(page), true);
  assert.deepEqual(page.faults, []);
});

test('with two cameras there is a choice, which is kept; a light is offered where there is one', async (t) => {
  const page = await browser.open(t, {
    ...allowed,
    prepare: (page) =>
      page.addInitScript(() => {
        const { getCapabilities } = MediaStreamTrack.prototype;
        MediaStreamTrack.prototype.getCapabilities = function () {
          return { ...getCapabilities.call(this), torch: true };
        };
        MediaStreamTrack.prototype.applyConstraints = async function (wanted) {
          globalThis.asked = wanted;
        };
        MediaDevices.prototype.enumerateDevices = async () => [
          { kind: 'audioinput', deviceId: 'm', label: '' },
          { kind: 'videoinput', deviceId: 'a', label: 'Front' },
          { kind: 'videoinput', deviceId: 'b', label: '' },
        ];
        const { getUserMedia } = MediaDevices.prototype;
        MediaDevices.prototype.getUserMedia = function (wanted) {
          globalThis.wanted = wanted.video.deviceId?.exact;
          return getUserMedia.call(this, { video: true });
        };
      }),
  });
  await tab(page, 'Camera').click();
  assert.equal(await eventually(() => page.locator('#lens').isVisible(), true), true);
  assert.deepEqual(await page.locator('#lens option').allTextContents(), ['Front', 'Camera 2']);
  await page.getByRole('button', { name: 'Light' }).click();
  assert.equal(await page.getByRole('button', { name: 'Light' }).getAttribute('aria-pressed'), 'true');
  assert.deepEqual(await page.evaluate(() => globalThis.asked), { advanced: [{ torch: true }] });
  await page.locator('#lens select').selectOption('b');
  assert.equal(await eventually(() => page.evaluate(() => globalThis.wanted), 'b'), 'b');
  assert.equal(await page.evaluate(() => localStorage.getItem('camera')), 'b');
  assert.equal(await eventually(() => live(page), true), true);
});

test('the camera stops when the page is hidden', async (t) => {
  const page = await browser.open(t, allowed);
  await tab(page, 'Camera').click();
  assert.equal(await eventually(() => live(page), true), true);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  assert.equal(await live(page), false);
  assert.match(await trouble(page), /stopped/);
});

test('passing by with the arrow keys does not start the camera', async (t) => {
  const page = await browser.open(t, allowed);
  await tab(page, 'Draw').focus();
  await page.keyboard.press('ArrowLeft'); // round to the last
  assert.equal(await tab(page, 'Camera').getAttribute('aria-selected'), 'true');
  await page.waitForTimeout(300);
  assert.equal(await live(page), false);
});

test('a camera that is not allowed: the page says so, and the rest works', async (t) => {
  const page = await browser.open(t, { permissions: ['geolocation'] }); // all others are denied
  await tab(page, 'Camera').click();
  assert.match(await eventually(() => trouble(page), /./), /not allowed/);
  await tab(page, 'Draw').click();
  assert.equal(await page.getByTestId('pad').isVisible(), true);
  assert.deepEqual(page.faults, []);
});

for (const [name, says] of [
  ['NotFoundError', /No camera was found/],
  ['NotReadableError', /in use/],
  ['OtherError', /stopped: it broke/],
]) {
  test(`getUserMedia fails with ${name}: the page says what it means`, async (t) => {
    const page = await browser.open(t, {
      ...allowed,
      prepare: (page) =>
        page.addInitScript((name) => {
          MediaDevices.prototype.getUserMedia = async () => {
            throw new DOMException('it broke', name);
          };
        }, name),
    });
    await tab(page, 'Camera').click();
    assert.match(await eventually(() => trouble(page), /./), says);
  });
}

test('an insecure origin has no camera: the page says why and what helps', async (t) => {
  const page = await browser.open(t, { host: 'digits.test' });
  assert.equal(await page.evaluate(() => navigator.mediaDevices === undefined), true);
  await tab(page, 'Camera').click();
  assert.match(await eventually(() => trouble(page), /./), /https.*http:\/\/digits\.test.*localhost/);
});
