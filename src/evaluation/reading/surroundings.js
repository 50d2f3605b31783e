// surroundings.js — whole pictures: what can be around handwriting, and what else can be on the page, by kinds; where a kind
// has a degree, by levels of it. At each level the same digits stand at the same places.
import sharp from 'sharp';
import { canvas, draw, fill, lay, photo, shrunk, texture, turned } from './canvas.js';
import { PEN, between, number, print, signStrokes, write } from './writing.js';

/** @typedef {import('./canvas.js').Canvas} Canvas */
/** @typedef {import('./canvas.js').Point} Point */
/** @typedef {import('./writing.js').Hand} Hand */
/** @typedef {{input: import('../../../web/engine.js').Picture | Buffer | number[][][], expected: string}} Made a picture, a file or strokes,
 * and its lines of writing */
/** @typedef {{name: string, make: (hand: Hand) => Made | Promise<Made>}} Level */
/**
 * @typedef {object} Surrounding
 * @property {string} name
 * @property {string} [unit] of its levels; without it there is only one
 * @property {Level[]} levels
 * @property {boolean} [signs] whether the signs must be right, too
 * @property {'fonts' | 'strokes'} [takes] what must be at hand for it
 */

const NOISE = 3; // of the sensor, in levels
/** Numbers with signs; each # is any digit. */
const SIGNED = ['##.##', '#,###', '-###', '##/##', '##:##', '####-##-##'];

/** @param {string} name @param {Level['make']} make @param {Partial<Surrounding>} [more] @returns {Surrounding} */
const kind = (name, make, more) => ({ name, levels: [{ name: '', make }], ...more });
/** @template T @param {string} name @param {string} unit @param {T[]} degrees @param {(hand: Hand, degree: T) => Made | Promise<Made>} make
 * @param {(degree: T) => string} [label] @returns {Surrounding} */
const degrees = (name, unit, degrees, make, label = (degree) => `${degree}`.replace('-', '−')) => ({
  name,
  unit,
  levels: degrees.map((degree) => ({ name: label(degree), make: (hand) => make(hand, degree) })),
});
const percent = (/** @type {number} */ share) => `${Math.round(100 * share)}`;

/** @type {Surrounding[]} */
export const SURROUNDINGS = [
  degrees(
    'sheet on a desk',
    '% of the picture',
    [0.15, 0.25, 0.5, 1],
    (hand, share) => onDesk(hand, { share }),
    percent,
  ),
  degrees('turned sheet', 'degrees', [0, 3, 6, 10], (hand, turn) => onDesk(hand, { share: 0.3, turn })),
  degrees('tilted sheet', 'degrees to the camera', [0, 15, 25, 35], (hand, tilt) => onDesk(hand, { share: 0.4, tilt })),
  kind('blackboard and wall', (hand) => board(hand, between(hand, 35, 70), between(hand, 190, 225))),
  kind('whiteboard and wall', (hand) => board(hand, between(hand, 225, 245), between(hand, 30, 90))),
  degrees('dark margin of a scan', '% of the width', [0.05, 0.15, 0.3], darkMargin, percent),
  kind('half dark, half light', halves),
  degrees('quarter turns', 'degrees, clockwise', [0, 90, 180, 270], quarter),
  degrees('rising line', 'degrees', [-20, -10, 0, 10, 20], rising),
  ...['thin', 'thick', 'double', 'broken'].map((border) =>
    kind(`cell, ${border} border`, (hand) => cell(hand, border, true)),
  ),
  ...['thin', 'thick', 'double', 'broken'].map((border) =>
    kind(`blank cell, ${border} border`, (hand) => cell(hand, border, false)),
  ),
  kind('comb field', (hand) => field(hand, 0.45)),
  kind('boxes of a form', (hand) => field(hand, 1)),
  kind('printed words beside', (hand) => beside(hand, ['Name', 'Betrag:', 'Total amount']), { takes: 'fonts' }),
  kind('printed numbers beside', (hand) => beside(hand, ['Form 4711-B', 'Page 2 of 3', '2026']), { takes: 'fonts' }),
  kind('ring around', (hand) => marked(hand, ring)),
  kind('box around', (hand) => marked(hand, boxed)),
  kind('underlined', (hand) => marked(hand, underline)),
  kind('struck out', struckOut),
  kind('several lines', lines),
  kind('columns', (hand) => columns(hand, false)),
  kind('table', (hand) => columns(hand, true)),
  degrees('height in 1280 × 960', 'pixels', [10, 14, 20, 40, 80, 160, 300], heights),
  kind('heights mixed', mixed),
  degrees('low resolution', 'pixels a digit is high', [8, 10, 14, 20, 28], lowResolution),
  kind('white ink, transparent', (hand) => transparent(hand, 255)),
  kind('black ink, transparent', (hand) => transparent(hand, 0)),
  degrees(
    'touching digits',
    '% that they overlap',
    [0, 0.05, 0.1],
    (hand, overlap) => chain(hand, () => -overlap),
    percent,
  ),
  kind('amount on a cheque', cheque),
  ...SIGNED.map((pattern) => kind(`signs ${pattern}`, (hand) => oneLine(hand, pattern), { signs: true })),
  ...SIGNED.map((pattern) =>
    kind(`signs ${pattern}, drawn`, (hand) => drawn(hand, pattern), { signs: true, takes: 'strokes' }),
  ),
];

