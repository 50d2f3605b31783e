// scene.js — a photo of digits on paper, made pixel by pixel: ink, then the lens, the light, and the sensor.
import { GRAIN, blur, canvas } from './canvas.js';
import { extent, writeGlyph } from './glyph.js';

export const WIDTH = 640,
  HEIGHT = 480;
const MARGIN = 8; // pixels between the digits and the edge of the picture, where there is room for them
const SQUARE = 60,
  RULE = 2; // of squared paper, in pixels
const LAST = GRAIN.length - 1; // its length is a power of two

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
      const covered = cover.values[at];
      const ruled = look.squares && (x % SQUARE < RULE || y % SQUARE < RULE) ? 1 - look.squares * (1 - covered) : 1;
      const bright = (light ? light(x, y) : 1) * ruled;
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
  const side = size * HEIGHT,
    apart = gap * side,
    extents = glyphs.map((glyph) => extent(glyph, side, turn));
  const width = extents.reduce((sum, each) => sum + each.width + apart, 0) - (glyphs.length ? apart : 0);
  const height = Math.max(0, ...extents.map((each) => each.height));
  const place = (/** @type {number} */ share, /** @type {number} */ room) =>
    room > 2 * MARGIN ? MARGIN + share * (room - 2 * MARGIN) : room / 2;
  const box = { x: place(across, WIDTH - width), y: place(down, HEIGHT - height), width, height };
  const cover = canvas(WIDTH, HEIGHT);
  let left = box.x;
  for (const [i, glyph] of glyphs.entries()) {
    writeGlyph(cover, glyph, left + extents[i].width / 2, box.y + height / 2, side, turn);
    left += extents[i].width + apart;
  }
  return { cover, box };
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
