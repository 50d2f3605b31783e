// web/engine.js in Node: the built WebAssembly and the shipped weights.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import '../fixtures/relaxed.js';
import { loadDigits } from '../../web/engine.js';
import { drawDigit, seededRandom } from '../fixtures/handwriting.js';
import { madeDigits, strokesTo28 } from '../fixtures/idx.js';
import { FORMS, writer } from '../../src/evaluation/learning/forms.js';
import { encodePng, strokesToPicture } from '../fixtures/pictures.js';

const base = process.env.SITE ? pathToFileURL(process.env.SITE) : new URL('../../build/site', import.meta.url);
const digits = await loadDigits({ base });
const box = { x: 100, y: 60, width: 160, height: 200 };
const five = drawDigit(5, seededRandom(1), box);
const picture = strokesToPicture(five, 360, 320);

/** An error with this code and a sentence that a person can read. */
const fault = (code) => (error) => {
  assert.ok(error instanceof Error);
  assert.equal(error.code, code);
  assert.match(error.message, /^[\w“].{8,}/);
  return true;
};
const stillReads = () => assert.equal(digits.readStrokes(five).text, '5');

test('auto takes relaxed SIMD here, and the model card comes along', () => {
  assert.equal(digits.variant, 'relaxed');
  assert.deepEqual(digits.rejected, []);
  assert.ok(Object.keys(digits.modelCard).length > 0);
});

test('strokes are read: text, box, probabilities, what the network saw', () => {
  const {
    text,
    digits: [digit, ...others],
    ms,
  } = digits.readStrokes(five);
  assert.equal(text, '5');
  assert.equal(others.length, 0);
  assert.equal(digit.label, 5);
  assert.equal(digit.line, 0);
  assert.equal(digit.probabilities.length, 10);
  const sum = digit.probabilities.reduce((sum, share) => sum + share, 0);
  assert.ok(sum > 0.9 && sum < 1 + 1e-5, `what ${sum} lacks to 1 is the probability of no digit`);
  assert.equal(digit.confidence, Math.max(...digit.probabilities));
  assert.equal(digit.pixels.length, 784);
  assert.ok(Math.max(...digit.pixels) > 200);
  const xs = five.flat().map(([x]) => x);
  const ys = five.flat().map(([, y]) => y);
  const drawn = [
    Math.min(...xs),
    Math.min(...ys),
    Math.max(...xs) - Math.min(...xs),
    Math.max(...ys) - Math.min(...ys),
  ];
  digit.box.forEach((side, i) => assert.ok(Math.abs(side - drawn[i]) < 25, `${digit.box} is not near ${drawn}`));
  assert.ok(ms > 0);
});

test('most of the made handwriting is read right, as strokes and as pictures', () => {
  const random = seededRandom(11);
  let asStrokes = 0;
  let asPictures = 0;
  for (let i = 0; i < 200; i++) {
    const strokes = drawDigit(i % 10, random, box);
    asStrokes += Number(digits.readStrokes(strokes).text === String(i % 10));
    asPictures += Number(digits.readImage(strokesToPicture(strokes, 360, 320)).text === String(i % 10));
  }
  assert.ok(asStrokes >= 180, `${asStrokes} of 200 as strokes`);
  assert.ok(asPictures >= 180, `${asPictures} of 200 as pictures`);
});

test('pictures are read in RGBA and in grey, dark on light and light on dark', () => {
  assert.equal(digits.readImage(picture).text, '5');
  const grey = { ...picture, data: picture.data.filter((_, i) => i % 4 === 0) };
  assert.equal(digits.readImage(grey).text, '5');
  assert.equal(digits.readImage({ ...grey, data: grey.data.map((byte) => 255 - byte) }).text, '5');
});

test('files are read, from a Buffer, a Uint8Array and an ArrayBuffer', () => {
  const png = encodePng(picture);
  for (const file of [png, new Uint8Array(png), new Uint8Array(png).buffer])
    assert.equal(digits.readFile(file).text, '5');
});

test('a file is decoded once, for reading and for showing', () => {
  const decoded = digits.decodeFile(encodePng(picture));
  assert.deepEqual([decoded.width, decoded.height], [picture.width, picture.height]);
  assert.deepEqual(Buffer.from(decoded.data), Buffer.from(picture.data));
  assert.equal(digits.readImage(decoded).text, '5');
});

test('without images only strokes are read, until loadImages() brings the rest', async () => {
  const strokesOnly = await loadDigits({ base, images: false });
  assert.equal(strokesOnly.readStrokes(five).text, '5');
  for (const call of [
    () => strokesOnly.readImage(picture),
    () => strokesOnly.readFile(encodePng(picture)),
    () => strokesOnly.decodeFile(encodePng(picture)),
  ])
    assert.throws(call, fault('NOT_LOADED'));
  await strokesOnly.loadImages();
  await strokesOnly.loadImages(); // a second time changes nothing
  assert.equal(strokesOnly.readFile(encodePng(picture)).text, '5');
});

