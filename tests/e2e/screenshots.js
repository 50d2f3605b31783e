// Pictures of each screen, by day and by night, on a phone and on a desk: `make screenshots`, into build/screenshots.
// Two of them are the README's and the manifest's: they go to web/screenshots.
import { copyFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, encodeY4m, strokesToPicture } from '../fixtures/pictures.js';
import { choose, drawByMouse, eventually, launch, reading, ready, tab } from './helper.js';

const NUMBER = '1729', OUT = 'build/screenshots';
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const sheet = strokesToPicture(drawNumber('4096', seededRandom(3), { x: 60, y: 140, width: 520, height: 180 }), 640, 480,
  { pen: 12, ink: 40, paper: 225 });
const film = join(tmpdir(), 'digits-film.y4m');
writeFileSync(film, encodeY4m(sheet));
mkdirSync(OUT, { recursive: true });

const { browser, port, close } = await launch(['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`]);
try {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', permissions: ['camera'] });
      const page = await context.newPage();
      const take = async (name) => {
        await page.mouse.move(1, 1);
        await page.waitForTimeout(300); // for the last frame
        await page.screenshot({ path: join(OUT, `${name}-${size}-${colorScheme}.png`) });
      };
      const sees = async (number) => {
        const text = await eventually(() => reading(page), number);
        if (text !== number) throw new Error(`the page read “${text}”, not ${number}`);
      };
      await page.goto(`http://localhost:${port}/`);
      await ready(page);
      await take('empty');
      const { width, height } = await page.getByTestId('pad').boundingBox();
      await drawByMouse(page, drawNumber(NUMBER, seededRandom(8), { x: width * 0.13, y: height * 0.26, width: width * 0.8, height: height * 0.46 }));
      await sees(NUMBER);
      await take('draw');
      await page.getByRole('button', { name: 'See how it thinks' }).click();
      await page.locator('.maps').first().waitFor();
      await take('think');
      await page.keyboard.press('Escape');
      await page.locator('#glyphs button').nth(1).click();
      await page.locator('#bars button').nth(7).click();
      await page.getByText('Learnt: this is').waitFor();
      await take('learn');
      await page.getByRole('button', { name: 'What it learnt' }).click();
      await page.locator('.learnt li').waitFor();
      await take('learnt');
      await page.keyboard.press('Escape');
      await tab(page, 'Photo').click();
      await choose(page, 'sheet.png', encodePng(sheet));
      await sees('4096');
      await take('photo');
      await tab(page, 'Camera').click();
      await sees('4096');
      await take('camera');
      await context.close();
    }
  }
} finally {
  await close();
}
copyFileSync(join(OUT, 'draw-desktop-light.png'), 'web/screenshots/draw.png');
copyFileSync(join(OUT, 'draw-phone-light.png'), 'web/screenshots/phone.png');
