// The made pages that the page network is trained on: src/scenes, and `digits scenes`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { dataFolders } from '../../src/dataset/folders.js';
import { mnistHere } from '../../src/dataset/mnist.js';
import { encodeIdx } from '../../web/idx.js';
import { madeDigits } from '../fixtures/idx.js';

const run = promisify(execFile);
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'scenes-'));
  const { pixels, labels } = madeDigits(500, 3);
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), encodeIdx([labels.length, 28, 28], pixels));
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), encodeIdx([labels.length], labels));
});
after(() => rmSync(folder, { recursive: true }));

describe('scene_tests, under ASan and UBSan', () => {
  for (const here of [false, true]) {
    const skip = here && !mnistHere() && 'the data sets are not here: DIGITS_DATA names where they are';
    test(here ? 'of the sets that are here' : 'of made digits alone', { skip }, async (t) => {
      const data = here ? dataFolders().join(':') : folder;
      const env = { ...process.env, SCENES_DATA: data, SCENES_MNIST: folder };
      const end = await run('build/asan/scene_tests', [], { env }).catch((error) => error);
      const results = end.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.ok(results.length >= 5);
      for (const { name, ok, message } of results) await t.test(name, () => assert.ok(ok, message));
      await t.test('nothing for the sanitizers to say', () => assert.equal(end.stderr, ''));
    });
  }
});

describe('digits scenes', () => {
  test('writes a sheet, and names what is missing', async () => {
    const out = join(folder, 'sheet.png');
    const { stdout, stderr } = await run('build/digits', [
      'scenes',
      '--data',
      folder,
      '--out',
      out,
      '--count',
      '9',
      '--boxes',
    ]);
    assert.match(stdout, /9 scenes, \d+ of them without digits; \d+ a second/);
    assert.match(stderr, /lack .*unipen-digits.*glyphs.*sudoku-cells/);
    const png = readFileSync(out);
    assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [8 * 164, 2 * 164]);
    const { stdout: read } = await run('build/digits', ['predict', '--json', out]);
    assert.equal(JSON.parse(read).error, undefined, 'it is a picture');
  });
  test('without MNIST it says what to do', async () => {
    const end = await run('build/digits', ['scenes', '--data', '/nowhere']).catch((error) => error);
    assert.equal(end.code, 1);
    assert.match(end.stderr, /make data/);
  });
  test('a wrong option is said', async () => {
    for (const wrong of [['--count', 'many'], ['--count', '0'], ['more']]) {
      const end = await run('build/digits', ['scenes', ...wrong]).catch((error) => error);
      assert.equal(end.code, 2);
      assert.match(end.stderr, /usage/);
    }
  });
});
