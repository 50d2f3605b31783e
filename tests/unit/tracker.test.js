// web/features/camera/tracker.js: what a camera shows keeps still.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tracker } from '../../web/features/camera/tracker.js';

const digit = (label, x, more = {}) => ({
  label,
  confidence: 0.9,
  box: [x, 10, 20, 30],
  line: 0,
  spaceBefore: false,
  probabilities: [],
  pixels: new Uint8ClampedArray(784),
  ...more,
});
const frame = (...digits) => ({
  text: digits.map(({ label }) => label).join(''),
  digits,
  signs: [],
  rotation: 0,
  ms: 1,
});

test('a digit is shown from its second frame on, in reading order with spaces and lines', () => {
  const tracker = new Tracker();
  const sheet = frame(
    digit(4, 200, { spaceBefore: true }),
    digit(1, 10),
    digit(7, 10, { line: 1, box: [10, 90, 20, 30] }),
  );
  assert.equal(tracker.follow(sheet).text, '');
  assert.equal(tracker.follow(sheet).text, '1 4\n7');
});

test('signs are followed as digits are, and keep their place among them', () => {
  const tracker = new Tracker();
  const dot = { sign: '.', confidence: 0.8, box: [40, 36, 4, 4], line: 0, spaceBefore: false, after: 0 };
  const priced = { ...frame(digit(2, 10), digit(5, 60, { spaceBefore: false })), signs: [dot] };
  tracker.follow(priced);
  const { text, signs } = tracker.follow(priced);
  assert.equal(text, '2.5');
  assert.deepEqual(
    signs.map(({ sign, after }) => [sign, after]),
    [['.', 0]],
  );
  for (let i = 0; i < 5; i++) tracker.follow(frame(digit(2, 10), digit(5, 60)));
  assert.equal(tracker.follow(frame(digit(2, 10), digit(5, 60))).text, '25');
});

test('one frame that reads something else, or nothing, changes nothing; many do', () => {
  const tracker = new Tracker();
  for (let i = 0; i < 6; i++) tracker.follow(frame(digit(7, 10)));
  assert.equal(tracker.follow(frame(digit(1, 11))).text, '7');
  assert.equal(tracker.follow(frame()).text, '7');
  for (let i = 0; i < 8; i++) tracker.follow(frame(digit(1, 10)));
  assert.equal(tracker.follow(frame(digit(1, 10))).text, '1');
  for (let i = 0; i < 5; i++) tracker.follow(frame());
  assert.equal(tracker.follow(frame()).text, '');
});

test('a box that trembles moves less than it trembles, and follows where it goes', () => {
  const tracker = new Tracker();
  const seen = [];
  for (let i = 0; i < 40; i++)
    seen.push(tracker.follow(frame(digit(3, 100 + (i % 2 ? 3 : -3)))).digits[0]?.box[0] ?? 100);
  const last = seen.slice(10);
  assert.ok(Math.max(...last) - Math.min(...last) < 3.5, `${Math.max(...last) - Math.min(...last)} of 6`);
  for (let i = 0; i < 20; i++) tracker.follow(frame(digit(3, 100 + i)));
  assert.ok(Math.abs(tracker.follow(frame(digit(3, 120))).digits[0].box[0] - 120) < 4);
  tracker.clear();
  assert.equal(tracker.follow(frame(digit(3, 120))).text, '');
});
