// The C tests of the core and the trainer, natively under ASan and UBSan; wasm.test.js runs the core's as WebAssembly.

import { execFile } from 'node:child_process';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisify } from 'node:util';

const WEIGHTS = 'models/digits.safetensors';
const run = promisify(execFile);

for (const program of ['core_tests', 'train_tests']) {
  test(`${program}, natively under ASan and UBSan`, async (t) => {
    // A sanitizer ends the program with a status other than 0; what ran before is shown all the same.
    const end = await run(`build/asan/${program}`, [WEIGHTS]).catch((error) => error);
    const results = end.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(results.length > 10);
    for (const { name, ok, message } of results) await t.test(name, () => assert.ok(ok, message));
    await t.test('nothing for the sanitizers to say', () => assert.equal(end.stderr, ''));
  });
}
