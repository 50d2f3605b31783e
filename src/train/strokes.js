// strokes.js — pen strokes as pictures to train on, drawn by the very code that draws a visitor's strokes.

import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** This share of the strokes, the first ones, is trained on; the rest is kept aside to measure on. */
export const TRAINED = 4 / 5;
const PLACES = ['data/strokes.jsonl.gz', '../shared/data/strokes/strokes.jsonl.gz'];

/**
 * TRAINED of the lines {"label":"7","strokes":[[[x,y],…],…]}.
 * Nothing where there are no strokes.
 * @param {import('../../web/engine.js').Digits} digits @param {string | undefined} [file]
 * @returns {Generator<[Uint8Array, number]>} 784 bytes of ink, and what they show
 */
export function* strokes(digits, file = PLACES.find((path) => existsSync(path))) {
  if (!file) return;
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  for (const line of lines.slice(0, Math.floor(lines.length * TRAINED))) {
    const { label, strokes } = JSON.parse(line);
    yield [digits.normalizeStrokes(strokes), Number(label)];
  }
}
