// The C tests of the core and the trainer: natively under ASan and UBSan, and the core's as WebAssembly, plain, SIMD and relaxed SIMD.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisify } from 'node:util';
import '../fixtures/relaxed.js';

const WEIGHTS = 'models/digits.safetensors';
const run = promisify(execFile);

for (const program of ['core_tests', 'train_tests']) {
  test(`${program}, natively under ASan and UBSan`, async (t) => {
    // A sanitizer ends the program with a status other than 0; what ran before is shown all the same.
    const end = await run(`build/asan/${program}`, [WEIGHTS]).catch((error) => error);
    const results = end.stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(results.length > 10);
    for (const { name, ok, message } of results) await t.test(name, () => assert.ok(ok, message));
    await t.test('nothing for the sanitizers to say', () => assert.equal(end.stderr, ''));
  });
}

for (const variant of ['core_tests', 'core_tests-simd', 'core_tests-relaxed']) {
  test(`${variant}.wasm, in this engine`, async (t) => {
    const module = await WebAssembly.compile(readFileSync(`build/wasm/${variant}.wasm`));
    // Only wasm modules of tests may import; what they import is never called.
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = () => 0;
    }
    const { exports } = await WebAssembly.instantiate(module, imports);
    exports._initialize?.();
    const bytes = () => new Uint8Array(exports.memory.buffer);
    const text = (at) => Buffer.from(bytes().subarray(at, bytes().indexOf(0, at))).toString();
    const weights = readFileSync(WEIGHTS);
    const at = exports.malloc(weights.length);
    bytes().set(weights, at);
    for (let i = 0; i < exports.test_count(); i++) {
      await t.test(text(exports.test_name(i)), () => {
        assert.ok(exports.test_run(i, at, weights.length), text(exports.test_message()));
      });
    }
  });
}
