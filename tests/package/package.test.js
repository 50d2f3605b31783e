// The npm package: packed, installed in an empty project, and used there: in Node, by types, and in a browser with and
// without a bundler.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { drawStrokes, eventually, launch } from '../e2e/helper.js';

const project = mkdtempSync(join(tmpdir(), 'digits-package-'));
after(() => rmSync(project, { recursive: true }));
const run = (command, args) => execFileSync(command, args, { cwd: project, encoding: 'utf8' });
const box = { x: 60, y: 20, width: 120, height: 120 };

before(() => {
  const folder = join(project, 'package');
  execFileSync('node', ['src/site/package.js', folder]);
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--offline', folder]));
  rmSync(folder, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`]);
});

test('Node: loadDigits() reads strokes and a picture of 28 × 28', () => {
  writeFileSync(join(project, 'use.js'), `import { loadDigits } from 'digits-reader';
    const digits = await loadDigits(), strokes = ${JSON.stringify(drawDigit(5, seededRandom(1), box))};
    console.log(digits.readStrokes(strokes).text, digits.predictPixels(digits.normalizeStrokes(strokes)).label);`);
  assert.equal(run('node', ['use.js']).trim(), '5 5');
});

test('TypeScript knows what it gives, and what it does not', () => {
  const tsc = resolve('node_modules/.bin/tsc');
  const check = (text) => {
    writeFileSync(join(project, 'use.ts'), text);
    return run(tsc, ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', '--moduleResolution', 'nodenext',
      'use.ts']);
  };
  check("import { loadDigits } from 'digits-reader';\nconst text: string = (await loadDigits()).readStrokes([[[1, 2]]]).text;\nexport { text };");
  assert.throws(() => check("import { loadDigits } from 'digits-reader';\nexport const n: number = (await loadDigits()).readStrokes([]).text;"));
});

for (const bundled of [false, true]) {
  test(`<digit-pad> in a browser, ${bundled ? 'bundled by esbuild' : 'as plain modules'}`, async (t) => {
    const site = join(project, bundled ? 'bundled' : 'plain'), installed = join(project, 'node_modules/digits-reader');
    mkdirSync(site);
    if (bundled) {
      writeFileSync(join(project, 'main.js'), "import 'digits-reader/digit-pad.js';");
      run('esbuild', ['main.js', '--bundle', '--format=esm', '--log-level=error', `--outfile=${join(site, 'digit-pad.js')}`]);
    }
    cpSync(installed, site, { recursive: true, filter: (path) => !bundled || !/\.m?js$/.test(path) });
    writeFileSync(join(site, 'index.html'), `<!doctype html><script type="module" src="digit-pad.js"></script>
      <form><digit-pad name="amount"></digit-pad></form>`);
    const { browser, port, close } = await launch([], site);
    t.after(close);
    const page = await browser.newPage();
    await page.goto(`http://localhost:${port}/`);
    const pad = page.locator('digit-pad');
    const { width, height } = await pad.boundingBox();
    await drawStrokes(page, pad, drawDigit(5, seededRandom(1), { x: width * 0.3, y: height * 0.1, width: width * 0.4, height: height * 0.8 }));
    assert.equal(await eventually(() => pad.evaluate((element) => element.value), '5'), '5');
    assert.equal(await page.evaluate(() => new FormData(document.querySelector('form')).get('amount')), '5');
    await pad.evaluate((element) => element.clear());
    assert.equal(await eventually(() => pad.evaluate((element) => element.value), ''), '');
  });
}