// ── parts ──

/** Paper in light that falls a little to one side. @param {Hand} hand @param {number} width @param {number} height @param {number} [level] */
function paper(hand, width, height, level = between(hand, 205, 242)) {
  const on = canvas(width, height),
    fall = between(hand, 0, 0.15),
    angle = between(hand, 0, 2 * Math.PI);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      on.values[at] =
        level * (1 - fall * (0.5 + (x / width - 0.5) * Math.cos(angle) + (y / height - 0.5) * Math.sin(angle)));
    }
  }
  return on;
}

/** Dark ink, or a soft pencil. @param {Hand} hand */
const pen = (hand) => between(hand, 30, 110);
/** @param {Hand} hand @param {Canvas} on @param {string} expected @returns {Made} */
const taken = (hand, on, expected) => ({ input: photo(on, hand.random, NOISE), expected });

/** Numbers below each other, somewhere in a part of the picture. @param {Canvas} on @param {Hand} hand @param {string[]} patterns
 * @param {number} height of digits @param {number} ink @param {{x: number, y: number, width: number, height: number}} [room] @param {number} [gap] */
function writeLines(on, hand, patterns, height, ink, room = { x: 0, y: 0, width: on.width, height: on.height }, gap) {
  const numbers = patterns.map((pattern) => number(hand, pattern, height, gap)),
    step = 1.7 * height;
  const wide = Math.max(...numbers.map(({ width }) => width)),
    margin = 0.5 * height;
  const left = room.x + margin + Math.max(0, room.width - wide - 2 * margin) * hand.random();
  const top =
    room.y +
    margin +
    Math.max(0, room.height - step * (numbers.length - 1) - height - 2 * margin) * hand.random() +
    height / 2;
  const boxes = numbers.map((each, i) => write(on, hand, each, left, top + i * step, ink));
  return { text: numbers.map(({ text }) => text).join('\n'), boxes };
}

// ── around the sheet ──

/** A sheet on a desk. @param {Hand} hand @param {{share: number, turn?: number, tilt?: number}} how share: of the picture that it
 * covers, seen from above; turn, tilt: degrees */
function onDesk(hand, { share, turn = between(hand, 0, 10), tilt = 0 }) {
  const width = 960,
    height = 720,
    desk = canvas(width, height, between(hand, 60, 160));
  texture(desk, hand.random, 12, 12);
  const sheet = paper(hand, Math.round(width * Math.sqrt(share)), Math.round(height * Math.sqrt(share)));
  const { text } = writeLines(sheet, hand, ['####', '####'], sheet.height / 7, pen(hand));
  const [across, down, way] = [hand.random(), hand.random(), hand.random() < 0.5 ? -1 : 1];
  const whole = share < 1 ? 1 : 1.25; // a sheet that covers all goes beyond the edges
  const far = 1.6 * sheet.width; // of the camera
  const seen = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([x, y]) => {
    const angle = (way * turn * Math.PI) / 180,
      u = (whole * x * sheet.width) / 2,
      v = (whole * y * sheet.height) / 2;
    const right = u * Math.cos(angle) - v * Math.sin(angle),
      below = u * Math.sin(angle) + v * Math.cos(angle);
    const nearer = far / (far - below * Math.sin((tilt * Math.PI) / 180));
    return [right * nearer, below * Math.cos((tilt * Math.PI) / 180) * nearer];
  });
  const place = (/** @type {number} */ axis, /** @type {number} */ side, /** @type {number} */ where) => {
    const at = seen.map((corner) => corner[axis]),
      low = Math.min(...at),
      room = side - (Math.max(...at) - low);
    return room > 0 ? where * room - low : side / 2; // all of it, where it fits
  };
  const [x, y] = [place(0, width, across), place(1, height, down)];
  lay(
    desk,
    sheet,
    seen.map(([u, v]) => [x + u, y + v]),
  );
  return taken(hand, desk, text);
}

