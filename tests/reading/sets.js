// sets.js — collected handwriting: the folders below DATA that have a labels.tsv (file, what is written on it).
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeIdx } from '../../web/idx.js';
import { isKeptAside, readDrawn, readScanned, writerOf } from '../../src/dataset/collected.js';
import { TRAINED as TRAINED_STRINGS } from '../../src/dataset/cheques.js';
import { TRAINED } from '../../src/dataset/strokes.js';
import { strokesToPicture } from '../fixtures/pictures.js';

/** @typedef {import('../../web/engine.js').Digits} Digits */
/** @typedef {import('../../web/engine.js').Picture} Picture */
/**
 * @typedef {object} Piece of handwriting
 * @property {string} name
 * @property {string} expected its digits, lines parted by “/”; empty: there is none
 * @property {(digits: Digits) => import('./score.js').Answer} read
 * @property {() => Buffer | Picture} picture to look at
 */
/** @typedef {{name: string, about: string, pieces: Piece[]}} Collected */

/** All sets, by name; those that a network may have learnt from in parts, in parts. @param {string} data @returns {Collected[]} */
export function collected(data) {
  const folders = existsSync(data) ? readdirSync(data).filter((name) => existsSync(join(data, name, 'labels.tsv'))).sort() : [];
  return [...keptAside(data), ...folders.flatMap((name) => {
    const folder = join(data, name), pieces = pictures(folder);
    if (name === 'strokes') return strokes(folder, pieces);
    if (name === 'strings') {
      const from = Math.floor(pieces.length * TRAINED_STRINGS);
      return [
        { name: 'strings, first four fifths', about: 'may be trained on', pieces: pieces.slice(0, from) },
        { name: 'strings, last fifth', about: 'kept aside', pieces: pieces.slice(from) },
      ];
    }
    return [{ name, about: pieces.some((piece) => piece.expected) ? '' : 'no digits: empty is right', pieces }];
  })];
}

/** What was kept aside of the sets without a labels.tsv, by writer or photo. @param {string} data @returns {Collected[]} */
function keptAside(data) {
  /** @type {Collected[]} */
  const sets = [];
  const about = 'other writers, kept aside', here = (/** @type {string} */ name) => existsSync(join(data, name));
  for (const [name, what] of [['unipen-digits', about], ['unipen-other', 'letters and signs: empty is right']]) {
    if (!here(name)) continue;
    const pieces = readDrawn(name, [data]).filter((drawn) => !drawn.look && isKeptAside(writerOf(drawn)))
      .map(({ label, src, strokes }) => path(src, label, strokes));
    sets.push({ name: `${name}, as pen paths`, about: what, pieces });
  }
  for (const name of ['kensanata-rest', 'optdigits', 'hwd-1000']) {
    if (!here(name)) continue;
    /** @type {Piece[]} */
    const pieces = [];
    for (const { ink, side, label, file } of readScanned(name, [data])) {
      const picture = { data: ink.map((value) => 255 - value), width: side, height: side };
      if (isKeptAside(file)) pieces.push({ name: file, expected: `${label}`, read: (digits) => digits.readImage(picture), picture: () => picture });
    }
    sets.push({ name, about, pieces });
  }
  if (here('sudoku-cells')) sets.push(...cells(join(data, 'sudoku-cells')));
  return sets;
}

/** Photographed cells of printed sudokus: those of the photos that were kept aside. @param {string} folder @returns {Collected[]} */
function cells(folder) {
  const read = (/** @type {string} */ name) => gunzipSync(readFileSync(join(folder, name)));
  const images = decodeIdx(read('images.idx3-ubyte.gz')), [, ...rows] = read('sources.tsv.gz').toString().trim().split('\n');
  if (!images) return [];
  const [, height, width] = images.sides;
  /** @type {Record<string, Piece[]>} */
  const kinds = { empty: [], printed: [] };
  for (const [i, row] of rows.entries()) {
    const [, place] = row.split('\t'), [photo, cell, kind] = place.split(' ');
    if (!isKeptAside(photo)) continue;
    const picture = { data: images.bytes.slice(i * width * height, (i + 1) * width * height), width, height };
    kinds[kind].push({ name: `${photo} ${cell}`, expected: '', read: (digits) => digits.readImage(picture), picture: () => picture });
  }
  return Object.entries(kinds).map(([kind, pieces]) =>
    ({ name: `sudoku-cells, ${kind}`, about: 'photos kept aside; print is no handwriting: empty is right', pieces }));
}

/** A pen's own path. @param {string} name @param {string} expected @param {number[][][]} strokes @returns {Piece} */
const path = (name, expected, strokes) => ({ name, expected, read: (digits) => digits.readStrokes(strokes),
  picture: () => strokesToPicture(strokes, 280, 280, { pen: 16 }) });

/** @param {string} folder @returns {Piece[]} */
function pictures(folder) {
  const [, ...rows] = readFileSync(join(folder, 'labels.tsv'), 'utf8').split('\n').filter(Boolean);
  return rows.map((row) => {
    const [name, expected = ''] = row.split('\t'), file = () => readFileSync(join(folder, name));
    return { name, expected, read: (digits) => digits.readFile(file()), picture: file };
  });
}

/** What was kept aside, as pictures and as the pen's own path. A picture's name is its number among the paths.
 * @param {string} folder @param {Piece[]} pieces @returns {Collected[]} */
function strokes(folder, pieces) {
  const archive = join(folder, 'strokes.jsonl.gz'), about = 'the last fifth, kept aside';
  if (!existsSync(archive)) return [{ name: 'strokes', about: 'may be trained on', pieces }];
  const lines = gunzipSync(readFileSync(archive)).toString().trim().split('\n'), from = Math.floor(lines.length * TRAINED);
  /** @type {Piece[]} */
  const paths = lines.slice(from).map((line, i) => {
    const { label, strokes } = JSON.parse(line);
    return path(`stroke ${from + i}`, label, strokes);
  });
  return [
    { name: 'strokes, as pictures', about, pieces: pieces.filter((piece) => Number.parseInt(piece.name, 10) >= from) },
    { name: 'strokes, as pen paths', about, pieces: paths },
  ];
}
