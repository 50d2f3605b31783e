// sets.js — collected handwriting in the data folders: those folders in them that have a labels.tsv (file, what is written
// on it), and what was kept aside of the sets that networks are trained on (src/dataset/kept_aside.js).
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SCANNED, readDrawn, readScanned } from '../../dataset/collected.js';
import { findData } from '../../dataset/folders.js';
import { isKeptAside, trainedOf, writerOf } from '../../dataset/kept_aside.js';
import { strokesToPicture } from '../../../tests/fixtures/pictures.js';
import { decodeIdx } from '../../../web/idx.js';

/** @typedef {import('../../../web/engine.js').Digits} Digits */
/** @typedef {import('../../../web/engine.js').Picture} Picture */
/**
 * @typedef {object} Piece of handwriting
 * @property {string} name
 * @property {string} expected its digits, in lines; empty: there is none
 * @property {(digits: Digits) => import('./score.js').Answer} read
 * @property {() => Buffer | Picture} picture to look at
 */
/** @typedef {{name: string, about: string, pieces: Piece[]}} Collected */

/** All sets, by name; those that a network may have learnt from in parts, in parts.
 * @param {string[]} folders @returns {Collected[]} */
export function collected(folders) {
  return [...labelled(folders), ...keptAside(folders)]
    .filter(({ pieces }) => pieces.length)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

// ── pictures with a table of labels ──

/** @param {string[]} folders @returns {Collected[]} */
function labelled(folders) {
  const sets = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => existsSync(join(folder, name, 'labels.tsv')))
        .map((name) => ({ name, folder: join(folder, name) })),
    );
  return sets.flatMap(({ name, folder }) => {
    const pieces = pictures(folder);
    if (name === 'strokes') return strokes(folder, pieces);
    if (name === 'strings') {
      const from = trainedOf(pieces.length);
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
    // a label parts lines by “/”
    return { name, expected: expected.replaceAll('/', '\n'), read: (digits) => digits.readFile(file()), picture: file };
  });
}

/** What was kept aside, as pictures and as the pen's own path. A picture's name is its number among the paths.
 * @param {string} folder @param {Piece[]} pieces @returns {Collected[]} */
function strokes(folder, pieces) {
  const archive = join(folder, 'strokes.jsonl.gz'),
    about = 'the last fifth, kept aside';
  if (!existsSync(archive)) return [{ name: 'strokes', about: 'may be trained on', pieces }];
  const lines = gunzipSync(readFileSync(archive)).toString().trim().split('\n'),
    from = trainedOf(lines.length);
  return [
    { name: 'strokes, as pictures', about, pieces: pieces.filter((piece) => Number.parseInt(piece.name, 10) >= from) },
    {
      name: 'strokes, as pen paths',
      about,
      pieces: lines.slice(from).map((line, i) => {
        const { label, strokes } = JSON.parse(line);
        return path(`stroke ${from + i}`, label, strokes);
      }),
    },
  ];
}

// ── sets that networks are trained on, but for what was kept aside ──

/** @param {string[]} folders @returns {Collected[]} */
function keptAside(folders) {
  const about = 'kept aside',
    penned = (/** @type {string} */ name) =>
      readDrawn(name, folders)
        .filter(({ look, src }) => !look && isKeptAside(writerOf(src)))
        .map(({ label, src, strokes }) => path(src, label, strokes));
  return [
    { name: 'unipen-digits, as pen paths', about: 'other writers, kept aside', pieces: penned('unipen-digits') },
    {
      name: 'unipen-other, as pen paths',
      about: 'letters and signs: no digits is right',
      pieces: penned('unipen-other'),
    },
    ...SCANNED.map((name) => ({
      name,
      about,
      pieces: [...readScanned(name, folders)]
        .filter(({ file }) => isKeptAside(file))
        .map(({ ink, side, label, file }) =>
          picture(file, `${label}`, { data: ink.map((value) => 255 - value), width: side, height: side }),
        ),
    })),
    ...['empty', 'printed'].map((kind) => ({
      name: `sudoku-cells, ${kind}`,
      about: 'photos kept aside: no handwriting, empty is right',
      pieces: cells(folders, kind),
    })),
  ];
}

/** Photographed cells of printed sudokus. @param {string[]} folders @param {string} kind @returns {Piece[]} */
function cells(folders, kind) {
  const [images, sources] = ['images.idx3-ubyte.gz', 'sources.tsv.gz'].map((file) =>
    findData(`sudoku-cells/${file}`, folders),
  );
  const set = images && decodeIdx(gunzipSync(readFileSync(images)));
  if (!set || !sources) return [];
  const [, height, width] = set.sides,
    [, ...rows] = gunzipSync(readFileSync(sources)).toString().trim().split('\n');
  return rows.flatMap((row, i) => {
    const [photo, cell, shown] = row.split('\t')[1].split(' '),
      size = width * height;
    return shown === kind && isKeptAside(photo)
      ? picture(`${photo} ${cell}`, '', { data: set.bytes.slice(i * size, (i + 1) * size), width, height })
      : [];
  });
}

/** @param {string} name @param {string} expected @param {Picture} picture grey @returns {Piece} */
const picture = (name, expected, picture) => ({
  name,
  expected,
  read: (digits) => digits.readImage(picture),
  picture: () => picture,
});

/** A pen's own path. @param {string} name @param {string} expected @param {any} strokes @returns {Piece} */
const path = (name, expected, strokes) => ({
  name,
  expected,
  read: (digits) => digits.readStrokes(strokes),
  picture: () => strokesToPicture(strokes, 280, 280, { pen: 16 }),
});
