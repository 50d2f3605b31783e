// disturbances.js — what can happen to a digit on its way from a hand to the reader, one thing at a time, by degrees.
// At each level the same digits stand at the same places: nothing else changes.
import { ORDINARY } from './scene.js';

/** @typedef {import('./scene.js').Look} Look */
/** @typedef {import('./scene.js').Colour} Colour */
/**
 * @typedef {object} Level
 * @property {string} name
 * @property {Partial<Look>} look
 * @property {number} [digits] so many in a row, of which all must be read; without it, one
 * @property {number} [pen] the width of another pen, as a share of the digit's longer side
 * @property {number} [jpeg] quality of a JPEG file to read; without it, the pixels themselves are read
 * @property {boolean} [ordinary] as the ordinary setting is
 */
/** @typedef {{name: string, unit: string, kinds?: boolean, levels: Level[]}} Disturbance kinds: its levels have no order */

const percent = (/** @type {number} */ share) => `${Math.round(100 * share)}`;
/** @param {keyof Look} key @param {number[]} values @param {(value: number) => string} name @returns {Level[]} */
const levels = (key, values, name = String) =>
  values.map((value) => ({ name: name(value), look: { [key]: value }, ordinary: value === ORDINARY[key] }));
/** @param {number} grey @returns {Colour} */
const grey = (grey) => [grey, grey, grey];

/** @type {Disturbance[]} */
export const DISTURBANCES = [
  {
    name: 'size',
    unit: '% of the picture’s height',
    levels: levels('size', [0.05, 0.08, 0.12, 0.18, 0.25, 0.4, 0.6, 0.8, 0.95], percent),
  },
  {
    name: 'pen width',
    unit: '% of the digit’s height',
    levels: [
      { name: 'as is', look: {}, ordinary: true },
      ...[0.02, 0.04, 0.07, 0.1, 0.14, 0.19, 0.25, 0.32].map((pen) => ({ name: percent(pen), look: {}, pen })),
    ],
  },
  {
    name: 'rotation',
    unit: 'degrees, clockwise',
    levels: levels('turn', [-15, -11, -7, -3, 0, 3, 7, 11, 15], (turn) => `${turn}`.replace('-', '−')),
  },
  {
    name: 'gap',
    unit: '% of their height between three digits',
    levels: [0.8, 0.4, 0.2, 0.1, 0.05, 0, -0.05, -0.1].map((gap) => ({
      name: percent(gap).replace('-', '−'),
      look: { gap, size: 0.2 },
      digits: 3,
    })),
  },
  {
    name: 'contrast',
    unit: 'levels of grey; below 0: light on dark',
    levels: [-180, -90, -45, -20, 20, 45, 90, 180].map((darker) => {
      const paper = darker > 0 ? 225 : 30;
      return { name: `${darker}`.replace('-', '−'), look: { paper: grey(paper), ink: grey(paper - darker) } };
    }),
  },
  {
    name: 'colours',
    unit: 'ink on paper',
    kinds: true,
    levels: /** @type {[string, Colour, Colour][]} */ ([
      ['black on white', [30, 30, 32], [250, 250, 250]],
      ['blue on white', [38, 62, 150], [244, 244, 246]],
      ['red on white', [196, 52, 48], [244, 242, 240]],
      ['pencil on white', [122, 122, 126], [240, 239, 236]],
      ['black on a yellow note', [34, 34, 36], [250, 226, 96]],
      ['black on brown paper', [30, 28, 26], [178, 138, 96]],
      ['blue on pink', [46, 62, 150], [240, 178, 192]],
      ['chalk on a green board', [226, 230, 222], [44, 84, 66]],
      ['chalk on slate', [222, 222, 222], [46, 48, 52]],
    ]).map(([name, ink, paper]) => ({ name, look: { ink, paper } })),
  },
  {
    name: 'squared paper',
    unit: '% that its lines are darker',
    levels: levels('squares', [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7], percent),
  },
  {
    name: 'shadow',
    unit: '% darker, its edge near the digit',
    levels: levels('shadow', [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], percent),
  },
  {
    name: 'dark corners',
    unit: '% darker than the middle',
    levels: levels('corners', [0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95], percent),
  },
  { name: 'blur', unit: 'pixels; the digit has 120', levels: levels('blur', [0, 1, 2, 3, 5, 7, 10, 14]) },
  { name: 'noise', unit: 'levels of grey', levels: levels('noise', [2, 5, 10, 15, 25, 40, 60, 80]) },
  {
    name: 'JPEG quality',
    unit: 'of libjpeg',
    levels: [
      { name: 'none', look: {}, ordinary: true },
      ...[90, 70, 50, 30, 20, 10, 5, 1].map((jpeg) => ({ name: `${jpeg}`, look: {}, jpeg })),
    ],
  },
];

/** Pictures without a digit: nothing must be read. look(share): for shares 0 to 1 of a degree that varies.
 * @type {{name: string, look: (share: number) => Partial<Look>}[]} */
export const EMPTY = [
  { name: 'blank paper', look: () => ({}) },
  { name: 'noise', look: (share) => ({ noise: 5 + 75 * share }) },
  { name: 'falling light', look: (share) => ({ fall: 0.2 + 0.7 * share }) },
  { name: 'squared paper', look: (share) => ({ squares: 0.05 + 0.55 * share }) },
  { name: 'shadow', look: (share) => ({ shadow: 0.1 + 0.7 * share }) },
];
