// A way through the page that passes each of its states, to look at each: for axe-core, for pictures.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, encodeY4m, strokesToPicture } from '../fixtures/pictures.js';
import { choose, drawByMouse, eventually, reading, tab } from './helper.js';

const sheet = strokesToPicture(
  drawNumber('4096', seededRandom(3), { x: 60, y: 140, width: 520, height: 180 }),
  640,
  480,
  { pen: 12, ink: 40, paper: 225 },
);
const picture = encodePng(sheet);

/** Options of a browser's context: what the tour is taken on. */
export const DEVICES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

/** What Chromium is started with, so that its camera films the sheet. */
export function filming() {
  const film = join(mkdtempSync(join(tmpdir(), 'digits-tour-')), 'film.y4m');
  writeFileSync(film, encodeY4m(sheet));
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`];
}

async function until(check, expected) {
  const value = await eventually(check, expected);
  if (value !== expected) throw new Error(`the tour waited for ${expected}, and there is “${value}”`);
}
const reads = (page, number) => until(() => reading(page), number);
const shown = (page, selector) => until(() => page.locator(selector).first().isVisible(), true);

/**
 * From a page that was just opened, in English, with the camera allowed: gives the name of each state while it lasts.
 */
export async function* tour(page) {
  const close = async () => {
    await page.keyboard.press('Escape');
    await page.evaluate(() => scrollTo(0, 0)); // on a phone the button that opened it lies further down
  };
  yield 'empty';
  const { width, height } = await page.getByTestId('pad').boundingBox();
  await drawByMouse(
    page,
    drawNumber('1729', seededRandom(8), {
      x: width * 0.13,
      y: height * 0.26,
      width: width * 0.8,
      height: height * 0.46,
    }),
  );
  await reads(page, '1729');
  yield 'draw';
  await page.getByRole('button', { name: 'How this was read' }).click();
  await shown(page, '.maps canvas');
  yield 'explain';
  await close();
  await page.locator('#glyphs button').nth(1).click();
  await page.locator('#bars button').nth(7).click();
  await page.getByText('Corrected to').waitFor();
  yield 'corrected';
  await page.getByRole('button', { name: 'Corrections' }).click();
  await shown(page, '.corrections li');
  yield 'corrections';
  await page.getByRole('button', { name: 'Remove all' }).click();
  await until(() => page.locator('.corrections li').count(), 0);
  yield 'corrections-none';
  await close();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await shown(page, 'kbd');
  yield 'keys';
  await close();
  await page.getByRole('button', { name: 'Clear' }).click();
  await drawByMouse(page, [Array.from({ length: 13 }, (_, i) => [100 + 20 * i, [100, 200, 300, 200][i % 4]])]);
  await shown(page, '.unread');
  yield 'unread';
  await tab(page, 'Photo').click();
  yield 'photo-empty';
  await choose(page, 'sheet.png', picture);
  await reads(page, '4096');
  yield 'photo';
  await choose(page, 'half.png', picture.subarray(0, 99));
  await shown(page, '#photo-trouble');
  yield 'photo-trouble';
  await tab(page, 'Camera').click();
  await reads(page, '4096');
  yield 'camera';
  await page.getByRole('button', { name: 'Freeze' }).click();
  yield 'camera-frozen';
  await tab(page, 'Draw').click();
  await page.locator('#language').selectOption('ar');
  await until(() => page.evaluate(() => document.documentElement.dir), 'rtl');
  await page.evaluate(() => scrollTo(0, 0));
  yield 'right-to-left';
}
