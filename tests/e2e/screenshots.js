// Pictures of each screen, by day and by night, on a phone and on a desk: `make screenshots`, into build/screenshots.
// Two of them are the README's and the manifest's: they go to web/screenshots.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, ready } from './helper.js';
import { DEVICES, filming, tour } from './tour.js';

const OUT = 'build/screenshots';
mkdirSync(OUT, { recursive: true });

const { browser, port, close } = await launch(filming());
try {
  for (const [size, device] of Object.entries(DEVICES)) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({
        ...device,
        colorScheme,
        reducedMotion: 'reduce',
        permissions: ['camera'],
      });
      const page = await context.newPage();
      await page.goto(`http://localhost:${port}/`);
      await ready(page);
      for await (const state of tour(page)) {
        await page.mouse.move(1, 1);
        await page.waitForTimeout(300); // for the last frame
        await page.screenshot({ path: join(OUT, `${state}-${size}-${colorScheme}.png`) });
      }
      await context.close();
    }
  }
} finally {
  await close();
}
copyFileSync(join(OUT, 'draw-desktop-light.png'), 'web/screenshots/draw.png');
copyFileSync(join(OUT, 'draw-phone-light.png'), 'web/screenshots/phone.png');
