// Offline: the service worker keeps the app whole, asks before an update, and can be switched off.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { start } from '../server/helper.js';
import { choose, drawByMouse, eventually, launch, padBox, reading, ready, site, tab } from './helper.js';

let browser;
let close;
before(async () => ({ browser, close } = await launch()));
after(() => close?.());

const five = encodePng(
  strokesToPicture(drawDigit(5, seededRandom(1), { x: 80, y: 60, width: 160, height: 200 }), 320, 320),
);
const draw = async (page, label) => drawByMouse(page, drawDigit(label, seededRandom(1), await padBox(page)));
const controlled = (page) => page.evaluate(() => navigator.serviceWorker.controller !== null);
const version = (page) => page.evaluate(async () => (await import('./version.js')).default);
const marker = (page) => page.evaluate(() => document.documentElement.dataset.marker);

/** A copy of the site, served; change(edit) edits the copy, lists it anew, and serves it at the same port. */
async function serveCopy(t) {
  const folder = mkdtempSync(join(tmpdir(), 'digits-offline-'));
  chmodSync(folder, 0o755); // the server may run as nobody
  cpSync(site, folder, { recursive: true, filter: (path) => !path.includes('report') });
  let server = await start(['--root', folder]);
  const { port } = server;
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const serve = async () => {
    server = await start(['--root', folder], { env: { PORT: String(port) } });
  };
  return {
    port,
    folder,
    stop: () => server.stop(),
    serve,
    async change(edit, { list = true } = {}) {
      await server.stop();
      edit(folder);
      if (list) execFileSync(resolve('src/site/precache.sh'), [folder, resolve('web/sw.js')]);
      await serve();
    },
  };
}

async function openPage(t, port) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  t.after(() => context.close());
  context.setDefaultTimeout(20_000);
  const page = Object.assign(await context.newPage(), { faults: [] });
  page.on('pageerror', (error) => page.faults.push(error.message));
  await page.goto(`http://localhost:${port}/`);
  await ready(page);
  return page;
}

/** A first visit, until the app is kept on the device. */
async function visit(t, port) {
  const page = await openPage(t, port);
  await draw(page, 2);
  assert.equal(await eventually(() => reading(page), '2'), '2');
  assert.equal(await eventually(() => controlled(page), true, 20_000), true);
  return page;
}

test('after one visit the app opens and reads with no server, in every part', async (t) => {
  const { port, stop } = await serveCopy(t);
  const page = await visit(t, port);
  await stop();
  await page.reload();
  await ready(page);
  assert.equal(await eventually(() => reading(page), '2'), '2', 'the ink is still there');
  await page.getByRole('button', { name: 'How this was read' }).click();
  assert.equal(await eventually(async () => (await page.locator('.maps canvas').count()) > 50, true), true);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('#bars button').nth(7).click();
  assert.equal(await eventually(() => reading(page), '7'), '7');
  await tab(page, 'Photo').click();
  await choose(page, 'five.png', five);
  assert.equal(await eventually(() => reading(page), '5'), '5');
  await page.locator('#language').selectOption('fr');
  assert.equal(await eventually(() => page.locator('#clear').textContent(), 'Effacer'), 'Effacer');
  assert.deepEqual(page.faults, []);
});

test('a new version asks, takes over whole, and the ink stays', async (t) => {
  const { port, change } = await serveCopy(t);
  const page = await visit(t, port);
  const old = await version(page);
  await change((folder) =>
    appendFileSync(join(folder, 'app.js'), "\ndocument.documentElement.dataset.marker = '2';\n"),
  );
  await page.reload();
  await ready(page);
  assert.equal(await marker(page), undefined, 'the old version goes on until it is told');
  assert.equal(
    await eventually(() => page.locator('#notice span').textContent(), /new version/),
    'A new version is available.',
  );
  assert.equal(await version(page), old);
  await page.getByRole('button', { name: 'Update' }).click();
  assert.equal(await eventually(() => marker(page).catch(() => ''), '2'), '2');
  await ready(page);
  assert.equal(await eventually(() => reading(page), '2'), '2');
  assert.notEqual(await version(page), old);
  assert.equal(await page.evaluate(async () => (await caches.keys()).length), 1, 'the old version is gone');
  assert.deepEqual(page.faults, []);
});

