// canvas.js — what made pictures are drawn on: a value for each pixel, be it a level of grey or the share that ink covers.
import { strokesToInk } from '../../../tests/fixtures/pictures.js';

/** @typedef {() => number} Random */
/** @typedef {{values: Float32Array, width: number, height: number}} Canvas */
/** @typedef {[number, number]} Point */

/** @param {number} width @param {number} height @param {number} [value] @returns {Canvas} */
export const canvas = (width, height, value = 0) => ({
  values: new Float32Array(width * height).fill(value),
  width,
  height,
});

/** Ink over what is there. @param {Canvas} on @param {{values: Float32Array}} cover of the same size @param {number} ink a level */
export function colour(on, { values }, ink) {
  for (let at = 0; at < values.length; at++) if (values[at]) on.values[at] += values[at] * (ink - on.values[at]);
}

/** Lines of a round pen. @param {Canvas} on @param {Point[][]} strokes @param {number} pen its width @param {number} ink a level */
export function draw(on, strokes, pen, ink) {
  if (strokes.length) colour(on, { values: strokesToInk(strokes, on.width, on.height, pen) }, ink);
}

/** @param {Canvas} on @param {number} x @param {number} y @param {number} width @param {number} height @param {number} value */
export function fill(on, x, y, width, height, value) {
  for (let row = Math.max(0, Math.round(y)); row < Math.min(on.height, Math.round(y + height)); row++) {
    on.values.fill(
      value,
      row * on.width + Math.max(0, Math.round(x)),
      row * on.width + Math.min(on.width, Math.max(0, Math.round(x + width))),
    );
  }
}

/** Spots of several sizes, as of wood or a wall. @param {Canvas} on @param {Random} random @param {number} depth deviation
 * in levels @param {number} [along] how many times longer than high the spots are */
export function texture(on, random, depth, along = 1) {
  const SIDE = 64; // of a table of chances that repeats
  const chances = Float32Array.from({ length: SIDE * SIDE }, () => random() - 0.5);
  for (const spot of [4, 12, 40]) {
    // pixels
    for (let y = 0; y < on.height; y++) {
      const v = y / spot,
        row = Math.floor(v),
        t = v - row,
        top = SIDE * (row & (SIDE - 1)),
        bottom = SIDE * ((row + 1) & (SIDE - 1));
      for (let x = 0; x < on.width; x++) {
        const u = x / (spot * along),
          column = Math.floor(u),
          s = u - column,
          left = column & (SIDE - 1),
          right = (column + 1) & (SIDE - 1);
        const value =
          (1 - t) * ((1 - s) * chances[top + left] + s * chances[top + right]) +
          t * ((1 - s) * chances[bottom + left] + s * chances[bottom + right]);
        on.values[y * on.width + x] += 2 * depth * value;
      }
    }
  }
}

/** A sheet into a frame, flat: projected so that its corners are at these points. @param {Canvas} frame @param {Canvas} sheet
 * @param {Point[]} corners top left, top right, bottom right, bottom left */
export function lay(frame, sheet, corners) {
  // The projection of the unit square onto the corners (Heckbert, 1989), and its adjugate, which goes the other way.
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners;
  const sx = x0 - x1 + x2 - x3,
    sy = y0 - y1 + y2 - y3,
    dx1 = x1 - x2,
    dy1 = y1 - y2,
    dx2 = x3 - x2,
    dy2 = y3 - y2;
  const whole = dx1 * dy2 - dx2 * dy1,
    g = (sx * dy2 - dx2 * sy) / whole,
    h = (dx1 * sy - sx * dy1) / whole;
  const [a, b, c, d, e, f] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  const back = [
    e - f * h,
    c * h - b,
    b * f - c * e,
    f * g - d,
    a - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
  const [left, right] = edges([x0, x1, x2, x3], frame.width),
    [top, bottom] = edges([y0, y1, y2, y3], frame.height);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      let sum = 0,
        inside = 0;
      for (let i = 0; i < 4; i++) {
        // four samples a pixel
        const px = x + 0.25 + 0.5 * (i & 1),
          py = y + 0.25 + 0.5 * (i >> 1),
          depth = back[6] * px + back[7] * py + back[8];
        const u = (back[0] * px + back[1] * py + back[2]) / depth,
          v = (back[3] * px + back[4] * py + back[5]) / depth;
        if (u < 0 || v < 0 || u >= 1 || v >= 1) continue;
        inside += 0.25;
        sum += 0.25 * sample(sheet, u * sheet.width - 0.5, v * sheet.height - 0.5);
      }
      const at = y * frame.width + x;
      frame.values[at] = sum + (1 - inside) * frame.values[at];
    }
  }
}