test('nothing drawn, or nothing in the picture, reads as nothing', () => {
  for (const strokes of [[], [[]], [[], []]]) assert.equal(digits.readStrokes(strokes).text, '');
  const { text, digits: none } = digits.readImage(strokesToPicture([], 200, 100));
  assert.equal(text, '');
  assert.deepEqual(none, []);
});

test('28 × 28 pictures are predicted one by one and in a batch', () => {
  const { pixels, labels } = madeDigits(100, 3);
  const batch = digits.predictBatch(pixels, 100);
  assert.equal(batch.length, 100);
  assert.ok(batch.filter((label, i) => label === labels[i]).length >= 85);
  for (let i = 0; i < 100; i++) {
    const one = digits.predictPixels(pixels.subarray(784 * i, 784 * (i + 1)));
    assert.equal(one.label, batch[i]);
    assert.equal(one.confidence, batch.confidences[i]);
    assert.equal(one.logits.length, 10);
  }
});

test('a variant that gives a wrong answer is not taken, and it is said', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'digits-wrong-'));
  const said = t.mock.method(console, 'warn', () => {});
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(base), folder, { recursive: true });
  // Every i32x4.add becomes an i32x4.sub: a module that runs, and reckons wrongly.
  for (const file of ['digits-relaxed.wasm', 'digits-simd.wasm']) {
    const bytes = readFileSync(join(folder, file));
    for (let at; (at = bytes.indexOf(Buffer.from([0xfd, 0xae, 0x01]))) >= 0; ) bytes[at + 1] = 0xb1;
    writeFileSync(join(folder, file), bytes);
  }
  const sound = await loadDigits({ base: pathToFileURL(folder) });
  assert.equal(sound.variant, 'baseline');
  assert.deepEqual(
    sound.rejected.map(({ code }) => code),
    ['WRONG_ANSWER', 'WRONG_ANSWER'],
  );
  assert.equal(said.mock.callCount(), 2);
  assert.equal(sound.readStrokes(five).text, '5');
  await assert.rejects(loadDigits({ base: pathToFileURL(folder), variant: 'simd' }), fault('WRONG_ANSWER'));
});

test('a correction is learnt from strokes or pixels, read from then on, and taken back without a trace', async () => {
  const fresh = await loadDigits({ base });
  const { pixels } = madeDigits(100, 9);
  const logits = () =>
    Array.from({ length: 100 }, (_, i) => [...fresh.predictPixels(pixels.subarray(784 * i, 784 * (i + 1))).logits]);
  const first = logits();
  const hat = [
    [
      [0, 130],
      [45, 0],
      [90, 0],
      [95, 60],
      [20, 60],
      [20, 20],
    ],
  ];
  const before = fresh.readStrokes(hat).text;
  const learnt = fresh.learn(hat, 3);
  assert.equal(fresh.learned, 1);
  assert.equal(fresh.readStrokes(hat).text, '3');
  assert.equal(fresh.predictPixels(learnt).label, 3);
  assert.equal(fresh.readStrokes(five).text, '5');
  fresh.learn(hat, 8);
  assert.equal(fresh.readStrokes(hat).text, '8', 'the later word counts');
  fresh.unlearn(1);
  assert.equal(fresh.readStrokes(hat).text, '3');
  fresh.learn(fresh.normalizeStrokes(five), 10);
  assert.equal(fresh.readStrokes(five).text, '', 'learnt as no digit');
  fresh.unlearn(1);
  assert.equal(fresh.readStrokes(five).text, '5');
  assert.equal(fresh.readStrokes(hat).text, '3');
  fresh.forget();
  assert.equal(fresh.learned, 0);
  assert.equal(fresh.readStrokes(hat).text, before);
  assert.deepEqual(logits(), first);
  for (const call of [
    () => fresh.learn(hat, 11),
    () => fresh.learn(hat, '3'),
    () => fresh.learn(new Uint8Array(783), 3),
    () => fresh.learn(new Uint8Array(784), 3),
    () => fresh.learn([], 3),
    () => fresh.unlearn(0),
  ])
    assert.throws(call, fault('BAD_ARGUMENT'));
  for (let i = 0; i < 400; i++) fresh.learn(learnt, 3);
  assert.throws(() => fresh.learn(learnt, 3), fault('LEARNT_ENOUGH'));
  assert.equal(fresh.readStrokes(five).text, '5');
});

