// A few seconds of the soak, with the build that knows what leaks; `make soak` takes ten minutes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { sanitized } from './helper.js';

test('polite and hostile clients at once: no wrong byte, nothing lost', (t) => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'soak.js')], {
    env: { ...env, TIME: '4', SERVER: sanitized },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
  const { counts } = JSON.parse(stdout);
  t.diagnostic(`${counts['answers checked']} answers checked, ${counts['hostile connections']} hostile connections`);
});
