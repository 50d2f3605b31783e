// measure.js — how well it reads what people write, and what it bears: `make eval-reading`.
//
//   node src/evaluation/reading/measure.js [--data DIR] [--mnist DIR] [--n N] [--site DIR] [--weights FILE] [--out FILE]
//
// --data   folders of collected handwriting, parted by “:” (data, and what DIGITS_DATA names); sets.js says which they are
// --mnist  the test set, t10k, whose digits are pasted into made pictures
// --n      a shorter run, or a longer one: so many digits at each level of a disturbance (200), and of each set no more
// --site   the built engine and its weights (build/site)
// --weights other weights than those
//
// What it measures: collected handwriting (sets.js), one digit alone and what it bears (disturbances.js), whole pictures by
// kinds (surroundings.js), and pictures that nobody should ask about (bad_input.js).
// Prints tables, and writes all of it, with pictures of what was misread, for `make report`. The same digits, places
// and grain every time: two runs differ only by what the reader has learnt in between.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { dataFolders } from '../../dataset/folders.js';
import { mnistHere } from '../../dataset/mnist.js';
import { loadDigits } from '../../../web/engine.js';
import { seededRandom } from '../../../tests/fixtures/handwriting.js';
import { strokesToPicture } from '../../../tests/fixtures/pictures.js';
import { readDrawn } from '../../dataset/collected.js';
import { readPictures } from '../../dataset/idx.js';
import { isKeptAside, writerOf } from '../../dataset/kept_aside.js';
import { BAD_INPUT, lettersOf, makeBadInput } from './bad_input.js';
import { DISTURBANCES, EMPTY } from './disturbances.js';
import { glyph, restroke } from './glyph.js';
import { HEIGHT, ORDINARY, WIDTH, photograph } from './scene.js';
import { calibrationError, judge, leastSure, score } from './score.js';
import { collected } from './sets.js';
import { SURROUNDINGS } from './surroundings.js';
import { canPrint } from './writing.js';

/** @typedef {import('../../../web/engine.js').Picture} Picture */
/** @typedef {import('./score.js').Score} Score */
/** @typedef {import('./score.js').Verdict} Verdict */
/** @typedef {{name: string, want: string, got: string, confidence: number | null, picture: string}} Failure want, got: in lines; picture: a data URL */
/** @typedef {{name: string, about: string, score: Score, failures: Failure[]}} Measured */
/** @typedef {{name: string, ordinary: boolean, ink?: number[], paper?: number[], score: Score}} MeasuredLevel ink, paper: where they vary */
/** @typedef {{name: string, unit: string, kinds: boolean, levels: MeasuredLevel[], failures: Failure[]}} MeasuredDisturbance kinds: its levels have no order */
/** @typedef {Measured & {unit: string, kinds: false, levels: MeasuredLevel[]}} MeasuredSurrounding score: of all its levels */
/**
 * @typedef {object} Measures
 * @property {string} time
 * @property {{bytes: number, sha256: string}} weights
 * @property {number} n digits at each level
 * @property {Measured[]} sets
 * @property {{claims: number, ece: number | null}} together all digits read in all sets
 * @property {Measured | null} ordinary the ordinary setting
 * @property {Score | null} network the same digits, given to the network alone
 * @property {MeasuredDisturbance[]} disturbances
 * @property {MeasuredSurrounding[]} surroundings
 * @property {Measured[]} empty without any digits
 */

const USUAL = 200; // digits at a level
const ORDINARY_TIMES = 5; // so many times as many in the ordinary setting: one number, to be known well
const SHOWN = 60,
  SHOWN_OF_LEVEL = 4,
  SHOWN_OF_KIND = 12; // failures that are kept, with a picture
const PICTURE = { width: 200, height: 150 },
  WHOLE = { width: 400, height: 300 };

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: dataFolders().join(':') },
    mnist: { type: 'string' },
    n: { type: 'string', default: '' },
    site: { type: 'string', default: 'build/site' },
    weights: { type: 'string' },
    out: { type: 'string', default: 'build/eval-reading/reading.json' },
  },
});
if (options.n && !(Number(options.n) >= 1)) {
  console.error(`measure: “${options.n}” is no number of digits`);
  process.exit(2);
}
const n = Number(options.n) || USUAL,
  folders = options.data.split(':').filter(Boolean);
