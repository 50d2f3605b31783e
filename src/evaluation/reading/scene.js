// scene.js — a photo of digits on paper, made pixel by pixel: ink, then the lens, the light, and the sensor.
import { fineness, insideAt } from './glyph.js';

export const WIDTH = 640,
  HEIGHT = 480;
const MARGIN = 8; // pixels between the digits and the edge of the picture, where there is room for them
const SQUARE = 60,
  RULE = 2; // of squared paper, in pixels

/** @typedef {import('./glyph.js').Glyph} Glyph */
/** @typedef {() => number} Random */
/** @typedef {[number, number, number]} Colour */
/** @typedef {{data: Uint8ClampedArray, width: number, height: number}} Picture */
/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/**
 * @typedef {object} Look
 * @property {number} size of a digit: its longer side, as a share of the picture's height
 * @property {number} gap between digits, as a share of their size
 * @property {number} turn of each digit, in degrees, clockwise
 * @property {Colour} ink
 * @property {Colour} paper
 * @property {number} squares how much darker than the paper its printed lines are, as a share
 * @property {number} shadow of something beyond the picture, its edge near the digits: the share of light that it takes
 * @property {number} corners how much darker they are than the middle, as a share
 * @property {number} fall of the light from one side to the other, as a share
 * @property {number} blur deviation in pixels
 * @property {number} noise deviation in levels of grey
 */
/** The ordinary setting: dark ink on greyish paper in good light. @type {Look} */
export const ORDINARY = {
  size: 0.25,
  gap: 0.4,
  turn: 0,
  ink: [38, 40, 52],
  paper: [226, 224, 218],
  squares: 0,
  shadow: 0,
  corners: 0,
  fall: 0,
  blur: 0,
  noise: 2,
};

/**
 * @param {Glyph[]} glyphs side by side; none: bare paper
 * @param {Look} look
 * @param {Random} random where the digits are, where the shadow falls, the grain
 * @returns {{picture: Picture, box: Box}} and where the digits are in it
 */
export function photograph(glyphs, look, random) {
  // The same draws whatever the look is, so that one disturbance alone changes between the levels of it.
  const [across, down, angle, aside, soft, grain] = Array.from({ length: 6 }, random);
  const { cover, box } = write(glyphs, look, across, down);
  if (look.blur) blur(cover, look.blur);
  const light = lights(look, box, angle, aside, soft),
    data = new Uint8ClampedArray(4 * WIDTH * HEIGHT);
  const { paper, noise } = look,
    [red, green, blue] = paper.map((level, c) => look.ink[c] - level);
  let dust = Math.floor(grain * GRAIN.length);
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    dust += Math.floor(random() * GRAIN.length); // no pattern from row to row
    for (let x = 0; x < WIDTH; x++, at++, dust += 3) {
      const ruled = look.squares && (x % SQUARE < RULE || y % SQUARE < RULE) ? 1 - look.squares * (1 - cover[at]) : 1;
      const bright = (light ? light(x, y) : 1) * ruled,
        covered = cover[at];
      data[4 * at] = (paper[0] + red * covered) * bright + noise * GRAIN[dust & LAST];
      data[4 * at + 1] = (paper[1] + green * covered) * bright + noise * GRAIN[(dust + 1) & LAST];
      data[4 * at + 2] = (paper[2] + blue * covered) * bright + noise * GRAIN[(dust + 2) & LAST];
      data[4 * at + 3] = 255;
    }
  }
  return { picture: { data, width: WIDTH, height: HEIGHT }, box };
}