/** A board on a wall, in its frame. @param {Hand} hand @param {number} ground @param {number} ink levels */
function board(hand, ground, ink) {
  const wall = canvas(960, 720, between(hand, 150, 220));
  texture(wall, hand.random, 6);
  const on = paper(hand, Math.round(between(hand, 450, 750)), Math.round(between(hand, 300, 520)), ground);
  texture(on, hand.random, 3);
  const { text } = writeLines(on, hand, ['#####', '####'], on.height / 8, ink);
  const x = (960 - on.width) * between(hand, 0.15, 0.85),
    y = (720 - on.height) * between(hand, 0.15, 0.85),
    rim = between(hand, 5, 14);
  fill(wall, x - rim, y - rim, on.width + 2 * rim, on.height + 2 * rim, between(hand, 90, 140));
  lay(wall, on, [
    [x, y],
    [x + on.width, y],
    [x + on.width, y + on.height],
    [x, y + on.height],
  ]);
  return taken(hand, wall, text);
}

/** A scan whose page ends before the glass does. @param {Hand} hand @param {number} share of the width that is dark */
function darkMargin(hand, share) {
  const on = canvas(640, 480, between(hand, 8, 35)),
    wide = Math.round(share * 640),
    tall = Math.round(0.3 * share * 480);
  texture(on, hand.random, 8);
  const page = paper(hand, 640 - wide, 480 - tall),
    { text } = writeLines(page, hand, ['####', '###'], 56, pen(hand));
  const left = hand.random() < 0.5 ? wide : 0,
    dust = Array.from({ length: 300 }, () => hand.random());
  lay(on, page, [
    [left, 0],
    [left + page.width, 0],
    [left + page.width, page.height],
    [left, page.height],
  ]);
  for (let i = 0; i < dust.length; i += 3) {
    // bright specks in the margin
    const size = 1 + 2 * dust[i];
    fill(on, (left ? 0 : page.width) + wide * dust[i + 1], 480 * dust[i + 2], size, size, between(hand, 90, 200));
  }
  return taken(hand, on, text);
}

/** Dark on light beside light on dark. @param {Hand} hand */
function halves(hand) {
  const on = paper(hand, 640, 480),
    dark = hand.random() < 0.5 ? 0 : 320;
  fill(on, dark, 0, 320, 480, between(hand, 25, 60));
  const [left, right] = [0, 320].map((x) => {
    const each = number(hand, '###', 60);
    write(
      on,
      hand,
      each,
      x + between(hand, 30, 290 - each.width),
      240,
      x === dark ? between(hand, 190, 230) : pen(hand),
    );
    return each.text;
  });
  return taken(hand, on, left + right);
}

/** @param {Hand} hand @param {number} degrees clockwise */
function quarter(hand, degrees) {
  const on = paper(hand, 640, 480),
    { text } = writeLines(on, hand, ['#####', '#####', '#####'], 60, pen(hand));
  return taken(hand, turned(on, degrees / 90), text);
}

/** @param {Hand} hand @param {number} rise degrees */
function rising(hand, rise) {
  const on = paper(hand, 640, 480),
    ink = pen(hand),
    numbers = [number(hand, '#####', 56), number(hand, '#####', 56)];
  const tall = numbers[0].width * Math.sin((rise * Math.PI) / 180);
  numbers.forEach((each, i) => write(on, hand, each, 60 + 80 * hand.random(), 190 + 100 * i + tall / 2, ink, rise));
  return taken(hand, on, numbers.map(({ text }) => text).join('\n'));
}

// ── tables and forms ──

