// What a first visit carries, up to the first prediction in Draw, has a limit.
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('a first visit: at most 80 KB of brotli, of it 60 KB weights and WebAssembly; no image decoder', () => {
  const lines = execFileSync('node', ['src/bench/size.js'])
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  assert.ok(lines.at(-1).brotli_total <= 80_000, JSON.stringify(lines.at(-1)));
  const core = lines.filter(({ file }) => /\.(wasm|safetensors)$/.test(file ?? ''));
  assert.equal(core.length, 2, `${core.map(({ file }) => file)}`);
  assert.ok(core.reduce((sum, { brotli }) => sum + brotli, 0) <= 60_000, JSON.stringify(core));
});
