// A few rounds of each fuzzer; `make fuzz` goes on for longer.
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('kernels: random networks and pictures, all builds, the same logits', () => {
  const end = JSON.parse(execFileSync('node', ['tests/fuzz/kernels.js', '20', '5']).toString());
  assert.deepEqual(end, { seed: 5, networks: 20, pictures: 120, builds: 4, differences: 0 });
});
