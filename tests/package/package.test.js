// The npm package: packed, installed in an empty project, and used there: in Node, by its types, and in a browser with
// and without a bundler.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { before, test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';
import { drawStrokes, eventually, launch } from '../e2e/helper.js';
import { makeFolder } from '../server/helper.js';

const five = drawDigit(5, seededRandom(1), { x: 60, y: 20, width: 120, height: 120 });
const project = makeFolder({
  'package.json': '{ "name": "empty", "private": true, "type": "module" }',
  'five.png': encodePng(strokesToPicture(five, 240, 160)),
});
const installed = join(project, 'node_modules/digits-reader');
const run = (command, ...args) => execFileSync(command, args, { cwd: project, encoding: 'utf8' });

before(() => run('npm', 'install', '--offline', '--no-audit', '--no-fund', resolve('build/digits-reader.tgz')));

test('Node reads strokes, a picture of 28 × 28 and a file', () => {
  writeFileSync(
    join(project, 'use.js'),
    `
    import { readFileSync } from 'node:fs';
    import { loadDigits } from 'digits-reader';
    const digits = await loadDigits(), five = ${JSON.stringify(five)};
    console.log(digits.readStrokes([[[10, 10], [60, 10], [30, 90]]]).text, digits.readStrokes(five).text,
      digits.predictPixels(digits.normalizeStrokes(five)).label, digits.readFile(readFileSync('five.png')).text);`,
  );
  assert.equal(run('node', 'use.js').trim(), '7 5 5 5');
});

test('TypeScript knows what it gives, and what it does not', () => {
  writeFileSync(
    join(project, 'use.ts'),
    `
    import { loadDigits } from 'digits-reader';
    import { DigitPad } from 'digits-reader/digit-pad.js';
    const { text, digits: [{ box }] } = (await loadDigits()).readStrokes([[[1, 2]]]);
    export const right: [string, number] = [text + new DigitPad().value, box[3]];
    // @ts-expect-error: text is a string
    export const wrong: number = text;`,
  );
  const { status, stdout } = spawnSync(
    resolve('node_modules/.bin/tsc'),
    ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', 'use.ts'],
    { cwd: project, encoding: 'utf8' },
  );
  assert.equal(stdout, '');
  assert.equal(status, 0);
});

/** Draws and clears in the <digit-pad> of a page of the project. */
async function useField(t, script) {
  writeFileSync(
    join(project, 'index.html'),
    `<!doctype html><script type="module" src="${script}"></script>
    <form><digit-pad name="amount"></digit-pad></form>`,
  );
  const { browser, port, close } = await launch([], project);
  t.after(close);
  const page = await browser.newPage();
  await page.goto(`http://localhost:${port}/`);
  const pad = page.locator('digit-pad');
  const amount = () => page.evaluate(() => new FormData(document.querySelector('form')).get('amount'));
  await drawStrokes(page, pad, five);
  assert.equal(await eventually(amount, '5'), '5');
  assert.equal(await pad.evaluate((element) => element.value), '5');
  assert.equal(await pad.getByRole('status').textContent(), '5');
  await page.evaluate(() => document.querySelector('form').reset());
  assert.equal(await eventually(amount, ''), '');
}

test('<digit-pad> is a field of a form, without a bundler', (t) =>
  useField(t, 'node_modules/digits-reader/digit-pad.js'));

test('<digit-pad> is a field of a form, bundled', async (t) => {
  writeFileSync(join(project, 'main.js'), "import 'digits-reader/digit-pad.js';");
  run('esbuild', 'main.js', '--bundle', '--format=esm', '--log-level=error', '--outfile=bundle/main.js');
  for (const file of readdirSync(installed).filter((name) => /\.(wasm|safetensors)$/.test(name))) {
    copyFileSync(join(installed, file), join(project, 'bundle', file));
  }
  await useField(t, 'bundle/main.js');
});

test('<digit-pad> says when its reader cannot be loaded, and tries again', async (t) => {
  writeFileSync(
    join(project, 'index.html'),
    `<!doctype html>
    <script type="module" src="node_modules/digits-reader/digit-pad.js"></script><digit-pad></digit-pad>`,
  );
  const { browser, port, close } = await launch([], project);
  t.after(close);
  const page = await browser.newPage();
  await page.route('**/*.safetensors', (route) => route.abort());
  await page.goto(`http://localhost:${port}/`);
  const pad = page.locator('digit-pad');
  await pad.evaluate((element) =>
    element.addEventListener('error', ({ message }) => {
      element.dataset.error = message;
    }),
  );
  await drawStrokes(page, pad, five);
  assert.match(
    await eventually(() => pad.getAttribute('data-error'), /could not be loaded/),
    /digits\.safetensors could not be loaded/,
  );
  await page.unroute('**/*.safetensors');
  await pad.evaluate((element) => element.clear());
  await drawStrokes(page, pad, five);
  assert.equal(await eventually(() => pad.evaluate((element) => element.value), '5'), '5');
});

test('the page that shows <digit-pad> shows what is read', async (t) => {
  const { browser, port, close } = await launch();
  t.after(close);
  const page = await browser.newPage();
  await page.goto(`http://localhost:${port}/element.html`);
  await drawStrokes(page, page.locator('digit-pad'), five);
  assert.equal(await eventually(() => page.getByLabel('Read').textContent(), '5'), '5');
});
