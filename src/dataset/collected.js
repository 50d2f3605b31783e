// collected.js — collections of others' digits, and of what is no digit, as pictures to train on; kept_aside.js says what
// is left out. SOURCES.md says where they are from.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeIdx } from '../../web/idx.js';
import { findData } from './folders.js';
import { isKeptAside, writerOf } from './kept_aside.js';
import { NO_DIGIT } from './overlaps.js';

/** @typedef {import('../../web/engine.js').Digits} Digits */
/** @typedef {Generator<[Uint8Array, number]>} Pictures 784 bytes of ink, and what they show */
/** @typedef {{label: string, char?: string, src: string, strokes: number[][][], look?: boolean}} Drawn label: of a digit;
 * look: another character that looks like a digit */

const PENNED = 'unipen-digits',
  LETTERS = 'unipen-other';
/** Sets of pictures: European pens, scanned forms, a screen. */
export const SCANNED = ['kensanata-rest', 'optdigits', 'hwd-1000'];
const drawnFile = (/** @type {string} */ name) => `${name}/strokes.jsonl.gz`;
const scannedFiles = (/** @type {string} */ name) =>
  ['images.idx3-ubyte.gz', 'labels.idx1-ubyte.gz', 'sources.tsv.gz'].map((file) => `${name}/${file}`);

/** What these sets consist of. */
export const FILES = [PENNED, LETTERS].map(drawnFile).concat(SCANNED.flatMap(scannedFiles));

/** The drawings of a set, in its order; none if it is not here. @param {string} name of its folder
 * @param {string[]} [folders] where it may be @returns {Drawn[]} */
export function readDrawn(name, folders) {
  const file = findData(drawnFile(name), folders);
  return file
    ? gunzipSync(readFileSync(file))
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
}

/** UNIPEN: digits of pens and tablets from many countries. @param {Digits} digits @param {string[]} [folders]
 * @returns {Pictures} */
export function* penned(digits, folders) {
  for (const { label, src, strokes } of readDrawn(PENNED, folders)) {
    if (!isKeptAside(writerOf(src))) yield [digits.normalizeStrokes(strokes), Number(label)];
  }
}

/** UNIPEN: letters and signs, but those that look like digits. @param {Digits} digits @param {string[]} [folders]
 * @returns {Pictures} */
export function* letters(digits, folders) {
  for (const { look, src, strokes } of readDrawn(LETTERS, folders)) {
    if (!look && !isKeptAside(writerOf(src))) yield [digits.normalizeStrokes(strokes), NO_DIGIT];
  }
}

/**
 * Pictures of digits, dark on white in the set, as ink. Faint ones are brought to full contrast, and all are enlarged, so
 * that strokes have edges between pixels as they have in photos.
 * @param {string} name of the set's folder @param {string[]} [folders] where it may be
 * @returns {Generator<{ink: Uint8Array, side: number, label: number, file: string}>} ink: side × side bytes
 */
export function* readScanned(name, folders) {
  const [images, labels, sources] = scannedFiles(name).map((path) => {
    const file = findData(path, folders);
    return file && gunzipSync(readFileSync(file));
  });
  if (!images || !labels || !sources) return;
  const files = sources
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[1]);
  const {
      sides: [, side],
      bytes,
    } = idx(images, name),
    { bytes: answers } = idx(labels, name);
  for (const [i, label] of answers.entries()) {
    const grey = bytes.subarray(i * side * side, (i + 1) * side * side);
    yield { ...enlarge(grey, side, side < 28 ? 4 : 2), label, file: files[i] };
  }
}

/** Bilinear. @param {Uint8Array} grey dark on white @param {number} side @param {number} times */
function enlarge(grey, side, times) {
  const paper = Math.max(...grey),
    pen = Math.min(...grey),
    ink = new Uint8Array((side * times) ** 2);
  const inside = (/** @type {number} */ at) => Math.min(Math.max(at, 0), side - 1);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => grey[inside(y) * side + inside(x)];
  for (let y = 0; y < side * times; y++) {
    for (let x = 0; x < side * times; x++) {
      const u = (x + 0.5) / times - 0.5,
        v = (y + 0.5) / times - 0.5,
        x0 = Math.floor(u),
        y0 = Math.floor(v);
      const fx = u - x0,
        fy = v - y0;
      const value =
        (1 - fy) * ((1 - fx) * at(x0, y0) + fx * at(x0 + 1, y0)) +
        fy * ((1 - fx) * at(x0, y0 + 1) + fx * at(x0 + 1, y0 + 1));
      ink[y * side * times + x] = paper > pen ? Math.round((255 * (paper - value)) / (paper - pen)) : 0;
    }
  }
  return { ink, side: side * times };
}

/** @param {Buffer} file @param {string} name */
function idx(file, name) {
  const set = decodeIdx(file);
  if (!set) throw new Error(`${name}: this is no IDX file`);
  return set;
}

/** European pens, scanned forms, a screen. @param {Digits} digits @param {string[]} [folders] @returns {Pictures} */
export function* scanned(digits, folders) {
  for (const name of SCANNED) {
    for (const { ink, side, label, file } of readScanned(name, folders)) {
      if (!isKeptAside(file)) yield [digits.normalizeInk(ink, side, side), label];
    }
  }
}
