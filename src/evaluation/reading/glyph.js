// glyph.js — a digit of 28 × 28 as a smooth shape that can be drawn at any size, and with another pen.

const SIDE = 28,
  FINE = 8,
  WIDE = SIDE * FINE; // FINE: points of the shape for each pixel of the digit
/** Ink from which a pixel is inside: below a half, so that faint strokes hold together. */
const INSIDE = 0.4;
/** How fast ink rises across the edge of an MNIST digit, for each of its pixels. */
const RISE = 0.7;

/**
 * @typedef {object} Glyph
 * @property {Float32Array} inside of WIDE × WIDE points: how far inside the edge, in pixels of the digit; negative: outside
 * @property {{x: number, y: number, width: number, height: number}} box around it, in points
 */

/** @param {Uint8Array} pixels 28 × 28 bytes of ink @returns {Glyph} */
export function glyph(pixels) {
  return boxed(enlarge(pixels).map((ink) => (ink - INSIDE) / RISE));
}

/** The same digit written with a round pen. @param {Glyph} glyph @param {number} pen its width as a share of the digit's longer side @returns {Glyph} */
export function restroke({ inside, box }, pen) {
  const reach = (pen * Math.max(box.width, box.height)) / 2,
    edge = Math.ceil(reach) + 2;
  const line = skeleton(inside),
    near = new Float32Array(WIDE * WIDE).fill(edge);
  line.forEach((on, at) => {
    if (!on) return;
    const x = at % WIDE,
      y = (at - x) / WIDE;
    for (let v = Math.max(0, y - edge); v <= Math.min(WIDE - 1, y + edge); v++) {
      for (let u = Math.max(0, x - edge); u <= Math.min(WIDE - 1, x + edge); u++) {
        const far = Math.hypot(u - x, v - y);
        if (far < near[v * WIDE + u]) near[v * WIDE + u] = far;
      }
    }
  });
  return boxed(near.map((far) => (reach - far) / FINE));
}

/** How far inside the shape a point is; beyond the table it is far outside. @param {Glyph} glyph @param {number} x @param {number} y */
function insideAt({ inside }, x, y) {
  const left = Math.floor(x),
    top = Math.floor(y);
  if (left < 0 || top < 0 || left >= WIDE - 1 || top >= WIDE - 1) return -1;
  const at = top * WIDE + left,
    u = x - left,
    v = y - top;
  return (
    (inside[at] * (1 - u) + inside[at + 1] * u) * (1 - v) +
    (inside[at + WIDE] * (1 - u) + inside[at + WIDE + 1] * u) * v
  );
}

/** How wide and how high it is when its longer side has this size and it is turned, in pixels.
 * @param {Glyph} glyph @param {number} size @param {number} turn degrees clockwise */
export function extent({ box }, size, turn) {
  const scale = size / Math.max(box.width, box.height),
    cos = Math.abs(Math.cos(radians(turn))),
    sin = Math.abs(Math.sin(radians(turn)));
  return { width: scale * (box.width * cos + box.height * sin), height: scale * (box.width * sin + box.height * cos) };
}

/**
 * Writes it: the share of each pixel that ink covers rises.
 * @param {import('./canvas.js').Canvas} cover @param {Glyph} glyph @param {number} x of its middle, in pixels @param {number} y
 * @param {number} size its longer side, in pixels @param {number} turn degrees clockwise
 */
