// The scores of `make eval-reading`, against answers worked out by hand; its made pictures; and what it finds to read.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { wilson } from '../../web/report/figures.js';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { madeDigits } from '../fixtures/idx.js';
import { BAD_INPUT, lettersOf, makeBadInput } from '../../src/evaluation/reading/bad_input.js';
import { canvas, lay, turned } from '../../src/evaluation/reading/canvas.js';
import { DISTURBANCES } from '../../src/evaluation/reading/disturbances.js';
import { glyph, restroke } from '../../src/evaluation/reading/glyph.js';
import { HEIGHT, ORDINARY, WIDTH, photograph } from '../../src/evaluation/reading/scene.js';
import { align, auroc, calibrationError, judge, linesOf, score } from '../../src/evaluation/reading/score.js';
import { collected } from '../../src/evaluation/reading/sets.js';
import { SURROUNDINGS } from '../../src/evaluation/reading/surroundings.js';
import { isKeptAside } from '../../src/dataset/kept_aside.js';
import { encodeIdx } from '../../web/idx.js';

const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-6, `${found} is not ${expected}`);
/** An answer of these lines, each digit this sure. */
const answer = (text, ...sure) => ({
  text,
  digits: [...text.replace(/\D/g, '')].map((label, i) => ({ label: Number(label), confidence: sure[i] ?? 0.9 })),
});

describe('scores', () => {
  for (const [k, n, low, high] of [
    [0, 10, 0, 0.277533],
    [10, 10, 0.722467, 1],
    [5, 10, 0.236593, 0.763407],
    [99, 100, 0.945514, 0.998233],
  ]) {
    test(`Wilson’s interval of ${k} of ${n}`, () => {
      near(wilson(k, n)[0], low);
      near(wilson(k, n)[1], high);
    });
  }

  for (const [want, got, edits, right] of [
    ['', '', 0, ''],
    ['123', '123', 0, '+++'],
    ['123', '', 3, ''],
    ['', '45', 2, '--'],
    ['123', '143', 1, '+-+'],
    ['123', '1123', 1, '-+++'],
    ['1234', '124', 1, '+++'],
    ['12', '21', 2, '--'],
    ['5512', '512', 1, '+++'],
    ['70', '1170', 2, '--++'],
  ]) {
    test(`“${want}” read as “${got}” is ${edits} edits away`, () => {
      const found = align(want, got);
      assert.equal(found.edits, edits);
      assert.equal(found.right.map((each) => (each ? '+' : '-')).join(''), right);
    });
  }

  for (const [what, claims, error] of [
    [
      'sure and right',
      [
        [1, true],
        [1, true],
      ],
      0,
    ],
    [
      'sure and wrong',
      [
        [1, false],
        [1, false],
      ],
      1,
    ],
    [
      'half sure, and half right',
      [
        [0.5, true],
        [0.5, false],
      ],
      0,
    ],
    [
      'errors of two bins, by their sizes',
      [
        [0.9, true],
        [0.9, true],
        [0.9, false],
        [0.2, false],
      ],
      (Math.abs(2 - 2.7) + 0.2) / 4,
    ],
    [
      'opposite errors in one bin cancel',
      [
        [0.9, true],
        [0.9, true],
        [0.9, true],
        [0.9, true],
        [0.9, true],
        [0.9, true],
        [0.9, true],
        [0.9, true],
        [0.9, true],
        [0.9, false],
      ],
      0,
    ],
  ]) {
    test(`calibration error: ${what}`, () =>
      near(calibrationError(claims.map(([confidence, right]) => ({ confidence, right }))), error));
  }
  test('there is no calibration error of nothing', () => assert.equal(calibrationError([]), null));

  for (const [high, low, chance] of [
    [[0.9, 0.8], [0.1, 0.2], 1],
    [[0.1], [0.9], 0],
    [[0.5], [0.5], 0.5],
    [[0.9, 0.3], [0.5], 0.5],
    [[3, 3, 1], [3, 2], (0.5 + 1 + 0.5 + 1) / 6],
  ]) {
    test(`AUROC of ${high} above ${low}`, () => near(auroc(high, low), chance));
  }
  test('there is no AUROC of one kind alone', () => assert.equal(auroc([1], []), null));

  test('lines: their digits, and their signs where these are asked for', () => {
    assert.deepEqual(linesOf('12 34\n\n56'), ['1234', '56']);
    assert.deepEqual(linesOf('-2 1.95\n25/11'), ['2195', '2511']);
    assert.deepEqual(linesOf('-2 1.95\n25/11', true), ['-21.95', '25/11']);
    assert.deepEqual(linesOf('-\n'), []);
  });

  test('a whole answer has the same lines; its digits may be right all the same', () => {
    assert.equal(judge('12 34\n56', answer('1234\n56')).right, true);
    const joined = judge('12\n34', answer('1234'));
    assert.equal(joined.right, false);
    assert.equal(joined.edits, 0);
    assert.deepEqual(judge('12', answer('13', 0.9, 0.4)).claims, [
      { confidence: 0.9, right: true },
      { confidence: 0.4, right: false },
    ]);
  });

  test('signs count where they are asked for', () => {
    assert.equal(judge('2195', answer('21.95')).right, true);
    assert.equal(judge('21.95', answer('21.95'), true).right, true);
    const other = judge('21.95', answer('21,95'), true);
    assert.deepEqual([other.right, other.edits], [false, 0]);
    assert.equal(score([other]).digits, 4);
  });

  test('a score of many', () => {
    const found = score([
      judge('12', answer('12', 0.9, 0.8)),
      judge('12', answer('1', 0.7)),
      judge('3', answer('')),
      judge('', answer('')),
      judge('', answer('7', 0.6)),
    ]);
    assert.deepEqual(
      { ...found, interval: 0, ece: 0, digitShare: 0 },
      {
        n: 5,
        right: 2,
        interval: 0,
        digits: 5,
        edits: 3,
        digitShare: 0,
        blanks: 2,
        blanksRight: 1,
        rejected: 1,
        claims: 4,
        ece: 0,
        auroc: 1,
      },
    );
    near(found.digitShare, 0.4);
    near(found.ece, (0.1 + 0.2 + 0.3 + 0.6) / 4);
    assert.equal(score([]).digitShare, null);
  });
});

