// sets.js — collected handwriting: the folders below DATA that have a labels.tsv (file, what is written on it).
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TRAINED as TRAINED_STRINGS } from '../../dataset/cheques.js';
import { TRAINED } from '../../dataset/strokes.js';
import { strokesToPicture } from '../../../tests/fixtures/pictures.js';

/** @typedef {import('../../../web/engine.js').Digits} Digits */
/** @typedef {import('../../../web/engine.js').Picture} Picture */
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
  const folders = existsSync(data)
    ? readdirSync(data)
        .filter((name) => existsSync(join(data, name, 'labels.tsv')))
        .sort()
    : [];
  return folders.flatMap((name) => {
    const folder = join(data, name),
      pieces = pictures(folder);
    if (name === 'strokes') return strokes(folder, pieces);
    if (name === 'strings') {
      const from = Math.floor(pieces.length * TRAINED_STRINGS);
      return [
        { name: 'strings, first four fifths', about: 'may be trained on', pieces: pieces.slice(0, from) },
        { name: 'strings, last fifth', about: 'kept aside', pieces: pieces.slice(from) },
      ];
    }
    return [{ name, about: pieces.some((piece) => piece.expected) ? '' : 'no digits: empty is right', pieces }];
  });
}

/** @param {string} folder @returns {Piece[]} */
function pictures(folder) {
  const [, ...rows] = readFileSync(join(folder, 'labels.tsv'), 'utf8').split('\n').filter(Boolean);
  return rows.map((row) => {
    const [name, expected = ''] = row.split('\t'),
      file = () => readFileSync(join(folder, name));
    return { name, expected, read: (digits) => digits.readFile(file()), picture: file };
  });
}

/** What was kept aside, as pictures and as the pen's own path. A picture's name is its number among the paths.
 * @param {string} folder @param {Piece[]} pieces @returns {Collected[]} */
function strokes(folder, pieces) {
  const path = join(folder, 'strokes.jsonl.gz'),
    about = 'the last fifth, kept aside';
  if (!existsSync(path)) return [{ name: 'strokes', about: 'may be trained on', pieces }];
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n'),
    from = Math.floor(lines.length * TRAINED);
  /** @type {Piece[]} */
  const paths = lines.slice(from).map((line, i) => {
    const { label, strokes } = JSON.parse(line);
    return {
      name: `stroke ${from + i}`,
      expected: label,
      read: (digits) => digits.readStrokes(strokes),
      picture: () => strokesToPicture(strokes, 280, 280, { pen: 16 }),
    };
  });
  return [
    { name: 'strokes, as pictures', about, pieces: pieces.filter((piece) => Number.parseInt(piece.name, 10) >= from) },
    { name: 'strokes, as pen paths', about, pieces: paths },
  ];
}
