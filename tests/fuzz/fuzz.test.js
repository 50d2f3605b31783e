// A few seconds of each fuzzer, from the corpus; `make fuzz` runs them longer.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

for (const name of ['request', 'path', 'range', 'negotiate']) {
  test(`fuzzing: ${name}`, { concurrency: true }, async (t) => {
    const { stderr } = await promisify(execFile)('tests/fuzz/run.sh', [`build/fuzz/${name}`, '5'], {
      maxBuffer: 1 << 26,
    });
    const executions = Number(/number_of_executed_units: (\d+)/.exec(stderr)?.[1]);
    t.diagnostic(`${executions} executions`);
    assert.ok(executions > 0);
  });
}