/** The share of each pixel that ink covers. @param {Glyph[]} glyphs @param {Look} look @param {number} across @param {number} down */
function write(glyphs, { size, gap, turn }, across, down) {
  const cos = Math.cos((turn * Math.PI) / 180),
    sin = Math.sin((turn * Math.PI) / 180),
    apart = gap * size * HEIGHT;
  const written = glyphs.map((glyph) => {
    const scale = (size * HEIGHT) / Math.max(glyph.box.width, glyph.box.height); // pixels for each point
    return {
      glyph,
      scale,
      width: scale * (glyph.box.width * Math.abs(cos) + glyph.box.height * Math.abs(sin)),
      height: scale * (glyph.box.width * Math.abs(sin) + glyph.box.height * Math.abs(cos)),
    };
  });
  const width = written.reduce((sum, each) => sum + each.width + apart, 0) - (glyphs.length ? apart : 0);
  const height = Math.max(0, ...written.map((each) => each.height));
  const place = (/** @type {number} */ share, /** @type {number} */ room) =>
    room > 2 * MARGIN ? MARGIN + share * (room - 2 * MARGIN) : room / 2;
  const box = { x: place(across, WIDTH - width), y: place(down, HEIGHT - height), width, height };
  const cover = new Float32Array(WIDTH * HEIGHT);
  let left = box.x;
  for (const { glyph, scale, width: wide, height: tall } of written) {
    const middle = { x: glyph.box.x + glyph.box.width / 2 - 0.5, y: glyph.box.y + glyph.box.height / 2 - 0.5 };
    const top = box.y + (height - tall) / 2,
      sharp = scale * fineness; // pixels for each unit of `inside`
    for (let y = Math.max(0, Math.floor(top) - 2); y < Math.min(HEIGHT, top + tall + 2); y++) {
      for (let x = Math.max(0, Math.floor(left) - 2); x < Math.min(WIDTH, left + wide + 2); x++) {
        const dx = (x + 0.5 - left - wide / 2) / scale,
          dy = (y + 0.5 - top - tall / 2) / scale;
        const inside = insideAt(glyph, middle.x + cos * dx + sin * dy, middle.y + cos * dy - sin * dx);
        cover[y * WIDTH + x] = Math.max(cover[y * WIDTH + x], Math.min(1, 0.5 + inside * sharp));
      }
    }
    left += wide + apart;
  }
  return { cover, box };
}

/** By Gauss's bell, first along rows, then along columns. @param {Float32Array} cover @param {number} deviation */
function blur(cover, deviation) {
  const reach = Math.ceil(3 * deviation);
  const bell = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const whole = bell.reduce((sum, weight) => sum + weight, 0);
  pass(WIDTH, 1, HEIGHT, WIDTH);
  pass(HEIGHT, WIDTH, WIDTH, 1);

  /** @param {number} length of a line @param {number} step along it @param {number} lines @param {number} next from line to line */
  function pass(length, step, lines, next) {
    const line = new Float32Array(length + 2 * reach);
    for (let i = 0; i < lines; i++) {
      let some = false;
      for (let k = 0; k < length; k++) some = (line[reach + k] = cover[i * next + k * step]) > 0 || some;
      if (!some) continue; // most lines hold no ink
      for (let k = 0; k < length; k++) {
        let sum = 0;
        for (let j = 0; j < bell.length; j++) sum += bell[j] * line[k + j];
        cover[i * next + k * step] = sum / whole;
      }
    }
  }
}

/** How much light comes to a pixel; undefined where all of it does everywhere.
 * @param {Look} look @param {Box} box @param {number} angle @param {number} aside @param {number} soft the last three from 0 to 1 */
function lights({ shadow, corners, fall }, box, angle, aside, soft) {
  if (!shadow && !corners && !fall) return undefined;
  const dx = Math.cos(2 * Math.PI * angle),
    dy = Math.sin(2 * Math.PI * angle),
    far = Math.hypot(WIDTH, HEIGHT) / 2;
  const size = Math.max(box.width, box.height, 100),
    edge = (aside - 0.5) * 1.5 * size,
    softness = 3 + 40 * soft;
  return (/** @type {number} */ x, /** @type {number} */ y) => {
    const beyond = (x - box.x - box.width / 2) * dx + (y - box.y - box.height / 2) * dy - edge;
    const t = Math.min(1, Math.max(0, 0.5 + beyond / (2 * softness)));
    const u = (x - WIDTH / 2) / far,
      v = (y - HEIGHT / 2) / far;
    return (
      (1 - shadow * t * t * (3 - 2 * t)) * (1 - corners * (u * u + v * v)) * (1 - fall * (0.5 + (u * dx + v * dy) / 2))
    );
  };
}

/** Normally distributed values: as many as keep a repetition from being seen. */
const GRAIN = (() => {
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
const LAST = GRAIN.length - 1; // its length is a power of two
