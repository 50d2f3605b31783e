// The page in Firefox: drawn and read, corrected, kept offline, looked into. FIREFOX names the browser; without one,
// these tests are left out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { start } from '../server/helper.js';
import { eventually, site } from './helper.js';

const binary = process.env.FIREFOX ?? ['firefox-esr', 'firefox'].map((name) => {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}).find(Boolean);
const skip = binary ? false : 'no Firefox here: apt-get install firefox-esr';

let browser, server;
before(async () => {
  if (skip) return;
  server = await start(['--root', site]);
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: binary, headless: true });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
const reading = (page) => text(page, '#reading');

async function open(t) {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto(`http://localhost:${server.port}/`);
  await page.waitForSelector('html[data-ready=true]', { timeout: 60_000 });
  return page;
}

async function draw(page, label) {
  const { x, y, width, height } = await page.$eval('#pad', (pad) => pad.getBoundingClientRect().toJSON());
  const box = { x: width * 0.3, y: height * 0.15, width: width * 0.4, height: height * 0.7 };
  for (const [first, ...rest] of drawDigit(label, seededRandom(1), box)) {
    await page.mouse.move(x + first[0], y + first[1]);
    await page.mouse.down();
    for (const [px, py] of rest.filter((_, i) => i % 3 === 0 || i === rest.length - 1)) await page.mouse.move(x + px, y + py);
    await page.mouse.up();
  }
}

test('Firefox: drawn digits are read, corrected by a tap, and explained', { skip }, async (t) => {
  const page = await open(t);
  for (const label of [2, 5]) {
    await draw(page, label);
    assert.equal(await eventually(() => reading(page), String(label), 30_000), String(label));
    if (label === 2) await page.click('#clear');
  }
  await page.click('#bars li:nth-child(4) button');
  assert.equal(await eventually(() => reading(page), '3'), '3');
  await page.click('#think');
  assert.equal(await eventually(async () => (await page.$$('.maps canvas')).length > 50, true), true);
});

test('Firefox: after a visit the app opens and reads with no server', { skip }, async (t) => {
  const page = await open(t);
  await draw(page, 5);
  const kept = () => page.evaluate(() => navigator.serviceWorker.controller !== null);
  assert.equal(await eventually(kept, true, 30_000), true);
  await server.stop();
  await page.reload();
  await page.waitForSelector('html[data-ready=true]', { timeout: 60_000 });
  assert.match(await eventually(() => reading(page), /^[35]$/), /^[35]$/, 'what was written, or taught before');
});