const weightsPath = options.weights ?? join(options.site, 'digits.safetensors');
/** Of the core's memory, which grows and never shrinks. @type {WebAssembly.Memory[]} */
const memories = [],
  instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = /** @type {any} */ (
  async (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) => {
    const instance = await instantiate(module, imports);
    memories.push(/** @type {WebAssembly.Memory} */ (instance.exports.memory));
    return instance;
  }
);
const megabytes = () => (memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) / 2 ** 20).toFixed(0);
const digits = await loadDigits({ base: pathToFileURL(`${options.site}/`), weights: pathToFileURL(weightsPath) });
sharp.concurrency(1); // small pictures: more threads only wait for each other

/** At most so many of them, evenly spread. @template T @param {T[]} all @param {number} most */
const some = (all, most) =>
  all.length <= most ? all : Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);

// ── pictures of what was misread ──

/** @param {Buffer | Picture} picture a file or pixels @param {import('./scene.js').Box} [part] of it @param {typeof PICTURE} [size] at most */
async function dataUrl(picture, part, size = PICTURE) {
  const image = Buffer.isBuffer(picture)
    ? sharp(picture).autoOrient().flatten({ background: '#7b8fc4' }) // seen through it, where it is transparent
    : sharp(picture.data, {
        raw: {
          width: picture.width,
          height: picture.height,
          channels: picture.data.length === picture.width * picture.height ? 1 : 4,
        },
      });
  if (part) image.extract({ left: part.x, top: part.y, width: part.width, height: part.height });
  const file = await image
    .resize({ ...size, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 70 })
    .toBuffer();
  return `data:image/webp;base64,${file.toString('base64')}`;
}

/** The digit and what is around it, in the shape of the whole. @param {import('./scene.js').Box} box */
function around({ x, y, width, height }) {
  const tall = Math.round(Math.min(HEIGHT, Math.max(150, 2 * Math.max(width, height)))),
    wide = Math.round((tall * WIDTH) / HEIGHT);
  const clamp = (/** @type {number} */ from, /** @type {number} */ most) =>
    Math.round(Math.min(Math.max(from, 0), most));
  return {
    x: clamp(x + width / 2 - wide / 2, WIDTH - wide),
    y: clamp(y + height / 2 - tall / 2, HEIGHT - tall),
    width: wide,
    height: tall,
  };
}

/** @param {string} name @param {Verdict} verdict @param {string} picture @returns {Failure} */
const failure = (name, verdict, picture) => ({
  name,
  want: verdict.want.join('\n'),
  got: verdict.got.join('\n'),
  confidence: leastSure(verdict),
  picture,
});

// ── said on the way ──

const working = process.stderr.isTTY
  ? (/** @type {string} */ what) => process.stderr.write(`\r\x1b[K${what}`)
  : () => {};
const say = (line = '') => {
  working('');
  console.log(line);
};
const percent = (/** @type {number | null} */ share) => (share === null ? '–' : (100 * share).toFixed(1));
const WIDTHS = [32, 6, 8, 13, 9, 9, 7, 7];
/** @param {string[]} cells */
const row = (cells) => say(cells.map((cell, i) => (i ? cell.padStart(WIDTHS[i]) : cell.padEnd(WIDTHS[i]))).join(''));
const HEAD = ['', 'n', 'right %', '95 %', 'digits %', 'rejected', 'ECE', 'AUROC'];
/** @param {string} name @param {Score} of */
const scoreRow = (name, of) =>
  row([
    name,
    String(of.n),
    percent(of.right / of.n),
    of.interval.map(percent).join('–'),
    percent(of.digitShare),
    of.n > of.blanks ? percent(of.rejected / (of.n - of.blanks)) : '–',
    of.ece?.toFixed(3) ?? '–',
    of.auroc?.toFixed(3) ?? '–',
  ]);

// ── collected handwriting ──