/** A cell of a table, cut out so that its borders are at the picture's edges. @param {Hand} hand @param {string} border @param {boolean} written */
function cell(hand, border, written) {
  const side = Math.round(between(hand, 64, 150)),
    on = paper(hand, side, side),
    rule = between(hand, 30, 130),
    tilt = between(hand, -0.03, 0.03) * side;
  const thick = { thin: 1.5, double: 1.5, broken: 2, thick: 5 }[border] ?? 1,
    reach = -4;
  for (let edge = 0; edge < 4; edge++) {
    const at = between(hand, -0.01, 0.07) * side;
    for (const inset of border === 'double' ? [at, at + 4] : [at]) {
      const [from, to] = edge % 2 ? [side - inset, side - inset - tilt] : [inset, inset + tilt];
      const line = /** @type {Point[]} */ ([
        [from, reach],
        [to, side - reach],
      ]);
      draw(on, broken(hand, edge < 2 ? line : line.map(([x, y]) => [y, x]), border === 'broken'), thick, rule);
    }
  }
  if (!written) return taken(hand, on, '');
  const each = number(hand, '#', side * between(hand, 0.42, 0.6)),
    slack = side - 2 * (0.16 * side);
  write(
    on,
    hand,
    each,
    0.16 * side + Math.max(0, slack - each.width) * hand.random(),
    side / 2 + (slack - each.height) * (hand.random() - 0.5),
    pen(hand),
  );
  return taken(hand, on, each.text);
}

/** A line, or pieces of it. @param {Hand} hand @param {Point[]} line @param {boolean} inPieces @returns {Point[][]} */
function broken(hand, [[x0, y0], [x1, y1]], inPieces) {
  const at = (/** @type {number} */ t) => /** @type {Point} */ ([x0 + t * (x1 - x0), y0 + t * (y1 - y0)]),
    pieces = [];
  for (let t = 0; t < 1; ) {
    const end = inPieces ? Math.min(1, t + between(hand, 0.08, 0.3)) : 1;
    pieces.push([at(t), at(end)]);
    t = end + between(hand, 0.04, 0.1);
  }
  return pieces;
}

/** A field of a form with a place for each digit. @param {Hand} hand @param {number} share of the places' height that the lines
 * between them have: less than all is a comb, all are boxes */
function field(hand, share) {
  const on = paper(hand, 640, 240),
    places = 6,
    wide = 70,
    tall = 84,
    left = between(hand, 30, 640 - places * wide - 30),
    top = between(hand, 40, 110);
  const rule = between(hand, 60, 150),
    bottom = top + tall,
    ink = pen(hand),
    right = left + places * wide;
  const strokes = Array.from({ length: places + 1 }, (_, i) => [
    [left + i * wide, bottom - share * tall],
    [left + i * wide, bottom],
  ]);
  strokes.push(
    [
      [left, bottom],
      [right, bottom],
    ],
    ...(share === 1
      ? [
          [
            [left, top],
            [right, top],
          ],
        ]
      : []),
  );
  draw(on, /** @type {Point[][]} */ (strokes), 2, rule);
  const from = Math.floor(2 * hand.random()),
    text = Array.from({ length: places - from }, (_, i) => {
      const each = number(hand, '#', 54);
      write(
        on,
        hand,
        each,
        left + (i + from) * wide + (wide - each.width) * between(hand, 0.3, 0.7),
        top + tall * between(hand, 0.45, 0.55),
        ink,
      );
      return each.text;
    }).join('');
  return taken(hand, on, text);
}

/** @param {Hand} hand @param {string[]} words */
async function beside(hand, words) {
  const on = paper(hand, 800, 360),
    size = between(hand, 24, 44),
    ink = pen(hand),
    each = number(hand, '#####', 60);
  const [above, before, behind] = words,
    left = 40 + size * 0.62 * before.length + 30;
  await print(
    on,
    [
      { text: above, x: 40, y: 90, size },
      { text: before, x: 40, y: 220, size },
      { text: behind, x: 420, y: 320, size },
    ],
    between(hand, 20, 90),
    hand.random() < 0.5 ? 'sans-serif' : 'serif',
  );
  write(on, hand, each, left, 200, ink);
  return taken(hand, on, each.text);
}

// ── with other ink ──

