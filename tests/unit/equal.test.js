// The same bits everywhere: native and WebAssembly logits on 1,000 pictures, of handwriting made here and, where MNIST
// is, of its test set.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import '../fixtures/relaxed.js';
import { loadDigits } from '../../web/engine.js';
import { writeDataset } from '../fixtures/idx.js';
import { readPictures } from '../../src/dataset/idx.js';
import { mnist } from './mnist.js';

const made = mkdtempSync(join(tmpdir(), 'digits-equal-'));
after(() => rmSync(made, { recursive: true }));
writeDataset(made, 10, 1000, 5);

const base = pathToFileURL('build/site/').href;
const folders = [
  ['made handwriting', made, false],
  ['t10k of MNIST', mnist(), !mnist() && 'MNIST is not here: make data'],
];

for (const [name, folder, skip] of folders) {
  test(`1,000 pictures of ${name}`, { skip }, async (t) => {
    const set = readPictures(folder, 't10k');
    const native = execFileSync(
      'build/digits',
      ['eval', '--logits', '--json', '--images', set.imagesPath, '--labels', set.labelsPath],
      { maxBuffer: 1 << 28 },
    )
      .toString()
      .trim()
      .split('\n')
      .slice(0, 1000)
      .map((line) => JSON.parse(line).logits);
    assert.equal(native.length, 1000);
    for (const variant of ['baseline', 'simd', 'relaxed']) {
      await t.test(variant, async () => {
        const digits = await loadDigits({ base, variant });
        for (let i = 0; i < 1000; i++) {
          const { logits } = digits.predictPixels(set.pixels.subarray(784 * i, 784 * (i + 1)));
          assert.deepEqual([...logits], native[i], `picture ${i}`);
        }
      });
    }
  });
}