describe('made pictures', () => {
  const { pixels } = madeDigits(10, 4),
    shapes = Array.from({ length: 10 }, (_, i) => glyph(pixels.subarray(784 * i, 784 * (i + 1))));
  const dark = ({ data, width }) => {
    let left = width,
      right = 0,
      top = Infinity,
      bottom = 0;
    for (let at = 0; at < data.length / 4; at++) {
      if (data[4 * at] > 130) continue;
      const x = at % width,
        y = (at - x) / width;
      [left, right, top, bottom] = [
        Math.min(left, x),
        Math.max(right, x + 1),
        Math.min(top, y),
        Math.max(bottom, y + 1),
      ];
    }
    return { left, right, top, bottom, width: right - left, height: bottom - top };
  };

  test('a digit is as large as it was to be, and where the picture says', () => {
    for (const size of [0.05, 0.25, 0.95]) {
      const close = 2 + 4 * size; // pixels
      shapes.forEach((shape, seed) => {
        const { picture, box } = photograph([shape], { ...ORDINARY, size }, seededRandom(seed)),
          ink = dark(picture);
        assert.ok(
          Math.abs(Math.max(ink.width, ink.height) - size * HEIGHT) <= close,
          `${size}: ${ink.width} × ${ink.height}`,
        );
        for (const [found, said] of [
          [ink.left, box.x],
          [ink.top, box.y],
          [ink.right, box.x + box.width],
          [ink.bottom, box.y + box.height],
        ]) {
          assert.ok(Math.abs(found - said) <= close, `${found} is not near ${said}`);
        }
        assert.ok(ink.left > 0 && ink.top > 0 && ink.right < WIDTH && ink.bottom < HEIGHT);
      });
    }
  });

  test('another pen writes the same digit, as wide as it is', () => {
    const one = restroke(shapes[1], 0.1); // a 1: about as much ink as its pen is wide and its line long
    const of = ({ inside }) => inside.reduce((sum, far) => sum + (far > 0 ? 1 : 0), 0);
    assert.ok(of(restroke(shapes[1], 0.2)) > 1.7 * of(one));
    for (const shape of shapes) for (const pen of [0.02, 0.3]) assert.ok(of(restroke(shape, pen)) > 0);
  });

  test('the same picture every time, another for another seed', () => {
    for (const { levels } of DISTURBANCES) {
      const make = (seed) =>
        photograph([shapes[3]], { ...ORDINARY, ...levels.at(-1).look }, seededRandom(seed)).picture.data;
      assert.deepEqual(make(1), make(1));
      assert.notDeepEqual(make(1), make(2));
    }
  });

  test('a row of digits is as wide as they and their gaps are', () => {
    const look = { ...ORDINARY, noise: 0, size: 0.2, gap: 0.5 },
      alone = (shape) => dark(photograph([shape], look, seededRandom(1)).picture).width;
    const { picture, box } = photograph(shapes.slice(0, 3), look, seededRandom(1)),
      ink = dark(picture);
    assert.ok(
      Math.abs(ink.width - shapes.slice(0, 3).reduce((sum, shape) => sum + alone(shape), 0) - 2 * 0.5 * 0.2 * HEIGHT) <=
        5,
    );
    assert.ok(Math.abs(ink.width - box.width) <= 2);
    assert.equal(dark(photograph([], look, seededRandom(1)).picture).right, 0);
  });

  test('a disturbance moves the digit nowhere', () => {
    const place = (look) => dark(photograph([shapes[3]], { ...ORDINARY, noise: 0, ...look }, seededRandom(7)).picture);
    assert.deepEqual(place({ ink: [60, 60, 60] }), place({}));
    const turned = place({ turn: 90 }),
      straight = place({});
    assert.ok(Math.abs(turned.width - straight.height) <= 2 && Math.abs(turned.height - straight.width) <= 2);
  });
});

