// What is made to train on besides MNIST: src/dataset/build_dataset.js and its rooms.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { FILES, letters, penned, readScanned, scanned } from '../../src/dataset/collected.js';
import { templates } from '../../src/dataset/templates.js';
import { families, filesOf, fonts, textFaces } from '../../src/dataset/fonts/fonts.js';
import { dots, halves, NO_DIGIT, pairs, remains, scribbles } from '../../src/dataset/overlaps.js';
import { cheques } from '../../src/dataset/cheques.js';
import { dataFolders, findData } from '../../src/dataset/folders.js';
import { drawGlyphs } from '../../src/dataset/glyphs.js';
import { isKeptAside, trainedOf, writerOf } from '../../src/dataset/kept_aside.js';
import { joined, strokes } from '../../src/dataset/strokes.js';
import { loadDigits } from '../../web/engine.js';
import { encodeIdx } from '../../web/idx.js';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
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
  for (const kind of [penned, letters, scanned]) assert.deepEqual([...kind(digits, [])], []);
});

describe('kept aside', () => {
  test('by a hash of the name: FNV-1a, a fifth', () => {
    // 'a' has 0xe40c292c = 3826002220, 'foobar' 0xbf9cf968 = 3214735720, the empty name 2166136261 (Fowler, Noll, Vo)
    for (const [name, aside] of [
      ['a', true],
      ['foobar', true],
      ['', false],
    ])
      assert.equal(isKeptAside(name), aside, name);
    const share = Array.from({ length: 5000 }, (_, i) => isKeptAside(`writer ${i}`)).filter(Boolean).length / 5000;
    assert.ok(Math.abs(share - 0.2) < 0.03, `${share}`);
  });
  test('a UNIPEN file is of a writer, whatever its number', () => {
    assert.equal(writerOf('data/1a/apa/apa09/app0976.dat:1'), 'data/1a/apa/apa09/app');
    assert.equal(writerOf('data/1a/ced/kkfg6658_s_iq.dat:36'), 'data/1a/ced/kkfg6658_s_iq');
  });
  test('of what has no names, the last fifth, rounded down', () => {
    assert.deepEqual([7494, 1080, 4, 5].map(trainedOf), [5996, 864, 4, 4]);
  });
});

test('collected: what others wrote, without the writers that are kept aside', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'digits-collected-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of new Set(FILES.map((file) => file.split('/')[0]))) mkdirSync(join(folder, name));
  const lay = (path, content) => writeFileSync(join(folder, path), gzipSync(content));
  const writers = Array.from({ length: 10 }, (_, i) => `data/writer${i}x`),
    trained = writers.filter((name) => !isKeptAside(name));
  assert.ok(trained.length > 0 && trained.length < 10);
  const strokes = drawDigit(3, seededRandom(1));
  lay(
    'unipen-digits/strokes.jsonl.gz',
    writers.map((name) => JSON.stringify({ label: '3', src: `${name}7.dat:2`, strokes })).join('\n'),
  );
  lay(
    'unipen-other/strokes.jsonl.gz',
    writers
      .flatMap((name) =>
        [false, true].map((look) => JSON.stringify({ label: '', char: 'h', look, src: `${name}7.dat:2`, strokes })),
      )
      .join('\n'),
  );
  check([...penned(digits, [folder])], [3]);
  assert.equal([...penned(digits, [folder])].length, trained.length);
  check([...letters(digits, [folder])], [NO_DIGIT]);
  assert.equal([...letters(digits, [folder])].length, trained.length, 'without those that look like digits');

  const side = 16,
    grey = new Uint8Array(10 * side * side).fill(200); // a faint bar on grey
  for (let i = 0; i < 10; i++)
    for (let y = 3; y < 13; y++) grey.fill(150, (i * side + y) * side + 7, (i * side + y) * side + 9);
  lay('optdigits/images.idx3-ubyte.gz', encodeIdx([10, side, side], grey));
  lay('optdigits/labels.idx1-ubyte.gz', encodeIdx([10], new Uint8Array(10).fill(1)));
  lay('optdigits/sources.tsv.gz', ['i\tfile', ...writers.map((name, i) => `${i}\t${name}`)].join('\n'));
  const [first] = readScanned('optdigits', [folder]);
  assert.equal(first.side, 64);
  assert.deepEqual([first.ink[0], Math.max(...first.ink), first.file, first.label], [0, 255, writers[0], 1]);
  check([...scanned(digits, [folder])], [1]);
  assert.equal([...scanned(digits, [folder])].length, trained.length);
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
  assert.equal(made.length, 5996);
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
