// The report as a picture, after `make report`: node tests/e2e/report-screenshot.js OUT.png [light|dark] [WIDTH]
import { launch, ready } from './helper.js';

const [out, colorScheme = 'light', width = '1280'] = process.argv.slice(2);
if (!out) {
  console.error('usage: node tests/e2e/report-screenshot.js OUT.png [light|dark] [WIDTH]');
  process.exit(2);
}
const { browser, port, close } = await launch();
try {
  const page = await browser.newPage({
    viewport: { width: Number(width), height: 800 },
    colorScheme,
    reducedMotion: 'reduce',
  });
  await page.goto(`http://localhost:${port}/report.html`);
  await ready(page);
  await page.waitForTimeout(300); // for the last frame
  await page.screenshot({ path: out, fullPage: true });
} finally {
  await close();
}
