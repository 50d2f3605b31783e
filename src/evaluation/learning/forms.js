// forms.js — digits in forms that the network was not trained on, each drawn by several writers: what a visitor would
// correct. A writer has a hand of their own (width, slant, roundness) and never draws twice the same way.

import { around, follow } from '../../dataset/templates.js';

/** @typedef {{name: string, label: number, strokes: number[][][]}} Form strokes of points, 1 wide and 1.4 high, y down */
/** @typedef {() => number} Random in [0, 1) */

/** @type {Form[]} */
export const FORMS = [
  {
    name: '0 crossed out',
    label: 0,
    strokes: [
      [
        [0.5, 0],
        [0.1, 0.35],
        [0.1, 1],
        [0.5, 1.4],
        [0.9, 1],
        [0.9, 0.35],
        [0.5, 0],
      ],
      [
        [0.15, 0.2],
        [0.85, 1.2],
      ],
      [
        [0.85, 0.2],
        [0.15, 1.2],
      ],
    ],
  },
  {
    name: '0 with a dot',
    label: 0,
    strokes: [
      [
        [0.5, 0],
        [0.1, 0.35],
        [0.1, 1],
        [0.5, 1.4],
        [0.9, 1],
        [0.9, 0.35],
        [0.5, 0],
      ],
      [
        [0.45, 0.65],
        [0.55, 0.7],
        [0.5, 0.78],
        [0.45, 0.7],
      ],
    ],
  },
  {
    name: '1 like a roof',
    label: 1,
    strokes: [
      [
        [0, 1.3],
        [0.45, 0],
        [0.9, 1.35],
      ],
    ],
  },
  {
    name: '1 between two bars',
    label: 1,
    strokes: [
      [
        [0.5, 0],
        [0.5, 1.4],
      ],
      [
        [0.05, 0],
        [0.95, 0],
      ],
      [
        [0.05, 1.4],
        [0.95, 1.4],
      ],
    ],
  },
  {
    name: '2 like Z, barred',
    label: 2,
    strokes: [
      [
        [0.05, 0.05],
        [0.9, 0.05],
        [0.05, 1.35],
        [0.95, 1.35],
      ],
      [
        [0.15, 0.7],
        [0.85, 0.7],
      ],
    ],
  },
  {
    name: '2 with a curl',
    label: 2,
    strokes: [
      [
        [0.15, 0.5],
        [0.35, 0.55],
        [0.35, 0.3],
        [0.1, 0.35],
        [0.3, 0],
        [0.75, 0.1],
        [0.7, 0.6],
        [0.3, 1.2],
        [0.05, 1.3],
        [0.1, 1.05],
        [0.5, 1.35],
        [0.95, 1.2],
      ],
    ],
  },
  {
    name: '3 like ʓ',
    label: 3,
    strokes: [
      [
        [0.1, 0.05],
        [0.85, 0.05],
        [0.3, 0.5],
        [0.8, 0.8],
        [0.7, 1.3],
        [0.3, 1.4],
        [0.15, 1.15],
        [0.5, 1.05],
        [0.95, 1.3],
      ],
    ],
  },
  {
    name: '4 like Ɛ',
    label: 4,
    strokes: [
      [
        [0.9, 0.15],
        [0.45, 0],
        [0.15, 0.3],
        [0.55, 0.65],
        [0.1, 1],
        [0.4, 1.4],
        [0.95, 1.25],
      ],
    ],
  },
  {
    name: '4 like a chair',
    label: 4,
    strokes: [
      [
        [0.1, 0],
        [0.1, 0.7],
        [0.9, 0.7],
        [0.9, 1.4],
      ],
    ],
  },
  {
    name: '5 with a high roof',
    label: 5,
    strokes: [
      [
        [0.3, 0.3],
        [0.25, 0.75],
        [0.7, 0.75],
        [0.8, 1.1],
        [0.5, 1.4],
        [0.1, 1.3],
      ],
      [
        [0.1, 0],
        [0.95, 0],
      ],
    ],
  },
  {
    name: '6 like б',
    label: 6,
    strokes: [
      [
        [0.95, 0],
        [0.3, 0.1],
        [0.1, 0.7],
        [0.2, 1.3],
        [0.6, 1.4],
        [0.85, 1.05],
        [0.6, 0.65],
        [0.15, 0.75],
      ],
    ],
  },
  {
    name: '7 like V',
    label: 7,
    strokes: [
      [
        [0, 0.05],
        [0.45, 1.4],
        [0.95, 0],
      ],
    ],
  },
  {
    name: '7 with two bars',
    label: 7,
    strokes: [
      [
        [0, 0.05],
        [0.9, 0.05],
        [0.4, 1.4],
      ],
      [
        [0.3, 0.5],
        [0.95, 0.5],
      ],
      [
        [0.2, 0.85],
        [0.8, 0.85],
      ],
    ],
  },
  {
    name: '7 with a long beak',
    label: 7,
    strokes: [
      [
        [0.05, 0.75],
        [0.05, 0],
        [0.9, 0],
        [0.85, 0.7],
        [0.5, 1.4],
      ],
    ],
  },
  {
    name: '8 lying',
    label: 8,
    strokes: [
      [
        [0.75, 0.9],
        [0.4, 0.5],
        [0, 0.5],
        [0, 0.9],
        [0.4, 0.95],
        [1.1, 0.45],
        [1.5, 0.5],
        [1.5, 0.9],
        [1.1, 0.95],
        [0.75, 0.7],
      ],
    ],
  },
  {
    name: '8 like a fish',
    label: 8,
    strokes: [
      [
        [0.9, 1.4],
        [0.2, 0.5],
        [0.2, 0.1],
        [0.55, 0],
        [0.8, 0.25],
        [0.6, 0.65],
        [0.05, 1.4],
      ],
    ],
  },
  {
    name: '9 like g',
    label: 9,
    strokes: [
      [
        [0.75, 0.2],
        [0.4, 0],
        [0.15, 0.3],
        [0.45, 0.55],
        [0.78, 0.25],
        [0.75, 1.1],
        [0.4, 1.4],
        [0.15, 1.2],
        [0.5, 0.95],
        [1, 0.75],
      ],
    ],
  },
  {
    name: '9 like P turned',
    label: 9,
    strokes: [
      [
        [0.85, 0],
        [0.85, 1.4],
      ],
      [
        [0.85, 0.05],
        [0.2, 0.1],
        [0.1, 0.5],
        [0.85, 0.6],
      ],
    ],
  },
];

/**
 * A writer of that form. Each call draws it once more.
 * @param {Form} form @param {Random} random
 * @returns {() => number[][][]} strokes
 */
export function writer({ strokes }, random) {
  const wide = 0.75 + 0.6 * random(),
    lean = around(random, 0.3),
    roundness = random();
  return () => {
    const width = wide * (1 + around(random, 0.15)),
      slant = lean + around(random, 0.12);
    return strokes.map((stroke) =>
      follow(
        stroke.map(([x, y]) => [x + around(random, 0.1), y + around(random, 0.1)]),
        roundness,
      ).map(([x, y]) => [width * x - slant * y, y]),
    );
  };
}
