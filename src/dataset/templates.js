// templates.js — digits as they are taught where MNIST was not written: a 1 with a long upstroke or a foot, a barred 7, a 4
// left open, a 9 whose tail curls, a slashed 0. A pen follows a few points of each template, never twice the same way.

/** Strokes of points [x, y], 1 wide and 1.4 high, y down. @type {[number, number[][][]][]} */
const TEMPLATES = [
  [0, [[[0.5, 0], [0.1, 0.35], [0.1, 1], [0.5, 1.4], [0.9, 1], [0.9, 0.35], [0.55, 0]], [[0.95, 0.05], [0.05, 1.35]]]],
  [1, [[[0, 0.55], [0.45, 0], [0.45, 1.4]]]],
  [1, [[[0, 0.8], [0.5, 0], [0.4, 1.4]]]],
  [1, [[[0, 0.95], [0.75, 0], [0.68, 1.4]]]],
  [1, [[[0, 0.75], [0.6, 0.25]], [[0.65, 0], [0.6, 1.4]]]],
  [1, [[[0, 0.85], [0.6, 0.05], [0.55, 1.38]], [[0.2, 1.4], [0.9, 1.36]]]],
  [1, [[[0.05, 0.4], [0.45, 0], [0.45, 1.4]], [[0.05, 1.4], [0.85, 1.38]]]],
  [1, [[[0, 0.9], [0.3, 0.5], [0.5, 0.1], [0.42, 0], [0.34, 0.2], [0.32, 1], [0.42, 1.38], [0.62, 1.25]]]],
  [2, [[[0.1, 0.35], [0.35, 0], [0.75, 0.1], [0.75, 0.5], [0.1, 1.3], [0.2, 1.1], [0.45, 1.25], [0.95, 1.3]]]],
  [2, [[[0.35, 0.35], [0.2, 0.15], [0.5, 0], [0.8, 0.25], [0.6, 0.7], [0.15, 1.3], [0.05, 1.1], [0.35, 1.05], [0.95, 1.3]]]],
  [4, [[[0.35, 0], [0.05, 0.75], [0.9, 0.72]], [[0.7, 0.35], [0.6, 1.4]]]],
  [4, [[[0.5, 0], [0.05, 0.75], [0.75, 0.65], [0.6, 1.4]]]],
  [4, [[[0.3, 0], [0.1, 0.5], [0.25, 0.8], [0.8, 0.65]], [[0.85, 0.15], [0.75, 0.7], [0.7, 1.4]]]],
  [4, [[[0.5, 0], [0.1, 0.5], [0.05, 0.85], [0.3, 0.95], [0.75, 0.6], [0.7, 0.8], [0.75, 1.4]]]],
  [4, [[[0.45, 0], [0.05, 0.6], [0.1, 0.75], [0.7, 0.5], [0.65, 0.7], [0.6, 1.4]]]],
  [4, [[[0.8, 0], [0.15, 0.95], [0.85, 0.85], [0.75, 1.4]]]],
  [4, [[[0.7, 0], [0.05, 1], [0.3, 1.1], [0.85, 0.95], [0.8, 1.4]]]],
  [4, [[[0.35, 0], [0.05, 0.7], [0.3, 1], [0.85, 0.75], [0.8, 1.4]]]],
  [5, [[[0.25, 0.05], [0.15, 0.6], [0.6, 0.5], [0.85, 0.9], [0.55, 1.35], [0.05, 1.25]], [[0.25, 0.05], [0.95, 0]]]],
  [6, [[[0.8, 0], [0.3, 0.4], [0.1, 1], [0.4, 1.4], [0.8, 1.15], [0.6, 0.8], [0.15, 1]]]],
  [6, [[[0.85, 0.1], [0.35, 0.05], [0.05, 0.7], [0.4, 1.38], [0.95, 1.05], [0.75, 0.7], [0.45, 0.85]]]],
  [7, [[[0, 0.1], [0.85, 0.05], [0.35, 1.4]], [[0.1, 0.72], [0.85, 0.66]]]],
  [7, [[[0, 0.35], [0.05, 0.08], [0.5, 0.14], [0.95, 0.02], [0.6, 0.6], [0.4, 1.4]], [[0.2, 0.7], [0.9, 0.65]]]],
  [7, [[[0, 0.3], [0.08, 0.05], [0.85, 0.1], [0.4, 1.4]]]],
  [8, [[[0.75, 0.1], [0.3, 0.05], [0.25, 0.45], [0.75, 0.9], [0.6, 1.38], [0.2, 1.2], [0.4, 0.8], [0.8, 0.1]]]],
  [9, [[[0.8, 0.15], [0.35, 0.02], [0.15, 0.4], [0.45, 0.65], [0.8, 0.2], [0.8, 0.9], [0.5, 1.4], [0.05, 1.25]]]],
  [9, [[[0.75, 0.1], [0.3, 0.05], [0.2, 0.45], [0.6, 0.6], [0.78, 0.2], [0.8, 1], [0.6, 1.35], [0.2, 1.38]]]],
  [9, [[[0.75, 0.15], [0.4, 0], [0.2, 0.3], [0.45, 0.55], [0.78, 0.25], [0.7, 0.8], [0.3, 1.35], [0.05, 1.2], [0.9, 1.38]]]],
  [9, [[[0.7, 0.1], [0.35, 0], [0.25, 0.3], [0.5, 0.5], [0.75, 0.2], [0.85, 0.9], [0.6, 1.35], [0, 1.38]]]],
  [9, [[[0.8, 0.1], [0.35, 0], [0.25, 0.3], [0.6, 0.5], [0.8, 0.25], [0.6, 0.7], [0.9, 1.05], [0.5, 1.4], [0, 1.35]]]],
  [9, [[[0.75, 0.05], [0.3, 0.05], [0.2, 0.35], [0.55, 0.55], [0.85, 0.2], [0.7, 0.75], [0.85, 1.1], [0.1, 1.38]]]],
  [9, [[[0.8, 0.3], [0.5, 0], [0.2, 0.3], [0.5, 0.6], [0.8, 0.3], [0.75, 1.4]]]],
];
const TIMES = 300; // each template

