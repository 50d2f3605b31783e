// glyphs.js — letters, digits and signs of handwriting fonts and of text faces, drawn once: what scenes are written and
// printed with besides pen strokes.
//
//     node src/dataset/glyphs.js [FOLDER]
//
// Writes two IDX files into FOLDER (data/glyphs by default) and prints it:
//   images.idx3-ubyte.gz  [n][48][48] ink, 255 full; every glyph stands with its origin at x = 8 on a baseline at y = 38, as
//                         large as makes the font's digits 28 pixels high
//   labels.idx2-ubyte.gz  [n][4]: ASCII code; font; 1 = handwriting, 0 = print; advance to the next glyph, pixels
// Glyphs of a font stand together, in the order of their codes. A glyph that does not fit, or that the font lacks, is not there.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { canvasLibrary, families, filesOf, textFaces } from './fonts/fonts.js';
import { encodeIdx } from '../../web/idx.js';

const SIDE = 48,
  ORIGIN = 8,
  BASELINE = 38,
  DIGIT_HEIGHT = 28;
const PRINTABLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));

/** @typedef {{ink: Uint8Array, label: [number, number, number, number]}} Glyph as in labels.idx2-ubyte.gz */

/**
 * The glyphs of one font file.
 * @param {string} path @param {number} font its number @param {boolean} handwriting
 * @returns {Glyph[]}
 */
export function drawGlyphs(path, font, handwriting) {
  const { createCanvas, GlobalFonts } = canvasLibrary();
  const family = `glyphs-${font}`,
    canvas = createCanvas(SIDE, SIDE),
    context = canvas.getContext('2d');
  GlobalFonts.registerFromPath(path, family);
  context.font = `100px "${family}"`;
  const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = context.measureText('0');
  if (!(up + down > 10)) return [];
  context.font = `${(100 * DIGIT_HEIGHT) / (up + down)}px "${family}"`;
  /** @type {Glyph[]} */
  const glyphs = [];
  for (const character of PRINTABLE) {
    const {
      width,
      actualBoundingBoxLeft: left,
      actualBoundingBoxRight: right,
      actualBoundingBoxAscent: ascent,
      actualBoundingBoxDescent: descent,
    } = context.measureText(character);
    if (left > ORIGIN || right > SIDE - ORIGIN || ascent > BASELINE || descent > SIDE - BASELINE || width > 255)
      continue;
    context.fillStyle = '#000';
    context.fillRect(0, 0, SIDE, SIDE);
    context.fillStyle = '#fff';
    context.fillText(character, ORIGIN, BASELINE);
    const { data } = context.getImageData(0, 0, SIDE, SIDE),
      ink = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i]);
    if (ink.every((value) => value < 64)) continue;
    glyphs.push({ ink, label: [character.charCodeAt(0), font, Number(handwriting), Math.round(width)] });
  }
  return glyphs;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder = 'data/glyphs'] = process.argv.slice(2);
  const files = [
    ...families().map((family) => ({ path: filesOf(family)[0], handwriting: true })),
    ...textFaces().flatMap((family) => filesOf(family).map((path) => ({ path, handwriting: false }))),
  ];
  const glyphs = files.flatMap(({ path, handwriting }, font) => drawGlyphs(path, font, handwriting));
  mkdirSync(folder, { recursive: true });
  /** @param {string} name @param {Uint8Array} file */
  const write = (name, file) => writeFileSync(join(folder, name), gzipSync(file));
  write('images.idx3-ubyte.gz', encodeIdx([glyphs.length, SIDE, SIDE], Buffer.concat(glyphs.map(({ ink }) => ink))));
  write('labels.idx2-ubyte.gz', encodeIdx([glyphs.length, 4], Buffer.from(glyphs.flatMap(({ label }) => label))));
  console.error(`glyphs: ${glyphs.length} of ${files.length} fonts`);
  console.log(folder);
}
