// writing.js — numbers as a hand writes them, of t10k's digits and of drawn signs, and print, which is no handwriting.
import sharp from 'sharp';
import { canvas, colour, draw } from './canvas.js';
import { extent, writeGlyph } from './glyph.js';

/** @typedef {import('./canvas.js').Canvas} Canvas */
/** @typedef {import('./canvas.js').Point} Point */
/** @typedef {import('./glyph.js').Glyph} Glyph */
/**
 * @typedef {object} Hand
 * @property {() => number} random
 * @property {() => {label: number, shape: Glyph}} digit any of t10k
 * @property {() => {label: string, strokes: number[][][]}} drawn any that was drawn with a pen, where there are some
 */
/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @typedef {{shape?: Glyph, sign?: string, width: number, after: number}} Mark after: the gap behind it */
/** @typedef {{text: string, marks: Mark[], width: number, height: number}} Written a number, with digits this high, in pixels */

/** Pens are so wide, of the digits' height. */
export const PEN = 0.09;
const GAP = 0.22; // between digits, of their height

/** From low to high. @param {Hand} hand @param {number} low @param {number} high */
export const between = ({ random }, low, high) => low + (high - low) * random();

/** A number to be written. @param {Hand} hand @param {string} pattern each # is any digit, . , - / : are signs
 * @param {number} height of digits, in pixels @param {number} [gap] of their height @returns {Written} */
export function number(hand, pattern, height, gap = GAP) {
  const marks = [...pattern].map((what) => {
    const { label, shape } = what === '#' ? hand.digit() : {};
    const width = height * (shape ? 0 : ({ '.': 0.1, ',': 0.12, ':': 0.1, '-': 0.4, '/': 0.4 }[what] ?? 0));
    return {
      text: shape ? `${label}` : what,
      shape,
      sign: shape ? undefined : what,
      after: gap * height,
      width: shape ? extent(shape, height, 0).width : width,
    };
  });
  const width = marks.reduce((sum, mark, i) => sum + mark.width + (i < marks.length - 1 ? mark.after : 0), 0);
  return { text: marks.map(({ text }) => text).join(''), marks, width, height };
}

/** Writes it. @param {Canvas} on @param {Hand} hand @param {Written} number @param {number} x its left end @param {number} y the
 * middle of that @param {number} ink a level @param {number} [rise] degrees to which its line rises @returns {Box} around it */
export function write(on, hand, { marks, width, height }, x, y, ink, rise = 0) {
  const cover = canvas(on.width, on.height),
    cos = Math.cos((rise * Math.PI) / 180),
    sin = Math.sin((rise * Math.PI) / 180);
  /** @type {Point[][]} */
  const strokes = [];
  let along = 0;
  for (const { shape, sign, width, after } of marks) {
    const at = (/** @type {number} */ right, /** @type {number} */ down) =>
      /** @type {Point} */ ([x + cos * (along + right) + sin * down, y - sin * (along + right) + cos * down]);
    if (shape) {
      const [u, v] = at(width / 2, height * between(hand, -0.03, 0.03));
      writeGlyph(cover, shape, u, v, height, -rise);
    } else
      strokes.push(
        ...signStrokes(hand, sign, width, height).map((stroke) => stroke.map(([right, down]) => at(right, down))),
      );
    along += width + after;
  }
  colour(on, cover, ink);
  draw(on, strokes, Math.max(1, PEN * height), ink);
  const long = width * cos,
    tall = width * Math.abs(sin);
  return { x, y: y - height / 2 - (rise > 0 ? tall : 0), width: long, height: height + tall };
}

/** A sign's strokes, in pixels from its left end and from the middle of the line.
 * @param {Hand} hand @param {string | undefined} sign @param {number} width @param {number} height of digits @returns {Point[][]} */
export function signStrokes(hand, sign, width, height) {
  const shake = () => height * between(hand, -0.03, 0.03),
    dot = (/** @type {number} */ down) =>
      /** @type {Point[]} */ ([
        [width / 2, down + shake()],
        [width / 2 + shake(), down + shake()],
      ]);
  switch (sign) {
    case '.':
      return [dot(0.45 * height)];
    case ':':
      return [dot(-0.2 * height), dot(0.25 * height)];
    case ',':
      return [
        [
          [0.8 * width, 0.4 * height + shake()],
          [0, 0.65 * height + shake()],
        ],
      ];
    case '-':
      return [
        [
          [0, shake()],
          [width, shake()],
        ],
      ];
    case '/':
      return [
        [
          [0, 0.55 * height + shake()],
          [width, -0.55 * height + shake()],
        ],
      ];
    default:
      return [];
  }
}

/** Prints words. @param {Canvas} on @param {{text: string, x: number, y: number, size: number}[]} words at their base lines, in
 * pixels @param {number} ink a level @param {string} [family] of the system's fonts */
export async function print(on, words, ink, family = 'sans-serif') {
  const { width, height } = on,
    escaped = (/** @type {string} */ text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%"/>${words
    .map(
      ({ text, x, y, size }) =>
        `<text x="${x}" y="${y}" font-family="${family}" font-size="${size}" fill="#fff">${escaped(text)}</text>`,
    )
    .join('')}</svg>`;
  const bytes = await sharp(Buffer.from(svg)).greyscale().raw().toBuffer();
  colour(on, { values: Float32Array.from(bytes, (share) => share / 255) }, ink);
}

/** Whether there are fonts to print with: then an i is no W. */
export async function canPrint() {
  const [i, w] = await Promise.all(
    ['i', 'W'].map(async (text) => {
      const on = canvas(80, 80);
      await print(on, [{ text, x: 10, y: 60, size: 50 }], 1);
      return on.values.reduce((sum, share) => sum + share, 0);
    }),
  );
  return i > 0 && w > 1.5 * i;
}
