// Opens the built page, served by the built server, in a headless Chromium. CHROMIUM takes another browser binary,
// SITE another folder than build/site.
import { after, before } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { start } from '../server/helper.js';

export const site = process.env.SITE ?? join(dirname(fileURLToPath(import.meta.url)), '../../build/site');
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
// No GPU, no network services of the browser's own, no first-run pages; and a name that is not a secure origin.
export const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP digits.test 127.0.0.1',
];

/** A server and a browser: { port, browser, close() }. args: further ones for the browser; root: what is served. */
export async function launch(args = [], root = site) {
  const server = await start(['--root', root]);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, ...args] });
  const close = async () => {
    await browser.close();
    await server.stop();
  };
  return { port: server.port, browser, close };
}

/** The same for all tests of one file: { open(t, options) } opens a page in a browser profile of its own. */
export function useBrowser(args = []) {
  let launched;
  before(async () => {
    launched = await launch(args);
  });
  after(() => launched?.close());
  return {
    /** options: of the browser's context; and host: the page's host name, prepare(page): called before the page loads,
     * wait: whether to wait until it is ready. page.requests and page.faults list what it asked for and threw. */
    async open(t, { host = 'localhost', prepare = () => {}, wait = true, ...options } = {}) {
      const context = await launched.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      context.setDefaultTimeout(15_000);
      t.after(() => context.close());
      const page = Object.assign(await context.newPage(), { requests: [], faults: [] });
      page.on('request', (request) => page.requests.push(request.url()));
      page.on('pageerror', (error) => page.faults.push(error.message));
      await prepare(page);
      await page.goto(`http://${host}:${launched.port}/`);
      if (wait) await ready(page);
      return page;
    },
  };
}

export const ready = (page) => page.waitForSelector('html[data-ready=true]', { state: 'attached' });
export const reading = (page) => page.getByTestId('reading').textContent();
export const tab = (page, name) => page.getByRole('tab', { name });

/** Waits until check() gives what is expected, for what the page does in its own time; gives the last value. */
export async function eventually(check, expected, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await check();
    const fits = expected instanceof RegExp ? expected.test(value) : value === expected;
    if (fits || Date.now() > end) return value;
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A box on the pad for one digit, in CSS pixels of the pad. */
export async function padBox(page) {
  const { width, height } = await page.getByTestId('pad').boundingBox();
  return { x: width * 0.3, y: height * 0.15, width: width * 0.4, height: height * 0.7 };
}

/** As few points as a hurried hand's mouse would give: each one costs the browser a frame. */
export const thin = (strokes) =>
  strokes.map((stroke) => stroke.filter((_, i) => i % 2 === 0 || i === stroke.length - 1));

/** Draws strokes on the pad with the mouse. */
export const drawByMouse = (page, strokes) => drawStrokes(page, page.getByTestId('pad'), strokes);

/** Draws strokes on an element with the mouse. */
export async function drawStrokes(page, element, strokes) {
  const { x, y } = await element.boundingBox();
  for (const [[fromX, fromY], ...rest] of thin(strokes)) {
    await page.mouse.move(x + fromX, y + fromY);
    await page.mouse.down();
    for (const [toX, toY] of rest) await page.mouse.move(x + toX, y + toY);
    await page.mouse.up();
  }
}

/** Draws strokes on the pad with a finger. */
export async function drawByTouch(page, strokes) {
  const { x, y } = await page.getByTestId('pad').boundingBox();
  const devtools = await page.context().newCDPSession(page);
  const touch = (type, ...points) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([px, py]) => ({ x: x + px, y: y + py })),
    });
  for (const [first, ...rest] of thin(strokes)) {
    await touch('touchStart', first);
    for (const point of rest) await touch('touchMove', point);
    await touch('touchEnd');
  }
}

/** Draws strokes on the pad with a pen that presses and leans. */
export async function drawByPen(page, strokes) {
  const { x, y } = await page.getByTestId('pad').boundingBox();
  const devtools = await page.context().newCDPSession(page);
  const pen = (type, [px, py], buttons) =>
    devtools.send('Input.dispatchMouseEvent', {
      type,
      x: x + px,
      y: y + py,
      buttons,
      button: 'left',
      clickCount: 1,
      pointerType: 'pen',
      force: 0.5,
      tiltX: 30,
    });
  for (const stroke of thin(strokes)) {
    await pen('mousePressed', stroke[0], 1);
    for (const point of stroke.slice(1)) await pen('mouseMoved', point, 1);
    await pen('mouseReleased', stroke.at(-1), 0);
  }
}

/** A picture file as the browser's own canvas writes it, from a PNG. */
export async function convert(page, png, type) {
  const bytes = await page.evaluate(
    async ([base64, type]) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
      canvas.getContext('2d').drawImage(bitmap, 0, 0);
      const blob = await new Promise((done) => canvas.toBlob(done, type, 0.9));
      if (blob.type !== type) throw new Error(`this browser writes no ${type}`);
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [png.toString('base64'), type],
  );
  return Buffer.from(bytes);
}

/** Chooses a file in Photo. */
export const choose = (page, name, buffer, mimeType = 'image/png') =>
  page.getByTestId('file').setInputFiles({ name, mimeType, buffer });

/** Drops or pastes a file onto the page; how: 'dragover', 'drop' or 'paste'. */
export function give(page, how, name, bytes, type = 'image/png') {
  return page.evaluate(
    ([how, name, bytes, type]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      const init = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(
        how === 'paste'
          ? new ClipboardEvent('paste', { ...init, clipboardData: data })
          : new DragEvent(how, { ...init, dataTransfer: data }),
      );
    },
    [how, name, [...bytes], type],
  );
}

/** Whether anything is drawn on a canvas. */
export const inked = (canvas) =>
  canvas.evaluate((canvas) =>
    canvas
      .getContext('2d')
      .getImageData(0, 0, canvas.width, canvas.height)
      .data.some((byte) => byte > 0),
  );
