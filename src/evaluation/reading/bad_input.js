// bad_input.js — pictures that nobody should ask about: nothing must be read, in bounded time and memory.
import { isKeptAside, writerOf } from '../../dataset/kept_aside.js';
import { canvas, draw, fill, photo } from './canvas.js';
import { between, print } from './writing.js';

/** @typedef {import('./canvas.js').Canvas} Canvas */
/** @typedef {import('./canvas.js').Point} Point */
/** @typedef {import('./writing.js').Hand} Hand */
/** @typedef {import('../../dataset/collected.js').Drawn} Drawn */
/** @typedef {{name: string, draw: (on: Canvas, hand: Hand, letters: Drawn[]) => void | Promise<void>, takes?: 'fonts' | 'letters'}} BadInput
 * takes: what must be at hand for it */

const WIDTH = 1280,
  HEIGHT = 960;

/** @type {BadInput[]} */
export const BAD_INPUT = [
  { name: '10,000 specks', draw: specks },
  { name: 'a page of print', draw: page, takes: 'fonts' },
  { name: 'a page of letters', draw: writing, takes: 'letters' },
  { name: 'a QR code', draw: code },
  { name: 'a chessboard', draw: chessboard },
  { name: 'moiré', draw: moire },
];

/** @param {BadInput} input @param {Hand} hand @param {Drawn[]} letters */
export async function makeBadInput(input, hand, letters) {
  const on = canvas(WIDTH, HEIGHT, between(hand, 205, 242));
  await input.draw(on, hand, letters);
  return photo(on, hand.random, 3);
}

/** Of other writers than those that were trained on; none that looks like a digit. @param {Drawn[]} drawn */
export const lettersOf = (drawn) =>
  drawn.filter(({ char, look, src }) => !look && /^\p{L}$/u.test(char ?? '') && isKeptAside(writerOf(src)));

/** @param {Canvas} on @param {Hand} hand */
function specks(on, hand) {
  for (let i = 0; i < 10_000; i++) {
    fill(
      on,
      WIDTH * hand.random(),
      HEIGHT * hand.random(),
      between(hand, 1, 4.4),
      between(hand, 1, 4.4),
      between(hand, 20, 120),
    );
  }
}

/** @param {Canvas} on @param {Hand} hand */
async function page(on, hand) {
  const words =
    'The invoice of 14 March 2026 lists 3 items at 21.95 each; please pay by 30 April to account 4711 0815 00'.split(
      ' ',
    );
  const size = between(hand, 18, 44),
    lines = Array.from({ length: Math.floor(880 / (1.5 * size)) }, (_, i) => {
      const from = Math.floor(words.length * hand.random()),
        many = Math.floor(1100 / (3.2 * size));
      return {
        text: Array.from({ length: many }, (_, k) => words[(from + k) % words.length]).join(' '),
        x: 60,
        y: 50 + 1.5 * size * (i + 1),
        size,
      };
    });
  await print(on, lines, between(hand, 20, 90), hand.random() < 0.5 ? 'sans-serif' : 'serif');
}

/** Rows of letters. @param {Canvas} on @param {Hand} hand @param {Drawn[]} letters */
function writing(on, hand, letters) {
  const height = between(hand, 30, 70),
    ink = between(hand, 30, 110);
  /** @type {Point[][]} */
  const strokes = [];
  for (let y = 1.5 * height; y < HEIGHT - 2 * height; y += 2 * height) {
    for (let x = height; x < WIDTH - 2 * height; ) {
      const { strokes: drawn } = letters[Math.floor(letters.length * hand.random())],
        all = drawn.flat();
      const [left, top] = [0, 1].map((axis) => Math.min(...all.map((point) => point[axis])));
      const [right, bottom] = [0, 1].map((axis) => Math.max(...all.map((point) => point[axis]))),
        scale = height / Math.max(bottom - top, right - left, 1);
      strokes.push(
        ...drawn.map((stroke) =>
          stroke.map(([u, v]) => /** @type {Point} */ ([x + scale * (u - left), y + height + scale * (v - bottom)])),
        ),
      );
      x += scale * (right - left) + height * (hand.random() < 0.15 ? 1 : 0.2);
    }
  }
  draw(on, strokes, 0.08 * height, ink);
}

/** As good as a QR code: three finders, and modules by chance. @param {Canvas} on @param {Hand} hand */
function code(on, hand) {
  const modules = 29,
    side = Math.round(between(hand, 6, 24)),
    left = (WIDTH - modules * side) * hand.random(),
    top = (HEIGHT - modules * side) * hand.random();
  const square = (
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ wide,
    /** @type {number} */ level,
  ) => fill(on, Math.round(left) + x * side, Math.round(top) + y * side, wide * side, wide * side, level);
  square(-2, -2, modules + 4, 240);
  for (let y = 0; y < modules; y++) for (let x = 0; x < modules; x++) if (hand.random() < 0.5) square(x, y, 1, 25);
  for (const [x, y] of [
    [0, 0],
    [modules - 7, 0],
    [0, modules - 7],
  ]) {
    [
      [-1, 9, 240],
      [0, 7, 25],
      [1, 5, 240],
      [2, 3, 25],
    ].forEach(([out, wide, level]) => square(x + out, y + out, wide, level));
  }
}

/** @param {Canvas} on @param {Hand} hand */
function chessboard(on, hand) {
  const side = Math.round(between(hand, 30, 108)),
    [dark, light] = [between(hand, 20, 100), between(hand, 180, 245)];
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 8; x++) fill(on, 60 + x * side, 40 + y * side, side, side, (x + y) % 2 ? dark : light);
}

/** A screen's pixels seen through a camera's: two gratings. @param {Canvas} on @param {Hand} hand */
function moire(on, hand) {
  const [a, b] = [0, 1].map(() => ({ angle: between(hand, 0, Math.PI), wave: between(hand, 2.2, 6) }));
  const angle = a.angle + between(hand, -0.1, 0.1),
    near = a.wave * between(hand, 0.93, 1.07),
    level = between(hand, 90, 170);
  on.values.forEach((_, at) => {
    const x = at % WIDTH,
      y = (at - x) / WIDTH;
    const one = Math.cos((2 * Math.PI * (x * Math.cos(a.angle) + y * Math.sin(a.angle))) / a.wave);
    const other = Math.cos((2 * Math.PI * (x * Math.cos(angle) + y * Math.sin(angle))) / near);
    on.values[at] = level * (1 + 0.25 * one) * (1 + 0.25 * other) + 4 * Math.cos((2 * Math.PI * x) / b.wave);
  });
}
