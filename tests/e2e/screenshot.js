// The picture in the README: node tests/e2e/screenshot.js OUT.png
import { drawNumber, seededRandom } from '../fixtures/handwriting.js';
import { drawByMouse, eventually, launch, reading, ready } from './helper.js';

const NUMBER = '1729';
const out = process.argv[2];
if (!out) {
  console.error('usage: node tests/e2e/screenshot.js OUT.png');
  process.exit(2);
}
const { browser, port, close } = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce' });
  await page.goto(`http://localhost:${port}/`);
  await ready(page);
  const { width, height } = await page.getByTestId('pad').boundingBox();
  const box = { x: width * 0.13, y: height * 0.26, width: width * 0.8, height: height * 0.46 };
  await drawByMouse(page, drawNumber(NUMBER, seededRandom(8), box));
  const text = await eventually(() => reading(page), NUMBER);
  if (text !== NUMBER) throw new Error(`the page read “${text}”, not ${NUMBER}`);
  await page.mouse.move(1, 1);
  await page.waitForTimeout(300); // for the last frame
  await page.screenshot({ path: out });
} finally {
  await close();
}