/** @param {import('./sets.js').Collected} set @returns {Promise<{measured: Measured, verdicts: Verdict[]}>} */
async function measureSet({ name, about, pieces }) {
  const chosen = options.n ? some(pieces, n) : pieces;
  const read = chosen.map((piece, i) => {
    if (i % 20 === 0) working(`${name}: ${i} of ${chosen.length}`);
    return { piece, verdict: judge(piece.expected, piece.read(digits)) };
  });
  const failures = await Promise.all(
    some(
      read.filter(({ verdict }) => !verdict.right),
      SHOWN,
    ).map(async ({ piece, verdict }) => failure(piece.name, verdict, await dataUrl(piece.picture()))),
  );
  const verdicts = read.map(({ verdict }) => verdict);
  return { measured: { name, about, score: score(verdicts), failures }, verdicts };
}

// ── made pictures ──

const mnist = options.mnist ?? mnistHere(folders.flatMap((folder) => [folder, join(folder, 'mnist')]));
const t10k = mnist ? readPictures(mnist, 't10k') : undefined;
/** The digits of t10k in an order of our own, so that the first n are a fair sample. */
const order = (() => {
  const random = seededRandom(10),
    numbers = Array.from(t10k?.labels ?? [], (_, i) => i);
  for (let i = numbers.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
  }
  return numbers;
})();
const pixels = (/** @type {number} */ index) =>
  /** @type {NonNullable<typeof t10k>} */ (t10k).pixels.subarray(784 * index, 784 * (index + 1));

/** Reads digits of t10k in a made picture; none: bare paper.
 * @param {string} name @param {number[]} numbers of the digits @param {import('./glyph.js').Glyph[]} shapes theirs
 * @param {Partial<import('./scene.js').Look>} look @param {number} seed @param {number} [jpeg] quality */
