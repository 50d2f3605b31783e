// collected.js — collections of others' digits, and of what is no digit, as pictures to train on. Each is split by
// writer, or by file where the writer is not known: a fifth is kept aside to measure on.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeIdx } from '../../web/idx.js';
import { NO_DIGIT } from './overlaps.js';

/** @typedef {import('../../web/engine.js').Digits} Digits */
/** @typedef {Generator<[Uint8Array, number]>} Pictures 784 bytes of ink, and what they show */
/** @typedef {{label: string, src: string, strokes: number[][][], look?: boolean}} Drawn */

const PLACES = ['data', '../shared/data'];

/** @param {string} path in one of the places @param {string[]} places @returns {Buffer | undefined} */
function read(path, places) {
  const place = places.find((place) => existsSync(join(place, path)));
  if (place) return gunzipSync(readFileSync(join(place, path)));
  console.error(`${path} is not there: the set will lack it (looked in ${places.join(', ')})`);
}

/** @param {Buffer} file */
function idx(file) {
  const set = decodeIdx(file);
  if (!set) throw new Error('this is no IDX file');
  return set;
}

/** Whether what this writer, or file, gave is kept aside: a fifth, by a hash (FNV-1a). @param {string} name */
export function isKeptAside(name) {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return hash % 5 === 0;
}

/** The file that a writer's lines are in. @param {Drawn} drawn */
export const writerOf = ({ src }) => src.replace(/\.dat:\d+$/, '').replace(/\d+$/, '');

/** @param {string} name of the folder @param {string[]} [places] where it may be @returns {Drawn[]} */
export function readDrawn(name, places = PLACES) {
  const lines = read(`${name}/strokes.jsonl.gz`, places)?.toString().trim().split('\n') ?? [];
  return lines.map((line) => JSON.parse(line));
}

/** UNIPEN: digits of pens and tablets from many countries. @param {Digits} digits @returns {Pictures} */
export function* penned(digits) {
  for (const drawn of readDrawn('unipen-digits')) {
    if (!isKeptAside(writerOf(drawn))) yield [digits.normalizeStrokes(drawn.strokes), Number(drawn.label)];
  }
}

/** UNIPEN: letters and signs, but those that look like digits. @param {Digits} digits @returns {Pictures} */
export function* letters(digits) {
  for (const drawn of readDrawn('unipen-other')) {
    if (drawn.look || isKeptAside(writerOf(drawn))) continue;
    yield [digits.normalizeStrokes(drawn.strokes), NO_DIGIT];
  }
}

/**
 * Pictures of digits, dark on white, `side` pixels a side. Faint ones are brought to full contrast, small ones enlarged, so
 * that strokes have edges between pixels as they have in photos.
 * @param {string} name of the folder @param {string[]} [places] where it may be
 * @returns {Generator<{ink: Uint8Array, side: number, label: number, file: string}>}
 */
export function* readScanned(name, places = PLACES) {
  const images = read(`${name}/images.idx3-ubyte.gz`, places), labels = read(`${name}/labels.idx1-ubyte.gz`, places);
  const files = read(`${name}/sources.tsv.gz`, places)?.toString().trim().split('\n').slice(1).map((line) => line.split('\t')[1]);
  if (!images || !labels || !files) return;
  const { sides: [, side], bytes } = idx(images), { bytes: answers } = idx(labels), times = side < 28 ? 4 : 2;
  for (const [i, label] of answers.entries()) {
    const grey = bytes.subarray(i * side * side, (i + 1) * side * side), paper = Math.max(...grey), pen = Math.min(...grey);
    /** @param {number} x @param {number} y */
    const at = (x, y) => grey[Math.min(Math.max(y, 0), side - 1) * side + Math.min(Math.max(x, 0), side - 1)];
    const ink = new Uint8Array((side * times) ** 2);
    for (let y = 0; y < side * times; y++) {
      for (let x = 0; x < side * times; x++) {
        const u = (x + 0.5) / times - 0.5, v = (y + 0.5) / times - 0.5, x0 = Math.floor(u), y0 = Math.floor(v);
        const fx = u - x0, fy = v - y0;
        const value = (1 - fy) * ((1 - fx) * at(x0, y0) + fx * at(x0 + 1, y0)) + fy * ((1 - fx) * at(x0, y0 + 1) + fx * at(x0 + 1, y0 + 1));
        ink[y * side * times + x] = paper > pen ? Math.round(255 * (paper - value) / (paper - pen)) : 0;
      }
    }
    yield { ink, side: side * times, label, file: files[i] };
  }
}

/** European pens, tablets and scanned forms. @param {Digits} digits @returns {Pictures} */
export function* scanned(digits) {
  for (const name of ['kensanata-rest', 'optdigits', 'hwd-1000']) {
    for (const { ink, side, label, file } of readScanned(name)) {
      if (!isKeptAside(file)) yield [digits.normalizeInk(ink, side, side), label];
    }
  }
}
