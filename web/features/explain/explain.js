// explain.js — how the network came to its reading: the activations of each layer, and saliency: what part of the ink
// is evidence for the answer and for the runner-up. Runs in the worker, loaded when it is first asked for.

/** @typedef {import('../../engine.js').Digits} Digits */
/** @typedef {{label: number, ink: Float32Array}} Evidence for a label; 784 numbers, 1 = the strongest evidence for
 * it, below 0: against it */
/** @typedef {{layers: import('../../engine.js').Layer[], answer: Evidence, other: Evidence}} Explanation */

const SIDE = 28;
const PATCH = 5;

/**
 * Occlusion sensitivity (Zeiler & Fergus 2014): what the lead changes by when a patch of ink is wiped out.
 * @param {Digits} digits @param {Uint8ClampedArray} pixels 28×28 bytes of ink
 * @returns {Explanation}
 */
export function explain(digits, pixels) {
  const { logits } = digits.predictPixels(pixels);
  const order = Array.from(logits, (_, label) => label).sort((a, b) => logits[b] - logits[a]);
  const [answer, other] = order;
  const change = [answer, other].map(() => new Float32Array(SIDE * SIDE));
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const wiped = wipe(pixels, x, y);
      if (!wiped) continue;
      const { logits: without } = digits.predictPixels(wiped);
      change[0][y * SIDE + x] = lead(logits, answer) - lead(without, answer);
      change[1][y * SIDE + x] = lead(logits, other) - lead(without, other);
    }
  }
  const [first, second] = change.map((ink) => {
    const max = Math.max(...ink.map(Math.abs), 1);
    return ink.map((value) => value / max);
  });
  return { layers: digits.layers(pixels), answer: { label: answer, ink: first }, other: { label: other, ink: second } };
}

/**
 * How far a label's logit is above the best other, no digit's 0 included.
 * @param {Int32Array} logits
 * @param {number} label
 */
const lead = (logits, label) => logits[label] - Math.max(0, ...logits.filter((_, other) => other !== label));

/**
 * The picture without the ink around (x, y); null where there is none.
 * @param {Uint8ClampedArray} pixels
 * @param {number} x
 * @param {number} y
 */
function wipe(pixels, x, y) {
  const wiped = pixels.slice();
  const reach = (PATCH - 1) / 2;
  let ink = 0;
  for (let v = Math.max(0, y - reach); v <= Math.min(SIDE - 1, y + reach); v++) {
    for (let u = Math.max(0, x - reach); u <= Math.min(SIDE - 1, x + reach); u++) {
      ink += wiped[v * SIDE + u];
      wiped[v * SIDE + u] = 0;
    }
  }
  return ink ? wiped : null;
}