async function readScene(name, numbers, shapes, look, seed, jpeg) {
  const { picture, box } = photograph(shapes, { ...ORDINARY, ...look }, seededRandom(seed));
  const expected = numbers.map((number) => t10k?.labels[number]).join('');
  const file = jpeg
    ? await sharp(picture.data, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
        .jpeg({ quality: jpeg })
        .toBuffer()
    : undefined;
  const verdict = judge(expected, file ? digits.readFile(file) : digits.readImage(picture));
  const show = async () => dataUrl(file ?? picture, numbers.length ? around(box) : undefined);
  return { verdict, failure: verdict.right ? undefined : async () => failure(name, verdict, await show()) };
}

/** @param {Awaited<ReturnType<typeof readScene>>[]} read @param {number} most */
const failuresOf = (read, most) =>
  Promise.all(
    some(
      read.flatMap((each) => each.failure ?? []),
      most,
    ).map((show) => show()),
  );

/** @returns {Promise<{measured: Measured, network: Score}>} */
async function measureOrdinary() {
  const read = [],
    alone = [];
  for (const [i, index] of order.slice(0, ORDINARY_TIMES * n).entries()) {
    if (i % 20 === 0) working(`ordinary setting: ${i}`);
    read.push(await readScene(`t10k ${index}`, [index], [glyph(pixels(index))], {}, index));
    const { label, confidence } = digits.predictPixels(pixels(index));
    alone.push(judge(String(t10k?.labels[index]), { text: String(label), digits: [{ label, confidence }] }));
  }
  return {
    measured: {
      name: 'ordinary setting',
      about: 'made: one digit alone',
      score: score(read.map(({ verdict }) => verdict)),
      failures: await failuresOf(read, SHOWN),
    },
    network: score(alone),
  };
}

/** @param {import('./disturbances.js').Disturbance} disturbance @param {Map<number, import('./glyph.js').Glyph>} shapes @returns {Promise<MeasuredDisturbance>} */
async function measureDisturbance({ name, unit, kinds = false, levels }, shapes) {
  /** @type {MeasuredDisturbance} */
  const measured = { name, unit, kinds, levels: [], failures: [] };
  const numbers = [...shapes.keys()];
  for (const { name: degree, look, digits: many = 1, pen, jpeg, ordinary = false } of levels) {
    const read = [];
    for (const [i, number] of numbers.entries()) {
      if (i % 20 === 0) working(`${name} ${degree}: ${i} of ${numbers.length}`);
      const row = Array.from({ length: many }, (_, k) => numbers[(i + k) % numbers.length]);
      const written = row
        .flatMap((each) => shapes.get(each) ?? [])
        .map((shape) => (pen ? restroke(shape, pen) : shape));
      read.push(await readScene(`${degree}; t10k ${row.join(', ')}`, row, written, look, number, jpeg));
    }
    measured.levels.push({
      name: degree,
      ordinary,
      ink: look.ink,
      paper: look.paper,
      score: score(read.map(({ verdict }) => verdict)),
    });
    measured.failures.push(...(await failuresOf(read, SHOWN_OF_LEVEL)));
  }
  return measured;
}

// ── whole pictures ──

/** Digits of t10k, drawn when they are asked for. @type {Map<number, import('./glyph.js').Glyph>} */
const drawnShapes = new Map();
const shapeOf = (/** @type {number} */ index) => {
  const shape = drawnShapes.get(index) ?? glyph(pixels(index));
  drawnShapes.set(index, shape);
  return shape;
};
const penned = readDrawn('unipen-digits', folders).filter(({ src }) => isKeptAside(writerOf(src)));
const letters = lettersOf(readDrawn('unipen-other', folders));
const missing = {
  fonts: !(await canPrint()) && 'the system has no fonts',
  strokes: !penned.length && 'unipen-digits is not at hand',
  letters: !letters.length && 'unipen-other is not at hand',
};

/** Whose writing is the same for the same picture. @param {string} kind @param {number} i @returns {import('./writing.js').Hand} */
function handOf(kind, i) {
  const random = seededRandom([...kind].reduce((seed, sign) => Math.imul(seed, 31) + sign.charCodeAt(0), i + 1));
  return {
    random,
    drawn: () => penned[Math.floor(random() * penned.length)],
    digit: () => {
      const index = order[Math.floor(random() * Math.min(order.length, USUAL))];
      return { label: Number(t10k?.labels[index]), shape: shapeOf(index) };
    },
  };
}

/** @param {import('./surroundings.js').Surrounding} surrounding @returns {Promise<MeasuredSurrounding>} */
async function measureSurrounding({ name, unit = '', levels, signs }) {
  /** @type {MeasuredSurrounding} */
  const measured = { name, about: 'made', unit, kinds: false, levels: [], failures: [], score: score([]) };
  /** @type {Verdict[]} */
  const all = [];
  for (const level of levels) {
    const verdicts = [],
      failures = [];
    for (let i = 0; i < n; i++) {
      if (i % 20 === 0) working(`${name} ${level.name}: ${i} of ${n}`);
      const { input, expected } = await level.make(handOf(name, i));
      const answer = Array.isArray(input)
        ? digits.readStrokes(input)
        : Buffer.isBuffer(input)
          ? digits.readFile(input)
          : digits.readImage(input);
      const verdict = judge(expected, answer, signs),
        most = levels.length > 1 ? SHOWN_OF_LEVEL : SHOWN_OF_KIND;
      verdicts.push(verdict);
      if (verdict.right || failures.length >= most) continue;
      const shown = await dataUrl(
        Array.isArray(input) ? strokesToPicture(shifted(input), 1400, 200) : input,
        undefined,
        WHOLE,
      );
      failures.push(failure(`${level.name}; number ${i}`, verdict, shown));
    }
    measured.levels.push({ name: level.name, ordinary: false, score: score(verdicts) });
    measured.failures.push(...failures);
    all.push(...verdicts);
  }
  return { ...measured, score: score(all) };
}

/** Strokes that begin at the left, around 0, moved into a picture 200 high. @param {number[][][]} strokes */
const shifted = (strokes) =>
  strokes.map((stroke) => stroke.map(([x, y]) => /** @type {[number, number]} */ ([x + 40, y + 100])));

/** @param {import('./bad_input.js').BadInput} input @returns {Promise<Measured>} */
async function measureBadInput(input) {
  const verdicts = [],
    failures = [];
  let most = 0;
  for (let i = 0; i < n; i++) {
    if (i % 20 === 0) working(`${input.name}: ${i} of ${n}`);
    const picture = await makeBadInput(input, handOf(input.name, i), letters),
      answer = digits.readImage(picture),
      verdict = judge('', answer);
    verdicts.push(verdict);
    most = Math.max(most, answer.ms);
    if (!verdict.right && failures.length < SHOWN_OF_KIND)
      failures.push(failure(`number ${i}`, verdict, await dataUrl(picture, undefined, WHOLE)));
  }
  return {
    name: input.name,
    about: `made: empty is right; at most ${most.toFixed(0)} ms, ${megabytes()} MB`,
    score: score(verdicts),
    failures,
  };
}

/** @param {typeof EMPTY[0]} scene @returns {Promise<Measured>} */
async function measureEmpty({ name, look }) {
  const read = [];
  for (let i = 0; i < n; i++) read.push(await readScene(`number ${i}`, [], [], look((i + 0.5) / n), 1e6 + i));
  return {
    name,
    about: 'made, no digits: empty is right',
    score: score(read.map(({ verdict }) => verdict)),
    failures: await failuresOf(read, SHOWN),
  };
}

// ── all of it ──

const weights = readFileSync(weightsPath);
/** @type {Measures} */
const measures = {
  time: new Date().toISOString(),
  weights: { bytes: weights.length, sha256: createHash('sha256').update(weights).digest('hex') },
  n,
  sets: [],
  together: { claims: 0, ece: null },
  ordinary: null,
  network: null,
  disturbances: [],
  surroundings: [],
  empty: [],
};

const sets = collected(folders);
if (sets.length) {
  row(['Collected handwriting', ...HEAD.slice(1)]);
  /** @type {Verdict[]} */
  const all = [];
  for (const set of sets) {
    const { measured, verdicts } = await measureSet(set);
    measures.sets.push(measured);
    all.push(...verdicts);
    scoreRow(measured.name, measured.score);
  }
  const claims = all.flatMap((each) => each.claims);
  measures.together = { claims: claims.length, ece: calibrationError(claims) };
  row(['all digits together', String(claims.length), '', '', '', '', measures.together.ece?.toFixed(3) ?? '–', '']);
} else
  say(`No collected handwriting in ${options.data} (folders with a labels.tsv): DATA=… names another place. Skipped.`);

say();
if (t10k) {
  row(['Made pictures', ...HEAD.slice(1)]);
  const { measured, network } = await measureOrdinary();
  [measures.ordinary, measures.network] = [measured, network];
  scoreRow(measured.name, measured.score);
  scoreRow('the network alone', network);
} else say('MNIST’s test set is not at hand: make data gets it. Its digits in made pictures are skipped.');
for (const scene of EMPTY) {
  const measured = await measureEmpty(scene);
  measures.empty.push(measured);
  scoreRow(`empty: ${measured.name}`, measured.score);
}
for (const input of BAD_INPUT) {
  if (input.takes && missing[input.takes]) {
    say(`${input.name}: SKIPPED, ${missing[input.takes]}`);
    continue;
  }
  const measured = await measureBadInput(input);
  measures.empty.push(measured);
  scoreRow(`empty: ${measured.name}`, measured.score);
  say(`  ${measured.about}`);
}

if (t10k) {
  say();
  row(['Whole pictures', ...HEAD.slice(1)]);
  for (const surrounding of SURROUNDINGS) {
    const { name, unit, takes } = surrounding;
    if (takes && missing[takes]) {
      say(`${name}: SKIPPED, ${missing[takes]}`);
      continue;
    }
    const measured = await measureSurrounding(surrounding);
    measures.surroundings.push(measured);
    scoreRow(name, measured.score);
    if (unit)
      say(
        `  ${unit}: ${measured.levels.map(({ name, score: { n, right } }) => `${name}: ${percent(right / n)}`).join(', ')}`,
      );
  }
}

if (t10k) {
  say(
    `\nRight, of ${Math.min(n, order.length)} digits, in percent. One thing at a time is other than in the ordinary setting.`,
  );
  const shapes = new Map(order.slice(0, n).map((index) => [index, glyph(pixels(index))]));
  for (const disturbance of DISTURBANCES) {
    const measured = await measureDisturbance(disturbance, shapes);
    measures.disturbances.push(measured);
    const columns = measured.levels.map(({ name, score: { n, right } }) => [name, percent(right / n)]);
    say(`\n${measured.name} (${measured.unit})`);
    if (measured.kinds) for (const [level, right] of columns) say(`  ${level.padEnd(24)}${right.padStart(6)}`);
    else for (const line of [0, 1]) say(columns.map((column) => column[line].padStart(7)).join(''));
  }
}

mkdirSync(dirname(options.out), { recursive: true });
writeFileSync(options.out, JSON.stringify(measures));
say(`\n${options.out}: make report shows it, with pictures of what was misread`);
