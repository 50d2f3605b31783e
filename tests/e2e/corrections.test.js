// Corrections: a tap corrects; what was learned stays on the device, is listed, removed, exported, imported.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { FORMS, writer } from '../../src/evaluation/learning/forms.js';
import { choose, drawByMouse, eventually, padBox, reading, ready, tab, useBrowser } from './helper.js';

const browser = useBrowser();
const button = (page, name) => page.getByRole('button', { name, exact: true });
const row = (page, label) => page.locator('#bars button').nth(label);
const notice = (page) => page.locator('#notice span').textContent();
const draw = async (page, label) => drawByMouse(page, drawDigit(label, seededRandom(1), await padBox(page)));
const items = (page) => page.locator('.corrections li').count();

/** Draws an unusual form on the pad. */
async function drawForm(page, write) {
  const { x, y, width, height } = await padBox(page);
  const size = Math.min(width, height / 1.4) * 0.7;
  await drawByMouse(
    page,
    write().map((stroke) => stroke.map(([px, py]) => [x + width / 4 + px * size, y + height / 8 + py * size])),
  );
}

test('a tap corrects a digit, at once and for new drawings; undo takes it back', async (t) => {
  const page = await browser.open(t);
  const write = writer(
    FORMS.find(({ name }) => name === '7 like V'),
    seededRandom(5),
  );
  await drawForm(page, write);
  await eventually(() => page.locator('#result').getAttribute('data-unread'), /true|false/);
  await page.waitForTimeout(300);
  assert.notEqual(await reading(page), '7');
  await row(page, 7).click();
  assert.equal(await eventually(() => reading(page), '7'), '7');
  assert.equal(await notice(page), 'Corrected to 7.');
  await button(page, 'Clear').click();
  await drawForm(page, write);
  assert.equal(await eventually(() => reading(page), '7'), '7');
  await page.locator('#notice button').click();
  assert.notEqual(await eventually(() => reading(page), /^[^7]?$/), '7');
  assert.deepEqual(page.faults, []);
});

test('ink that is not read at all can be taught, and a digit can be taught to be none', async (t) => {
  const page = await browser.open(t);
  const zigzag = [Array.from({ length: 13 }, (_, i) => [100 + 20 * i, [100, 200, 300, 200][i % 4]])];
  await drawByMouse(page, zigzag);
  assert.equal(await eventually(() => page.locator('.unread').isVisible(), true), true);
  await row(page, 4).click();
  assert.equal(await eventually(() => reading(page), '4'), '4');
  await button(page, 'Not a digit').click();
  await button(page, 'Clear').click();
  await draw(page, 5);
  assert.equal(await eventually(() => reading(page), '5'), '5');
});

test('what was learned survives the page and the worker; it is listed and removed', async (t) => {
  const page = await browser.open(t);
  await draw(page, 5);
  await eventually(() => reading(page), '5');
  await row(page, 3).click();
  assert.equal(await eventually(() => reading(page), '3'), '3');
  await page.reload();
  await ready(page);
  assert.equal(await eventually(() => reading(page), '3'), '3', 'the ink is still there, too');
  await page.workers()[0].evaluate(() => {
    setTimeout(() => {
      for (;;);
    });
  });
  await button(page, 'Undo').click();
  await button(page, 'Redo').click();
  assert.equal(await eventually(() => reading(page), '3'), '3', 'a new worker is taught as well');
  await ready(page);
  await tab(page, 'Photo').click();
  const five = encodePng(
    strokesToPicture(drawDigit(5, seededRandom(1), { x: 80, y: 60, width: 160, height: 200 }), 320, 320),
  );
  await choose(page, 'five.png', five);
  await eventually(() => reading(page), /./);
  await row(page, 6).click();
  assert.equal(await eventually(() => reading(page), '6'), '6');
  await button(page, 'Corrections').click();
  assert.equal(await eventually(() => items(page), 2), 2);
  await page.getByRole('button', { name: 'Remove: 3' }).click();
  assert.equal(await eventually(() => items(page), 1), 1);
  await button(page, 'Remove all').click();
  assert.equal(await eventually(() => items(page), 0), 0);
  assert.equal(await button(page, 'Export').isDisabled(), true);
  await button(page, 'Close').click();
  await tab(page, 'Draw').click();
  assert.equal(await eventually(() => reading(page), '5'), '5');
  await page.reload();
  await ready(page);
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.deepEqual(page.faults, []);
});

test('exported as IDX, which the command line reads; imported again, and not if it is something else', async (t) => {
  const page = await browser.open(t);
  const folder = mkdtempSync(join(tmpdir(), 'digits-corrections-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const label of [3, 8]) {
    await draw(page, 5);
    await eventually(() => reading(page), /./);
    await row(page, label).click();
    await eventually(() => reading(page), String(label));
    await button(page, 'Clear').click();
  }
  await button(page, 'Corrections').click();
  const files = [];
  page.on('download', async (download) => {
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    files.push(path);
  });
  await button(page, 'Export').click();
  assert.equal(await eventually(() => files.length, 2), 2);
  const [images, labels] = files.sort();
  const { n } = JSON.parse(execFileSync('build/digits', ['eval', '--json', '--images', images, '--labels', labels]));
  assert.equal(n, 2);
  await button(page, 'Remove all').click();
  assert.equal(await eventually(() => items(page), 0), 0);
  await page.locator('#import').setInputFiles([images]);
  assert.match(await eventually(() => page.locator('#dialog [role=status]').textContent(), /both/), /both files/);
  await page.locator('#import').setInputFiles([labels, images]);
  assert.equal(await eventually(() => items(page), 2), 2);
  assert.deepEqual(page.faults, []);
});

test('a browser with no room learns all the same, and says that it will not last', async (t) => {
  const page = await browser.open(t, {
    prepare: (page) =>
      page.addInitScript(() => {
        IDBObjectStore.prototype.add = () => {
          throw new DOMException('full', 'QuotaExceededError');
        };
      }),
  });
  await draw(page, 5);
  await eventually(() => reading(page), '5');
  await row(page, 3).click();
  assert.equal(await eventually(() => reading(page), '3'), '3');
  assert.match(await notice(page), /forgotten when the page is closed/);
  await page.locator('#notice button').click();
  assert.equal(await eventually(() => reading(page), '5'), '5');
  assert.deepEqual(page.faults, []);
});
