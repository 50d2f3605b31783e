// overlaps.js — what a reader of whole numbers meets where digits touch: what it must not take for a digit (two of
// them, half of one, a scribble), and a digit with remains of its neighbours, which it should read all the same.

import { between } from './templates.js';

/** The label of a picture that shows no digit (train.h). */
export const NO_DIGIT = 10;

const SIDE = 28;
/** Digits whose left or right part looks like none; the right part of an 8 is a 3, that of a 4 a 1. */
const HALVES = { left: [0, 2, 3, 5, 8], right: [0, 2, 6] };

/** @typedef {{pixels: Uint8Array, labels: Uint8Array}} Set pictures of 784 bytes and their labels */
/** @typedef {Generator<[Uint8Array, number]>} Pictures 784 bytes of ink, and NO_DIGIT */
/** @typedef {import('../../web/engine.js').Digits} Digits */
/** @typedef {() => number} Random in [0, 1) */

/** First and last column with ink. @param {Uint8Array} picture */
function columns(picture) {
  const inked = Array.from({ length: SIDE }, (_, x) => x).filter((x) =>
    Array.from({ length: SIDE }, (_, y) => picture[y * SIDE + x]).some((ink) => ink >= 64),
  );
  return [inked[0], inked[inked.length - 1]];
}

/**
 * n times two digits that touch, or nearly.
 * @param {Digits} digits @param {Set} set @param {number} n @param {Random} random @returns {Pictures}
 */
export function* pairs(digits, set, n, random) {
  const count = set.labels.length,
    width = 2 * SIDE + 8;
  const pick = () => {
    const at = Math.floor(random() * count);
    return set.pixels.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
  };
  for (let i = 0; i < n; i++) {
    const left = pick(),
      right = pick(),
      ink = new Uint8Array(width * (SIDE + 8));
    const shift = columns(left)[1] - columns(right)[0] + Math.round(4 * random() - 2),
      drop = Math.floor(8 * random());
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const a = (y + 4) * width + x + 4,
          b = (y + drop) * width + x + 4 + shift;
        ink[a] = Math.max(ink[a], left[y * SIDE + x]);
        ink[b] = Math.max(ink[b], right[y * SIDE + x]);
      }
    }
    yield [digits.normalizeInk(ink, width, SIDE + 8), NO_DIGIT];
  }
}

/**
 * n times a digit that was cut from its neighbour not quite where they met.
 * @param {Digits} digits @param {Set} set @param {number} n @param {Random} random
 * @returns {Generator<[Uint8Array, number]>} 784 bytes of ink, and the digit
 */
export function* remains(digits, set, n, random) {
  const width = 3 * SIDE;
  for (let i = 0; i < n; i++) {
    const at = Math.floor(random() * set.labels.length),
      other = Math.floor(random() * set.labels.length);
    const own = set.pixels.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
    const beside = set.pixels.subarray(other * SIDE * SIDE, (other + 1) * SIDE * SIDE);
    const [first, last] = columns(own).map((x) => x + SIDE),
      [from, to] = columns(beside);
    const right = random() < 0.5,
      overlap = Math.floor(4 * random()) - 1,
      drop = Math.floor(7 * random()) - 3;
    const shift = right ? last - from - overlap : first - to + overlap;
    const kept = Math.min(1 + 2.5 * random(), 0.35 * (to - from + 1)),
      ink = new Uint8Array(width * SIDE);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        ink[y * width + SIDE + x] = Math.max(ink[y * width + SIDE + x], own[y * SIDE + x]);
        const u = x + shift,
          v = y + drop;
        if (v < 0 || v >= SIDE || (right ? u > last + kept : u < first - kept)) continue;
        ink[v * width + u] = Math.max(ink[v * width + u], beside[y * SIDE + x]);
      }
    }
    yield [digits.normalizeInk(ink, width, SIDE), set.labels[at]];
  }
}

/**
 * n times the left or the right part of a digit.
 * @param {Digits} digits @param {Set} set @param {number} n @param {Random} random @returns {Pictures}
 */
export function* halves(digits, set, n, random) {
  for (let i = 0; i < n; ) {
    const at = Math.floor(random() * set.labels.length),
      keepLeft = random() < 0.6;
    if (!HALVES[keepLeft ? 'left' : 'right'].includes(set.labels[at])) continue;
    const ink = set.pixels.slice(at * SIDE * SIDE, (at + 1) * SIDE * SIDE),
      [first, last] = columns(ink);
    const cut = first + (last - first) * (0.4 + 0.2 * random());
    for (let j = 0; j < ink.length; j++) if (j % SIDE < cut !== keepLeft) ink[j] = 0;
    yield [digits.normalizeInk(ink, SIDE, SIDE), NO_DIGIT];
    i++;
  }
}

/**
 * n times a pen that wanders: too many turns for a digit.
 * @param {Digits} digits @param {number} n @param {Random} random @returns {Pictures}
 */
export function* scribbles(digits, n, random) {
  for (let i = 0; i < n; i++) {
    const stretch = 0.4 + 1.2 * random();
    const corners = Array.from({ length: 8 + Math.floor(8 * random()) }, () => [random() * stretch, random()]);
    /** @type {number[][]} */
    const stroke = [];
    for (let c = 1; c + 2 < corners.length; c++) {
      const [p, q, r, s] = corners.slice(c - 1, c + 3);
      for (let t = 0; t < 1; t += 0.125) stroke.push([0, 1].map((d) => between(p[d], q[d], r[d], s[d], t)));
    }
    yield [digits.normalizeStrokes([stroke]), NO_DIGIT];
  }
}

/**
 * n times a dot, a comma's head or a dash: a filled oval, not upright.
 * @param {Digits} digits @param {number} n @param {Random} random @returns {Pictures}
 */
export function* dots(digits, n, random) {
  const side = 64,
    middle = side / 2;
  for (let i = 0; i < n; i++) {
    const wide = 10 + 18 * random(),
      tall = wide * (random() < 0.5 ? 0.7 + 0.5 * random() : 0.15 + 0.5 * random());
    const squareness = 2 + 3 * random(),
      slope = 0.6 * (random() + random() - 1),
      ink = new Uint8Array(side * side);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        // Lamé's curve: an ellipse at 2, all but a rectangle at 5
        const u = Math.abs(x - middle) / wide,
          v = Math.abs(y - middle - slope * (x - middle)) / tall;
        if (u ** squareness + v ** squareness < 1) ink[y * side + x] = 255;
      }
    }
    yield [digits.normalizeInk(ink, side, side), NO_DIGIT];
  }
}
