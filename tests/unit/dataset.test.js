// What is made to train on besides MNIST: src/dataset/build_dataset.js and its rooms.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { templates } from '../../src/dataset/templates.js';
import { families, filesOf, fonts, textFaces } from '../../src/dataset/fonts/fonts.js';
import { dots, halves, NO_DIGIT, pairs, remains, scribbles } from '../../src/dataset/overlaps.js';
import { cheques } from '../../src/dataset/cheques.js';
import { dataFolders, findData } from '../../src/dataset/folders.js';
import { drawGlyphs } from '../../src/dataset/glyphs.js';
import { joined, strokes } from '../../src/dataset/strokes.js';
import { loadDigits } from '../../web/engine.js';
import { seededRandom } from '../fixtures/handwriting.js';
import { madeDigits } from '../fixtures/idx.js';

/** @type {import('../../web/engine.js').Digits} */
let digits;
const set = madeDigits(200, 5);
before(async () => {
  digits = await loadDigits({ base: pathToFileURL('build/site/') });
});

/** Every picture has ink, in the form that the network knows: no wider and no higher than 20 pixels, and a soft rim. */
function check(pictures, labels) {
  for (const [ink, label] of pictures) {
    assert.equal(ink.length, 784);
    const at = [...ink.keys()].filter((i) => ink[i] >= 128),
      xs = at.map((i) => i % 28),
      ys = at.map((i) => Math.floor(i / 28));
    assert.ok(at.length > 8, 'there is ink');
    assert.ok(Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) <= 22, 'in a box of 20');
    assert.ok(labels.includes(label), `label ${label}`);
  }
}
const share = (pictures, holds) => pictures.filter(holds).length / pictures.length;

test('templates: each digit’s other forms; most are read as what they are', () => {
  const made = [...templates(digits, seededRandom(3))];
  check(made, [0, 1, 2, 4, 5, 6, 7, 8, 9]);
  assert.ok(share(made, ([ink, label]) => digits.predictPixels(ink).label === label) > 0.8);
  assert.deepEqual([...templates(digits, seededRandom(3))].slice(0, 50), made.slice(0, 50), 'the same every time');
});

describe('what is met where digits touch', () => {
  /** The probability that there is no digit. */
  const none = (ink) => 1 - digits.predictPixels(ink).probabilities.reduce((sum, p) => sum + p, 0);
  test('pairs, halves, scribbles and dots are no digit, and are not read as one', () => {
    for (const kind of [pairs, halves]) {
      const made = [...kind(digits, set, 150, seededRandom(4))];
      check(made, [NO_DIGIT]);
      const right = share(made, ([ink]) => none(ink) > 0.5);
      assert.ok(right > 0.6, `${kind.name}: ${right}`);
    }
    for (const made of [[...scribbles(digits, 150, seededRandom(4))], [...dots(digits, 150, seededRandom(4))]]) {
      check(made, [NO_DIGIT]);
      assert.ok(share(made, ([ink]) => none(ink) > 0.5) > 0.75);
    }
  });
  test('a digit with remains of its neighbour is that digit', () => {
    const made = [...remains(digits, set, 150, seededRandom(4))];
    check(made, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.ok(share(made, ([ink, label]) => digits.predictPixels(ink).label === label) > 0.6);
  });
});

test('fonts: digits and letters of every font', {
  skip: !existsSync('src/dataset/fonts/node_modules') && 'the fonts are not here: make train gets them',
}, () => {
  const few = families().slice(0, 6),
    made = [...fonts(digits, seededRandom(5), few)];
  check(made, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NO_DIGIT]);
  assert.ok(made.length > few.length * 100);
  const shown = made.filter(([, label]) => label !== NO_DIGIT);
  assert.ok(share(shown, ([ink, label]) => digits.predictPixels(ink).label === label) > 0.9);
});

test('sets that are not here give nothing', () => {
  assert.deepEqual([...strokes(digits, '')], []);
  assert.deepEqual([...joined(digits, seededRandom(6), '')], []);
  assert.deepEqual([...cheques(digits, '')], []);
});

const noStrokes = !findData('strokes/strokes.jsonl.gz') && 'the strokes are not here: DIGITS_DATA names where they are';
test('joined: strokes that lead in or out leave a digit what it is', { skip: noStrokes }, () => {
  const made = [...joined(digits, seededRandom(6))].slice(0, 500);
  check(made, [0, 2, 3, 5, 6, 8, 9]);
  assert.ok(share(made, ([ink, label]) => digits.predictPixels(ink).label === label) > 0.8);
});

test('strokes: the first four fifths', { skip: noStrokes }, () => {
  const made = [...strokes(digits)];
  check(made, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(made.length, 5995);
});

test('folders: data, then those that DIGITS_DATA names', () => {
  const before = process.env.DIGITS_DATA;
  try {
    process.env.DIGITS_DATA = '/nowhere:tests';
    assert.deepEqual(dataFolders(), ['data', '/nowhere', 'tests']);
    assert.equal(findData('unit/dataset.test.js'), 'tests/unit/dataset.test.js');
    assert.equal(findData('none/such'), undefined);
    delete process.env.DIGITS_DATA;
    assert.deepEqual(dataFolders(), ['data']);
  } finally {
    if (before !== undefined) process.env.DIGITS_DATA = before;
  }
});

const noFonts = !existsSync('src/dataset/fonts/node_modules') && 'the fonts are not here: make scenes gets them';
test('glyphs: letters, digits and signs on one base line, digits 28 high', { skip: noFonts }, () => {
  for (const [family, handwriting] of [
    [families()[3], true],
    [textFaces()[0], false],
  ]) {
    const glyphs = drawGlyphs(filesOf(family)[0], 7, handwriting);
    assert.ok(glyphs.length > 60);
    for (const {
      ink,
      label: [code, font, writing, advance],
    } of glyphs) {
      assert.equal(ink.length, 48 * 48);
      assert.ok(code > 32 && code < 127 && advance > 0 && advance < 256);
      assert.deepEqual([font, writing], [7, Number(handwriting)]);
    }
    const nought = glyphs.find(({ label }) => label[0] === 48),
      rows = [...nought.ink.keys()].filter((i) => nought.ink[i] > 127).map((i) => Math.floor(i / 48));
    const height = Math.max(...rows) - Math.min(...rows) + 1;
    assert.ok(height >= 26 && height <= 30, `${height}`);
  }
});
