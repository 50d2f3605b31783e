// Lighthouse, on a phone and on a desktop, and axe-core in every state of the page: `make audit`. A JSON line for each;
// fails when accessibility, best practices or PWA are below 100, or axe-core finds anything.
import lighthouse, { desktopConfig } from 'lighthouse';
import puppeteer from 'puppeteer-core';
import { violations } from '../../tests/e2e/axe.js';
import { ARGS, CHROMIUM, launch, ready } from '../../tests/e2e/helper.js';
import { DEVICES, filming, tour } from '../../tests/e2e/tour.js';

const MUST = ['accessibility', 'best-practices', 'pwa'];
const { port, browser, close } = await launch(filming());
const url = `http://localhost:${port}/`;
let good = true;
try {
  for (const [form, config] of Object.entries({ phone: undefined, desktop: desktopConfig })) {
    const chromium = await puppeteer.launch({ executablePath: CHROMIUM, args: ARGS });
    const { lhr } = await lighthouse(url, {}, config, await chromium.newPage());
    await chromium.close();
    const scores = Object.fromEntries(
      Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(100 * score)]),
    );
    const asked = Object.values(lhr.categories)
      .flatMap(({ auditRefs }) => auditRefs)
      .filter(({ weight }) => weight > 0);
    const missed = asked
      .map(({ id }) => lhr.audits[id])
      .filter(({ score }) => score !== null && score < 1)
      .map(({ id }) => id);
    console.log(JSON.stringify({ lighthouse: lhr.lighthouseVersion, form, ...scores, missed }));
    good &&= MUST.every((id) => scores[id] === 100);
  }
  for (const [form, device] of Object.entries(DEVICES)) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({
        ...device,
        colorScheme,
        reducedMotion: 'reduce',
        permissions: ['camera'],
      });
      const page = await context.newPage();
      await page.goto(url);
      await ready(page);
      for await (const state of tour(page)) {
        const found = await violations(page);
        console.log(JSON.stringify({ state, form, colorScheme, violations: found }));
        good &&= !found.length;
      }
      await context.close();
    }
  }
} finally {
  await close();
}
process.exitCode = good ? 0 : 1;
