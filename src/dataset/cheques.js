// cheques.js — single digits out of handwritten amounts (bank cheques), as pictures to train on: cut by the very code
// that reads a visitor's photo.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findData } from './folders.js';
import { trainedOf } from './kept_aside.js';

const TIMES = 5;

/**
 * From the amounts that are to train on, the first four fifths. An amount counts when as many digits are found as its label has, and no more than half of
 * them are misread: then each has its own digit of the label. TIMES each, since no other set has as many writers with a
 * pen on real paper, who join their digits.
 * Nothing where there are no amounts.
 * @param {import('../../web/engine.js').Digits} digits @param {string | undefined} [folder] with labels.tsv
 * @returns {Generator<[Uint8Array, number]>} 784 bytes of ink, and what they show
 */
export function* cheques(digits, folder = findData('strings')) {
  if (!folder) return;
  const rows = readFileSync(join(folder, 'labels.tsv'), 'utf8').trim().split('\n').slice(1);
  digits.minConfidence = 0.05; // the label says what there is: doubt is no matter
  for (const row of rows.slice(0, trainedOf(rows.length))) {
    const [file, expected] = row.split('\t'),
      read = digits.readFile(readFileSync(join(folder, file))).digits;
    const wrong = read.filter(({ label }, i) => label !== Number(expected[i])).length;
    if (read.length !== expected.length || wrong > read.length / 2) continue;
    for (let time = 0; time < TIMES; time++) {
      for (const [i, { pixels }] of read.entries()) yield [Uint8Array.from(pixels), Number(expected[i])];
    }
  }
}