/** Two random numbers in (−most, most), the small ones likelier. @param {() => number} random @param {number} most */
export const around = (random, most) => most * (random() + random() - 1);

/**
 * A point of the smooth curve (Catmull & Rom 1974) through p, q, r and s, in one dimension: q at t = 0, r at t = 1.
 * @param {number} p @param {number} q @param {number} r @param {number} s @param {number} t
 */
export const between = (p, q, r, s, t) =>
  q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));

/**
 * A smooth line through the points, or a straight one, as hands differ.
 * @param {number[][]} points @param {number} roundness 0..1
 */
export function follow(points, roundness) {
  const line = [points[0]];
  for (let i = 0; i + 1 < points.length; i++) {
    const p = points[Math.max(i - 1, 0)], q = points[i], r = points[i + 1], s = points[Math.min(i + 2, points.length - 1)];
    for (let t = 0.125; t <= 1; t += 0.125) {
      line.push([0, 1].map((d) => {
        const straight = q[d] + t * (r[d] - q[d]);
        return straight + roundness * (between(p[d], q[d], r[d], s[d], t) - straight);
      }));
    }
  }
  return line;
}

/**
 * @param {import('../../web/engine.js').Digits} digits @param {() => number} random
 * @returns {Generator<[Uint8Array, number]>} 784 bytes of ink, and what they show
 */
export function* templates(digits, random) {
  for (const [label, strokes] of TEMPLATES) {
    for (let i = 0; i < TIMES; i++) {
      const width = 0.7 + 0.9 * random(), slant = around(random, 0.45), roundness = random();
      yield [digits.normalizeStrokes(strokes.map((stroke) => {
        const shaky = stroke.map(([x, y]) => [x + around(random, 0.16), y + around(random, 0.16)]);
        return follow(shaky, roundness).map(([x, y]) => [width * x - slant * y, y]);
      })), label];
    }
  }
}
