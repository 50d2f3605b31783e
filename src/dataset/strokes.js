// strokes.js — pen strokes as pictures to train on, drawn by the very code that draws a visitor's strokes.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { findData } from './folders.js';
import { trainedOf } from './kept_aside.js';

/** @typedef {import('../../web/engine.js').Digits} Digits */
/** @typedef {{label: string, strokes: number[][][]}} Drawn points [x, y] of each stroke */
/** @typedef {Generator<[Uint8Array, number]>} Pictures 784 bytes of ink, and what they show */

const FILE = 'strokes/strokes.jsonl.gz';

/** What a pen draws in or out of without its becoming another digit. */
const JOINABLE = ['0', '2', '3', '5', '6', '8', '9'];

/** The lines to train on; none where there are none. @param {string | undefined} file @returns {Drawn[]} */
function read(file) {
  if (!file) return [];
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  return lines.slice(0, trainedOf(lines.length)).map((line) => JSON.parse(line));
}

/**
 * @param {Digits} digits @param {string | undefined} [file]
 * @returns {Pictures}
 */
export function* strokes(digits, file = findData(FILE)) {
  for (const { label, strokes } of read(file)) yield [digits.normalizeStrokes(strokes), Number(label)];
}

/**
 * A pen's way between a digit and its neighbour, cut off somewhere: from one point to another, sagging.
 * @param {number[]} from @param {number[]} to @param {number} sag
 */
const bow = ([x0, y0], [x1, y1], sag) =>
  Array.from({ length: 9 }, (_, i) => i / 8).map((t) => [
    x0 + t * (x1 - x0),
    y0 + t * (y1 - y0) + 4 * t * (1 - t) * sag,
  ]);

/**
 * Digits out of a number written in one go: the pen came from the digit before, goes on to the next, or both.
 * @param {Digits} digits @param {() => number} random in [0, 1) @param {string | undefined} [file]
 * @returns {Pictures}
 */
export function* joined(digits, random, file = findData(FILE)) {
  for (const { label, strokes } of read(file)) {
    if (!JOINABLE.includes(label)) continue;
    const all = strokes.flat(),
      xs = all.map(([x]) => x),
      ys = all.map(([, y]) => y),
      height = Math.max(...ys) - Math.min(...ys);
    const left = Math.min(...xs),
      right = Math.max(...xs),
      drawn = strokes.map((stroke) => [...stroke]),
      way = random();
    const [first, last] = [all[0], all[all.length - 1]],
      near = 0.6 * (right - left);
    /** @param {number[]} end of the pen @param {number} edge @param {number} side */
    const beside = ([, y], edge, side) => [
      edge + side * height * (0.05 + 0.4 * random()),
      y + height * (0.5 * random() - 0.25),
    ];
    const sag = () => height * (0.3 * random() - 0.15);
    if (way < 0.7 && right - last[0] < near) drawn[drawn.length - 1].push(...bow(last, beside(last, right, 1), sag()));
    if (way > 0.4 && first[0] - left < near) drawn[0].unshift(...bow(beside(first, left, -1), first, sag()));
    yield [digits.normalizeStrokes(drawn), Number(label)];
  }
}