export function writeGlyph({ values, width, height }, glyph, x, y, size, turn) {
  const { box } = glyph,
    scale = size / Math.max(box.width, box.height),
    sharp = scale * FINE; // pixels for each point; for each unit of `inside`
  const cos = Math.cos(radians(turn)),
    sin = Math.sin(radians(turn)),
    { width: wide, height: tall } = extent(glyph, size, turn);
  const middle = { x: box.x + box.width / 2 - 0.5, y: box.y + box.height / 2 - 0.5 };
  for (let v = Math.max(0, Math.floor(y - tall / 2) - 2); v < Math.min(height, y + tall / 2 + 2); v++) {
    for (let u = Math.max(0, Math.floor(x - wide / 2) - 2); u < Math.min(width, x + wide / 2 + 2); u++) {
      const dx = (u + 0.5 - x) / scale,
        dy = (v + 0.5 - y) / scale;
      const inside = insideAt(glyph, middle.x + cos * dx + sin * dy, middle.y + cos * dy - sin * dx);
      values[v * width + u] = Math.max(values[v * width + u], Math.min(1, 0.5 + inside * sharp));
    }
  }
}

const radians = (/** @type {number} */ degrees) => (degrees * Math.PI) / 180;

/** Ink 0 to 1 at every point, between the pixels by Catmull and Rom's bicubic curve. @param {Uint8Array} pixels */
function enlarge(pixels) {
  const ink = Float32Array.from(pixels, (byte) => byte / 255);
  return along(along(ink, SIDE), WIDE);

  /** One direction; the result is turned, so that the second time does the other. @param {Float32Array} from @param {number} rows */
  function along(from, rows) {
    const to = new Float32Array(WIDE * rows);
    for (let x = 0; x < WIDE; x++) {
      const at = (x + 0.5) / FINE - 0.5,
        left = Math.floor(at),
        t = at - left;
      const weights = [
        t * (-0.5 + t * (1 - 0.5 * t)),
        1 + t * t * (1.5 * t - 2.5),
        t * (0.5 + t * (2 - 1.5 * t)),
        t * t * (0.5 * t - 0.5),
      ];
      for (let y = 0; y < rows; y++) {
        let sum = 0;
        weights.forEach((weight, i) => {
          const column = left - 1 + i;
          if (column >= 0 && column < SIDE) sum += weight * from[y * SIDE + column];
        });
        to[x * rows + y] = sum;
      }
    }
    return to;
  }
}

/** @param {Float32Array} inside @returns {Glyph} */
function boxed(inside) {
  let left = WIDE,
    right = 0,
    top = WIDE,
    bottom = 0;
  inside.forEach((far, at) => {
    if (far <= 0) return;
    const x = at % WIDE,
      y = (at - x) / WIDE;
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x + 1), Math.min(top, y), Math.max(bottom, y + 1)];
  });
  return { inside, box: { x: left, y: top, width: right - left, height: bottom - top } };
}

/** The shape thinned to lines one point wide (Zhang and Suen, 1984). @param {Float32Array} inside */
function skeleton(inside) {
  const on = Uint8Array.from(inside, (far) => Number(far > 0));
  on.forEach((_, at) => {
    // a margin, so that every point has eight neighbours
    const x = at % WIDE,
      y = (at - x) / WIDE;
    if (x === 0 || y === 0 || x === WIDE - 1 || y === WIDE - 1) on[at] = 0;
  });
  const around = [-WIDE, -WIDE + 1, 1, WIDE + 1, WIDE, WIDE - 1, -1, -WIDE - 1]; // from the top, clockwise
  for (let changed = true; changed; ) {
    changed = false;
    for (const turn of [0, 2]) {
      const doomed = [];
      for (let at = WIDE; at < on.length - WIDE; at++) {
        if (!on[at]) continue;
        const p = around.map((step) => on[at + step]);
        const many = p.reduce((sum, each) => sum + each, 0);
        if (many < 2 || many > 6 || p.filter((each, i) => !each && p[(i + 1) % 8]).length !== 1) continue;
        // First the points at the lower right, then those at the upper left.
        if (
          turn === 0
            ? (p[0] && p[2] && p[4]) || (p[2] && p[4] && p[6])
            : (p[0] && p[2] && p[6]) || (p[0] && p[4] && p[6])
        )
          continue;
        doomed.push(at);
      }
      for (const at of doomed) on[at] = 0;
      if (doomed.length) changed = true;
    }
  }
  return on;
}