test('five corrections teach an unusual form', async () => {
  const fresh = await loadDigits({ base });
  const random = seededRandom(3);
  const draw = writer(
    FORMS.find(({ name }) => name === '7 like V'),
    random,
  );
  const read = (strokes) => fresh.readStrokes(strokes).text;
  const ten = Array.from({ length: 10 }, draw);
  assert.ok(ten.filter((strokes) => read(strokes) === '7').length < 5, 'the form is no unusual one');
  for (let i = 0; i < 5; i++) fresh.learn(draw(), 7);
  const right = ten.filter((strokes) => read(strokes) === '7').length;
  assert.ok(right >= 9, `${right} of 10`);
});

test('what each layer says of a picture', () => {
  const layers = digits.layers(digits.normalizeStrokes(five));
  assert.ok(layers.length > 2);
  for (const { height, width, channels, activations } of layers) {
    assert.equal(activations.length, height * width * channels);
    assert.ok(activations.some((value) => value > 0));
  }
  assert.throws(() => digits.layers(new Uint8Array(3)), fault('BAD_ARGUMENT'));
});

test('files that are no pictures', () => {
  const png = encodePng(picture);
  const huge = Buffer.from(png);
  huge.writeUInt32BE(30000, 16);
  for (const [file, code] of [
    [png.subarray(0, png.length / 2), 'IMAGE_DAMAGED'],
    [Buffer.from('a shopping list'), 'IMAGE_UNKNOWN'],
    [new Uint8Array(0), 'IMAGE_EMPTY'],
    [huge, 'IMAGE_TOO_LARGE'],
  ]) {
    assert.throws(() => digits.readFile(file), fault(code));
    stillReads();
  }
});

test('arguments that are wrong', () => {
  const bytes = new Uint8Array(784);
  for (const [call, code = 'BAD_ARGUMENT'] of [
    [() => digits.predictPixels(new Uint8Array(783))],
    [() => digits.predictPixels(Array(784).fill(0))],
    [() => digits.predictPixels()],
    [() => digits.predictBatch(bytes, 2)],
    [() => digits.predictBatch(bytes, -1)],
    [() => digits.readImage({ data: bytes, width: 28, height: 27 })],
    [() => digits.readImage({ data: bytes, width: 28.5, height: 28 })],
    [() => digits.readImage({ data: new Uint8Array(0), width: 0, height: 0 }), 'IMAGE_EMPTY'],
    [() => digits.readImage({ data: new Uint8Array(20000), width: 20000, height: 1 }), 'IMAGE_TOO_LARGE'],
    [() => digits.readImage(null)],
    [() => digits.readFile('five.png')],
    [() => digits.readStrokes('5')],
    [() => digits.readStrokes([[[1, NaN]]])],
    [() => digits.readStrokes([[1, 2, 3]])],
    [() => digits.readStrokes(Array(5000).fill([[1, 1]])), 'STROKES_TOO_MANY'],
  ]) {
    assert.throws(call, fault(code), String(call));
    stillReads();
  }
});

test('memory that grew in a call is read where it then is', async () => {
  const fresh = await loadDigits({ base });
  const large = strokesToPicture(
    five.map((stroke) => stroke.map(([x, y]) => [8 * x, 8 * y])),
    2900,
    2600,
    { pen: 110 },
  );
  assert.equal(fresh.readImage(large).text, '5');
  assert.equal(fresh.readStrokes(five).text, '5');
});

test('a variant or a folder that is not there, and damaged weights', async (t) => {
  await assert.rejects(loadDigits({ base, variant: 'mmx' }), fault('BAD_ARGUMENT'));
  const folder = mkdtempSync(join(tmpdir(), 'digits-engine-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await assert.rejects(loadDigits({ base: pathToFileURL(folder) }), fault('NOT_LOADED'));
  const from = fileURLToPath(base);
  const weights = readFileSync(join(from, 'digits.safetensors'));
  cpSync(from, folder, { recursive: true });
  for (const bytes of [
    Buffer.alloc(0),
    weights.subarray(0, 100),
    weights.subarray(0, -1),
    Buffer.from('{"a":'.repeat(20)),
  ]) {
    writeFileSync(join(folder, 'digits.safetensors'), bytes);
    await assert.rejects(loadDigits({ base: pathToFileURL(folder) }), (error) => /^WEIGHTS_/.test(error.code));
  }
});

test('MNIST’s form made in JavaScript covers the core’s own', () => {
  const made = strokesTo28(five);
  const own = digits.readStrokes(five).digits[0].pixels;
  const mass = (pixels) => pixels.reduce((sum, ink) => sum + ink, 0);
  const shared = made.reduce((sum, ink, i) => sum + Math.min(ink, own[i]), 0);
  assert.ok(shared > 0.6 * Math.min(mass(made), mass(own)));
});