/** @param {number[]} at @param {number} end @returns {[number, number]} */
const edges = (at, end) => [Math.max(0, Math.floor(Math.min(...at))), Math.min(end, Math.ceil(Math.max(...at)))];

/** Bilinear. @param {Canvas} from @param {number} x @param {number} y */
function sample({ values, width, height }, x, y) {
  const u = Math.min(Math.max(x, 0), width - 1),
    v = Math.min(Math.max(y, 0), height - 1),
    left = Math.floor(u),
    top = Math.floor(v);
  const s = u - left,
    t = v - top,
    at = top * width + left,
    right = at + Number(left < width - 1),
    below = width * Number(top < height - 1);
  return (
    (1 - t) * ((1 - s) * values[at] + s * values[right]) +
    t * ((1 - s) * values[at + below] + s * values[right + below])
  );
}

/** Turned clockwise by so many right angles. @param {Canvas} from @param {number} times @returns {Canvas} */
export function turned(from, times) {
  if (!times) return from;
  const { values, width, height } = from,
    to = canvas(height, width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) to.values[x * height + height - 1 - y] = values[y * width + x];
  return turned(to, times - 1);
}

/** Seen through fewer pixels: each of the new ones is the mean of times × times. @param {Canvas} from @param {number} times @returns {Canvas} */
export function shrunk({ values, width, height }, times) {
  const to = canvas(Math.floor(width / times), Math.floor(height / times));
  for (let y = 0; y < to.height * times; y++) {
    for (let x = 0; x < to.width * times; x++) {
      to.values[Math.floor(y / times) * to.width + Math.floor(x / times)] += values[y * width + x] / times ** 2;
    }
  }
  return to;
}

/** By Gauss's bell, first along rows, then along columns. @param {Canvas} on @param {number} deviation in pixels */
export function blur({ values, width, height }, deviation) {
  const reach = Math.ceil(3 * deviation);
  const bell = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const whole = bell.reduce((sum, weight) => sum + weight, 0);
  pass(width, 1, height, width);
  pass(height, width, width, 1);

  /** @param {number} length of a line @param {number} step along it @param {number} lines @param {number} next from line to line */
  function pass(length, step, lines, next) {
    const line = new Float32Array(length + 2 * reach);
    for (let i = 0; i < lines; i++) {
      let some = false;
      for (let k = 0; k < length; k++) some = (line[reach + k] = values[i * next + k * step]) > 0 || some;
      if (!some) continue; // most lines hold no ink
      for (let k = 0; k < length; k++) {
        let sum = 0;
        for (let j = 0; j < bell.length; j++) sum += bell[j] * line[k + j];
        values[i * next + k * step] = sum / whole;
      }
    }
  }
}

/** Levels of grey as a sensor gives them: bytes, with noise. @param {Canvas} from @param {Random} random @param {number} noise deviation in levels */
export function photo({ values, width, height }, random, noise) {
  const data = new Uint8ClampedArray(values.length);
  for (let y = 0, at = 0; y < height; y++) {
    let dust = Math.floor(random() * GRAIN.length);
    for (let x = 0; x < width; x++, at++, dust++) data[at] = values[at] + noise * GRAIN[dust & (GRAIN.length - 1)];
  }
  return { data, width, height };
}

/** Normally distributed values: as many as keep a repetition from being seen. */
export const GRAIN = (() => {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: 2 ** 16 },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
})();