/** A number with something drawn to it. @param {Hand} hand @param {(hand: Hand, box: import('./writing.js').Box) => Point[][]} mark */
function marked(hand, mark) {
  const on = paper(hand, 640, 480),
    ink = pen(hand),
    {
      text,
      boxes: [box],
    } = writeLines(on, hand, ['###'], 80, ink, { x: 60, y: 60, width: 520, height: 360 });
  draw(on, mark(hand, box), 80 * PEN, ink);
  return taken(hand, on, text);
}

/** @param {Hand} hand @param {import('./writing.js').Box} box @returns {Point[][]} */
function ring(hand, { x, y, width, height }) {
  const begin = between(hand, 0, 6),
    [a, b] = [width / 2 + height * between(hand, 0.3, 0.5), height * between(hand, 0.8, 0.95)];
  return [
    Array.from({ length: 65 }, (_, i) => {
      const angle = begin + (i / 64) * 2.1 * Math.PI,
        out = 1 + (0.04 * i) / 64;
      return [x + width / 2 + out * a * Math.cos(angle), y + height / 2 + out * b * Math.sin(angle)];
    }),
  ];
}

/** @param {Hand} hand @param {import('./writing.js').Box} box @returns {Point[][]} */
function boxed(hand, { x, y, width, height }) {
  const out = () => height * between(hand, 0.25, 0.4),
    [left, top, right, bottom] = [x - out(), y - out(), x + width + out(), y + height + out()];
  return [
    [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
      [left, top],
    ],
  ];
}

/** @param {Hand} hand @param {import('./writing.js').Box} box @returns {Point[][]} */
function underline(hand, { x, y, width, height }) {
  const below = y + height * between(hand, 1.12, 1.3);
  return [
    [
      [x - 0.1 * height, below],
      [x + width + 0.2 * height, below + height * between(hand, -0.08, 0.08)],
    ],
  ];
}

/** A number, and below it one that holds no more. @param {Hand} hand */
function struckOut(hand) {
  const on = paper(hand, 640, 480),
    ink = pen(hand),
    {
      text,
      boxes: [, box],
    } = writeLines(on, hand, ['####', '####'], 70, ink);
  const lines = Array.from({ length: hand.random() < 0.5 ? 1 : 2 }, () => [
    [box.x - 15, box.y + box.height * between(hand, 0.35, 0.65)],
    [box.x + box.width + 15, box.y + box.height * between(hand, 0.35, 0.65)],
  ]);
  draw(on, /** @type {Point[][]} */ (lines), 70 * PEN, ink);
  return taken(hand, on, text.split('\n')[0]);
}

// ── order, size ──

/** @param {Hand} hand */
function lines(hand) {
  const on = paper(hand, 640, 480),
    patterns = Array.from({ length: 3 + Math.floor(3 * hand.random()) }, () =>
      '#'.repeat(2 + Math.floor(5 * hand.random())),
    );
  return taken(hand, on, writeLines(on, hand, patterns, 44, pen(hand)).text);
}

/** Rows of three numbers. @param {Hand} hand @param {boolean} ruled */
function columns(hand, ruled) {
  const on = paper(hand, 800, 600),
    ink = pen(hand),
    rows = 4,
    wide = 220,
    tall = 110,
    left = 70,
    top = 80;
  if (ruled) {
    draw(
      on,
      /** @type {Point[][]} */ ([
        ...Array.from({ length: rows + 1 }, (_, i) => [
          [left, top + i * tall],
          [left + 3 * wide, top + i * tall],
        ]),
        ...Array.from({ length: 4 }, (_, i) => [
          [left + i * wide, top],
          [left + i * wide, top + rows * tall],
        ]),
      ]),
      2,
      between(hand, 40, 140),
    );
  }
  const text = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: 3 }, (_, column) => {
      const each = number(hand, '#'.repeat(1 + Math.floor(3 * hand.random())), 48);
      write(
        on,
        hand,
        each,
        left + column * wide + 15 + (wide - 30 - each.width) * hand.random(),
        top + (row + 0.5) * tall + between(hand, -8, 8),
        ink,
      );
      return each.text;
    }).join(''),
  ).join('\n');
  return taken(hand, on, text);
}

/** @param {Hand} hand @param {number} height */
function heights(hand, height) {
  const on = paper(hand, 1280, 960);
  return taken(hand, on, writeLines(on, hand, ['###'], height, pen(hand)).text);
}

