// web/steady.js: what a camera shows keeps still.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Steady } from '../../web/steady.js';

const digit = (label, x, more = {}) => ({ label, confidence: 0.9, box: [x, 10, 20, 30], line: 0, spaceBefore: false,
  probabilities: [], pixels: new Uint8ClampedArray(784), ...more });
const frame = (...digits) => ({ text: digits.map(({ label }) => label).join(''), digits, ms: 1 });

test('a digit is shown from its second frame on, in reading order with spaces and lines', () => {
  const steady = new Steady();
  const sheet = frame(digit(4, 200, { spaceBefore: true }), digit(1, 10), digit(7, 10, { line: 1, box: [10, 90, 20, 30] }));
  assert.equal(steady.follow(sheet).text, '');
  assert.equal(steady.follow(sheet).text, '1 4\n7');
});

test('one frame that reads something else, or nothing, changes nothing; many do', () => {
  const steady = new Steady();
  for (let i = 0; i < 6; i++) steady.follow(frame(digit(7, 10)));
  assert.equal(steady.follow(frame(digit(1, 11))).text, '7');
  assert.equal(steady.follow(frame()).text, '7');
  for (let i = 0; i < 8; i++) steady.follow(frame(digit(1, 10)));
  assert.equal(steady.follow(frame(digit(1, 10))).text, '1');
  for (let i = 0; i < 5; i++) steady.follow(frame());
  assert.equal(steady.follow(frame()).text, '');
});

test('a box that trembles moves less than it trembles, and follows where it goes', () => {
  const steady = new Steady(), seen = [];
  for (let i = 0; i < 40; i++) seen.push(steady.follow(frame(digit(3, 100 + (i % 2 ? 3 : -3)))).digits[0]?.box[0] ?? 100);
  const last = seen.slice(10);
  assert.ok(Math.max(...last) - Math.min(...last) < 3.5, `${Math.max(...last) - Math.min(...last)} of 6`);
  for (let i = 0; i < 20; i++) steady.follow(frame(digit(3, 100 + i)));
  assert.ok(Math.abs(steady.follow(frame(digit(3, 120))).digits[0].box[0] - 120) < 4);
  steady.clear();
  assert.equal(steady.follow(frame(digit(3, 120))).text, '');
});
