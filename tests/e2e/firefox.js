// Firefox, driven by puppeteer-core over WebDriver BiDi. FIREFOX takes another browser binary.
import { accessSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { thin } from './helper.js';

const FIREFOX = process.env.FIREFOX || '/usr/bin/firefox-esr';

/** The kinds of pointer that Firefox lets a driver play; it has no pen yet. */
export const POINTERS = ['mouse', 'touch'];

/** What can be asked for at the start, as preferences. */
const FAKE = { 'media.navigator.streams.fake': true };
const PREFERENCES = {
  denied: { ...FAKE, 'permissions.default.camera': 2 },
  camera: { ...FAKE, 'media.navigator.permission.disabled': true },
  full: { 'dom.quotaManager.temporaryStorage.fixedLimit': 1 }, // kilobytes
};

/** A window with one page, as browsers.test.js describes it. @param {(keyof typeof PREFERENCES)[]} wanted */
export async function open(...wanted) {
  accessSync(FIREFOX);
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    defaultViewport: { width: 1280, height: 800 },
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    extraPrefsFirefox: Object.assign({ 'intl.locale.requested': 'en-US' }, ...wanted.map((name) => PREFERENCES[name])),
  });
  const page = await browser.newPage();
  const pens = {
    mouse: {
      down: (x, y) => page.mouse.move(x, y).then(() => page.mouse.down()),
      move: (x, y) => page.mouse.move(x, y),
      up: () => page.mouse.up(),
    },
    touch: {
      down: (x, y) => page.touchscreen.touchStart(x, y),
      move: (x, y) => page.touchscreen.touchMove(x, y),
      up: () => page.touchscreen.touchEnd(),
    },
  };
  return {
    goto: (url) => page.goto(url),
    reload: () => page.reload(),
    evaluate: (work, ...args) => page.evaluate(work, ...args),
    click: (selector) => page.click(selector),
    choose: async (selector, path) => (await page.$(selector)).uploadFile(path),
    async draw(kind, strokes) {
      const { down, move, up } = pens[kind];
      for (const [first, ...rest] of thin(strokes)) {
        await down(...first);
        for (const point of rest) await move(...point);
        await up();
      }
    },
    close: () => browser.close(),
  };
}