/** @param {Hand} hand */
function mixed(hand) {
  const on = paper(hand, 800, 600),
    ink = pen(hand);
  return taken(
    hand,
    on,
    [
      [24, 60, '######'],
      [60, 160, '####'],
      [180, 400, '##'],
    ]
      .map(([height, y, pattern]) => {
        const each = number(hand, `${pattern}`, Number(height));
        write(on, hand, each, 30 + (700 - each.width) * hand.random(), Number(y), ink);
        return each.text;
      })
      .join('\n'),
  );
}

/** @param {Hand} hand @param {number} height of digits in the picture, which has few pixels */
function lowResolution(hand, height) {
  const times = 4,
    on = paper(hand, times * 18 * height, times * 10 * height),
    { text } = writeLines(on, hand, ['#####', '#####'], times * height, pen(hand));
  return taken(hand, shrunk(on, times), text);
}

/** Ink on nothing: a PNG as a drawing program saves it. @param {Hand} hand @param {number} ink */
async function transparent(hand, ink) {
  const cover = canvas(640, 480),
    { text } = writeLines(cover, hand, ['#####'], 70, 1),
    rgba = new Uint8ClampedArray(4 * cover.values.length);
  cover.values.forEach((share, at) => rgba.set([ink, ink, ink, 255 * share], 4 * at));
  return {
    input: await sharp(rgba, { raw: { width: 640, height: 480, channels: 4 } })
      .png({ compressionLevel: 1 })
      .toBuffer(),
    expected: text,
  };
}

// ── chains and signs ──

/** Digits that touch. @param {Hand} hand @param {() => number} gap of their height */
function chain(hand, gap) {
  const on = paper(hand, 640, 480);
  return taken(hand, on, writeLines(on, hand, ['#####'], 70, pen(hand), undefined, gap()).text);
}

/** An amount on patterned paper, its digits joined, on a line. @param {Hand} hand */
function cheque(hand) {
  const on = paper(hand, 640, 240),
    wave = between(hand, 8, 20),
    depth = between(hand, 8, 25);
  const waves = Array.from({ length: 30 }, (_, i) =>
    Array.from({ length: 81 }, (_, k) => /** @type {Point} */ ([8 * k, 8 * i + wave * Math.sin(k / 3 + i)])),
  );
  const pattern = canvas(640, 240);
  draw(pattern, waves, 1.5, 1);
  on.values.forEach((_, at) => {
    on.values[at] -= depth * pattern.values[at];
  });
  draw(
    on,
    [
      [
        [20, 170],
        [620, 170 + between(hand, -4, 4)],
      ],
    ],
    2,
    between(hand, 80, 150),
  );
  const each = number(hand, '#'.repeat(3 + Math.floor(4 * hand.random())), 64, between(hand, -0.08, 0.05));
  write(on, hand, each, 40 + (540 - each.width) * hand.random(), between(hand, 115, 135), pen(hand));
  return taken(hand, on, each.text);
}

/** @param {Hand} hand @param {string} pattern */
function oneLine(hand, pattern) {
  const on = paper(hand, 640, 480);
  return taken(
    hand,
    on,
    writeLines(on, hand, [pattern], between(hand, 50, 80) * Math.min(1, 7 / pattern.length), pen(hand)).text,
  );
}

/** The pen's own path. @param {Hand} hand @param {string} pattern @returns {Made} */
function drawn(hand, pattern) {
  const height = 100,
    gap = 20,
    widths = /** @type {Record<string, number>} */ ({ '-': 40, '/': 40, ',': 12 });
  let left = 0,
    expected = '';
  const input = [...pattern].flatMap((what) => {
    const { label, strokes } =
      what === '#' ? hand.drawn() : { label: what, strokes: signStrokes(hand, what, widths[what] ?? 10, height) };
    const all = strokes.flat(),
      [x0, y0] = [0, 1].map((axis) => Math.min(...all.map((point) => point[axis])));
    const [x1, y1] = [0, 1].map((axis) => Math.max(...all.map((point) => point[axis])));
    const scale = what === '#' ? height / (y1 - y0 || 1) : 1,
      down = what === '#' ? -height / 2 - scale * y0 : 0,
      at = left - scale * x0;
    left += scale * (x1 - x0) + gap;
    expected += label;
    return strokes.map((stroke) => stroke.map(([x, y]) => [at + scale * x, down + scale * y]));
  });
  return { input, expected };
}
