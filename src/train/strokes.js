// Pen strokes as pictures to train on, drawn by the very code that draws a visitor's strokes.
//
//     node src/train/strokes.js [STROKES.jsonl.gz [FOLDER]]
//
// Reads lines {"label":"7","strokes":[[[x,y],…],…]} and writes FOLDER/train-*-ubyte (IDX) from the first four fifths of
// them; the last fifth is kept aside to measure on. Prints the folder, or nothing where there are no strokes.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadDigits } from '../../web/engine.js';

const places = ['data/strokes.jsonl.gz', '../shared/data/strokes/strokes.jsonl.gz'];
const [source = places.find((path) => existsSync(path)), folder = 'data/strokes'] = process.argv.slice(2);

/** @param {number[]} sides @param {Uint8Array} bytes */
function writeIdx(name, sides, bytes) {
  const header = Buffer.alloc(4 + 4 * sides.length);
  header.set([0, 0, 8, sides.length]); // 8: unsigned bytes
  sides.forEach((side, i) => header.writeUInt32BE(side, 4 + 4 * i));
  writeFileSync(join(folder, name), Buffer.concat([header, bytes]));
}

if (source) {
  const lines = gunzipSync(readFileSync(source)).toString().trim().split('\n').map((line) => JSON.parse(line));
  const kept = lines.slice(0, Math.floor(lines.length * 4 / 5));
  const digits = await loadDigits({ base: pathToFileURL('build/site/') });
  mkdirSync(folder, { recursive: true });
  writeIdx('train-images-idx3-ubyte', [kept.length, 28, 28],
    Buffer.concat(kept.map(({ strokes }) => digits.normalizeStrokes(strokes))));
  writeIdx('train-labels-idx1-ubyte', [kept.length], Buffer.from(kept.map(({ label }) => Number(label))));
  console.log(folder);
}
