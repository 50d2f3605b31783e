// The C tests of the core as WebAssembly: plain, SIMD and relaxed SIMD.

import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../fixtures/relaxed.js';

const WEIGHTS = 'models/digits.safetensors';

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