describe('whole pictures', () => {
  const { pixels, labels } = madeDigits(20, 4),
    shapes = Array.from(labels, (_, i) => glyph(pixels.subarray(784 * i, 784 * (i + 1))));
  const strokes = drawDigit(7, seededRandom(1));
  const handOf = (seed) => {
    const random = seededRandom(seed);
    return {
      random,
      drawn: () => ({ label: '7', strokes }),
      digit: () => {
        const i = Math.floor(random() * labels.length);
        return { label: labels[i], shape: shapes[i] };
      },
    };
  };
  const PATTERN = /^(-?\d+([.,/:-]\d+)*\n?)*$/;

  for (const { name, levels, signs = false } of SURROUNDINGS) {
    test(`${name}: the same picture every time, and at each level the same digits`, async () => {
      const made = await Promise.all(levels.map((level) => level.make(handOf(7))));
      assert.deepEqual(await levels[0].make(handOf(7)), made[0]);
      assert.notDeepEqual((await levels[0].make(handOf(8))).input, made[0].input);
      for (const { expected } of made) {
        assert.equal(expected, made[0].expected);
        assert.match(expected, PATTERN);
        assert.equal(/[^\d\n]/.test(expected), signs);
        assert.equal(expected === '', name.startsWith('blank'));
      }
    });
  }

  test('a sheet covers the share of the picture that it is said to', async () => {
    for (const { name, make } of SURROUNDINGS.find(({ name }) => name === 'sheet on a desk').levels) {
      for (let seed = 0; seed < 3; seed++) {
        const {
            input: { data },
          } = await make(handOf(seed)),
          light = data.reduce((sum, level) => sum + Number(level > 175), 0) / data.length;
        assert.ok(Math.abs(light - Number(name) / 100) < 0.08, `${light} for ${name} %`); // ink takes a little of it
      }
    }
  });

  test('what is laid onto itself stays; four quarter turns are none', () => {
    const sheet = canvas(30, 20),
      random = seededRandom(1);
    sheet.values.forEach((_, i) => {
      sheet.values[i] = random();
    });
    assert.deepEqual(turned(sheet, 4), sheet);
    assert.deepEqual([turned(sheet, 1).values[19], turned(sheet, 1).width], [sheet.values[0], 20]);
    const smooth = canvas(30, 20),
      frame = canvas(30, 20);
    smooth.values.forEach((_, i) => {
      smooth.values[i] = (i % 30) + Math.floor(i / 30);
    });
    lay(frame, smooth, [
      [0, 0],
      [30, 0],
      [30, 20],
      [0, 20],
    ]);
    frame.values.forEach((value, i) => assert.ok(Math.abs(value - smooth.values[i]) < 0.3, `${i}: ${value}`));
    lay(frame, canvas(5, 5, 100), [
      [10, 5],
      [20, 5],
      [18, 15],
      [12, 15],
    ]);
    assert.equal(frame.values[10 * 30 + 15], 100);
    assert.ok(frame.values[3 * 30 + 15] < 50, 'above the sheet');
  });

  test('bad input: letters that are not like digits, of writers kept aside; the same every time', async () => {
    const letter = (char, more) => ({ label: '', char, src: 'data/writer.dat:1', strokes, ...more });
    const writer = Array.from({ length: 50 }, (_, i) => `writer${i}x`).find((name) => isKeptAside(`data/${name}`)),
      src = `data/${writer}1.dat:0`;
    const letters = lettersOf([letter('h', { src }), letter('l', { src, look: true }), letter('-', { src })]);
    assert.equal(letters.length, 1);
    for (const input of BAD_INPUT) {
      const { data } = await makeBadInput(input, handOf(1), letters);
      assert.ok(
        data.some((level) => level < 130),
        input.name,
      );
      assert.deepEqual((await makeBadInput(input, handOf(1), letters)).data, data);
    }
  });
});