test('a version that does not come whole is not taken', async (t) => {
  const { port, change } = await serveCopy(t);
  const page = await visit(t, port);
  const old = await version(page);
  await change((folder) => appendFileSync(join(folder, 'app.js'), '\n// 2\n'));
  await change((folder) => appendFileSync(join(folder, 'app.js'), '\n// 3: of another version than the list\n'), {
    list: false,
  });
  await page.reload();
  await ready(page);
  await draw(page, 5);
  const state = () =>
    page.evaluate(async () => {
      const { installing, waiting } = await navigator.serviceWorker.getRegistration();
      return `${Boolean(installing)} ${Boolean(waiting)}`;
    });
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update().catch(() => {}));
  assert.equal(await eventually(state, 'false false'), 'false false');
  await page.reload();
  await ready(page);
  assert.equal(await version(page), old);
  const kept = () => page.evaluate(async () => (await caches.keys()).length); // this visit, too, tries the new one
  assert.equal(await eventually(kept, 1), 1);
});

test('with no room it works all the same and keeps no half of itself; with room again it is kept', async (t) => {
  const { port } = await serveCopy(t);
  const origin = `http://localhost:${port}`;
  const page = await openPage(t, port);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  const end = await page.evaluate(async () => {
    const { installing } = await navigator.serviceWorker.register('sw.js', { updateViaCache: 'none' });
    return new Promise((done) => {
      installing.addEventListener('statechange', () => done(installing.state));
    });
  });
  assert.equal(end, 'redundant');
  assert.equal(await page.evaluate(async () => (await caches.keys()).length), 0);
  await draw(page, 2);
  assert.equal(await eventually(() => reading(page), '2'), '2');
  assert.deepEqual(page.faults, []);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await page.reload();
  await ready(page);
  assert.equal(await eventually(() => controlled(page), true, 20_000), true);
});

test('the kill switch takes everything off the device', async (t) => {
  const { port, change } = await serveCopy(t);
  const page = await visit(t, port);
  await change((folder) => cpSync(join(folder, 'sw-off.js'), join(folder, 'sw.js')), { list: false });
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update().catch(() => {}));
  const left = () =>
    page
      .evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length + (await caches.keys()).length)
      .catch(() => -1);
  assert.equal(await eventually(left, 0), 0);
});

test('a picture shared to the app is read', async (t) => {
  const { port } = await serveCopy(t);
  const page = await visit(t, port);
  await page.evaluate(
    async (bytes) => {
      const form = new FormData();
      form.set('picture', new File([new Uint8Array(bytes)], 'shared.png', { type: 'image/png' }));
      await fetch('share', { method: 'POST', body: form, redirect: 'manual' });
    },
    [...five],
  );
  await page.goto(`http://localhost:${port}/?shared`);
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.equal(await tab(page, 'Photo').getAttribute('aria-selected'), 'true');
  assert.equal(new URL(page.url()).search, '');
});

test('the manifest names files that are there, and Chromium finds nothing to say against installing', async (t) => {
  const { port } = await serveCopy(t);
  const page = await visit(t, port);
  const manifest = await (await page.request.get(`http://localhost:${port}/app.webmanifest`)).json();
  const pictures = [...manifest.icons, ...manifest.screenshots, ...manifest.shortcuts.flatMap(({ icons }) => icons)];
  assert.ok(pictures.length > 6);
  for (const { src } of pictures)
    assert.equal((await page.request.get(`http://localhost:${port}/${src}`)).status(), 200, src);
  const devtools = await page.context().newCDPSession(page);
  const { errors } = await devtools.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
});
