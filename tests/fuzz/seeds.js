// Writes the cases of tests/server/conformance_cases.js into a folder, for the fuzzer of requests to start from.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cases } from '../server/conformance_cases.js';

const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
Object.values(cases)
  .flatMap(Object.values)
  .forEach(([bytes], i) => writeFileSync(join(folder, String(i)), bytes, 'latin1'));