test('sets: what may have been learnt from is apart from what was kept aside', (t) => {
  const data = mkdtempSync(join(tmpdir(), 'digits-sets-'));
  t.after(() => rmSync(data, { recursive: true }));
  const lay = (name, rows) => {
    mkdirSync(join(data, name));
    writeFileSync(
      join(data, name, 'labels.tsv'),
      ['file\texpected', ...rows.map((row) => row.join('\t')), ''].join('\n'),
    );
  };
  lay('strokes', [
    ['0000.png', '1'],
    ['0008.png', '2'],
    ['0016.png', '3'],
  ]);
  writeFileSync(
    join(data, 'strokes/strokes.jsonl.gz'),
    gzipSync(Array.from({ length: 20 }, (_, i) => `{"label":"${i % 10}","strokes":[[[1,1],[9,9]]]}\n`).join('')),
  );
  lay(
    'strings',
    ['12', '34', '56', '78', '90'].map((digits) => [`${digits}.jpg`, digits]),
  );
  lay('letters', [['x.png', '']]);
  mkdirSync(join(data, 'mnist')); // no labels.tsv: none of ours
  const photos = Array.from({ length: 10 }, (_, i) => `images/image${i}`),
    aside = photos.filter(isKeptAside);
  assert.ok(aside.length > 0 && aside.length < 10);
  mkdirSync(join(data, 'sudoku-cells'));
  writeFileSync(join(data, 'sudoku-cells/images.idx3-ubyte.gz'), gzipSync(encodeIdx([10, 4, 4], new Uint8Array(160))));
  writeFileSync(
    join(data, 'sudoku-cells/sources.tsv.gz'),
    gzipSync(['i\tphoto, cell, kind', ...photos.map((photo, i) => `${i}\t${photo} r1c1 empty`)].join('\n')),
  );
  mkdirSync(join(data, 'unipen-digits'));
  writeFileSync(
    join(data, 'unipen-digits/strokes.jsonl.gz'),
    gzipSync(
      photos
        .map((src, i) =>
          JSON.stringify({
            label: `${i}`,
            src: `${src}x9.dat:1`,
            strokes: [
              [
                [1, 1],
                [9, 9],
              ],
            ],
          }),
        )
        .join('\n'),
    ),
  );
  const written = photos.flatMap((src, i) => (isKeptAside(`${src}x`) ? i : [])).join();
  assert.ok(written);
  assert.deepEqual(
    collected([data]).map(({ name, pieces }) => [name, pieces.map((piece) => piece.expected).join()]),
    [
      ['letters', ''],
      ['strings, first four fifths', '12,34,56,78'],
      ['strings, last fifth', '90'],
      ['strokes, as pen paths', '6,7,8,9'],
      ['strokes, as pictures', '3'],
      ['sudoku-cells, empty', aside.map(() => '').join()],
      ['unipen-digits, as pen paths', written],
    ],
  );
  assert.deepEqual(collected([join(data, 'nowhere')]), []);
});
