// strokes.js — pen strokes as pictures to train on, drawn by the very code that draws a visitor's strokes.

import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const PLACES = ['data/strokes.jsonl.gz', '../shared/data/strokes/strokes.jsonl.gz'];

/**
 * The first four fifths of the lines {"label":"7","strokes":[[[x,y],…],…]}; the last fifth is kept aside to measure on.
 * Nothing where there are no strokes.
 * @param {import('../../web/engine.js').Digits} digits @param {string | undefined} [file]
 * @returns {Generator<[Uint8Array, number]>} 784 bytes of ink, and what they show
 */
export function* strokes(digits, file = PLACES.find((path) => existsSync(path))) {
  if (!file) return;
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  for (const line of lines.slice(0, Math.floor(lines.length * 4 / 5))) {
    const { label, strokes } = JSON.parse(line);
    yield [digits.normalizeStrokes(strokes), Number(label)];
  }
}
