// fonts.js — handwriting fonts as pictures to train on: digits in more hands than MNIST's, and letters and signs, which
// are no digits. Most of these fonts were made from somebody's own writing. Text faces, for print, stand beside them.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { NO_DIGIT } from '../overlaps.js';

const require = createRequire(import.meta.url);
const DIGITS = '0123456789';
/** Without those that many people write like a digit: b B g i I l o O q s S z Z. */
const LETTERS = 'ACDEFGHJKLMNPQRTUVWXYacdefhjkmnprtuvwxy';
const SIGNS = '&?+=*#%@$€!<>{}^~äéßΔΣΩ';
const SIDE = 160; // of the canvas, pixels
const HEIGHT = 88; // of the letters, pixels

/** What draws them; installed with the fonts, and only then there. @returns {typeof import('@napi-rs/canvas')} */
export const canvasLibrary = () => require('@napi-rs/canvas');

const TEXT_FACES = [
  'courier-prime',
  'libre-baskerville',
  'merriweather',
  'open-sans',
  'oswald',
  'pt-serif',
  'roboto',
  'roboto-condensed',
  'source-code-pro',
  'special-elite',
].map((name) => `@fontsource/${name}`);
const installed = () =>
  Object.keys(require('./package.json').dependencies).filter((name) => name.startsWith('@fontsource/'));

/** The families of handwriting that package.json names. */
export const families = () => installed().filter((family) => !TEXT_FACES.includes(family));

/** The faces for print that it names. */
export const textFaces = () => installed().filter((family) => TEXT_FACES.includes(family));

/** A family's files with latin letters: the weight nearest to regular, then bold if there is one. @param {string} family */
export function filesOf(family) {
  const folder = require.resolve(`${family}/package.json`).replace('package.json', 'files/');
  const files = readdirSync(folder)
    .filter((name) => /-latin-\d+-normal\.woff2$/.test(name))
    .sort();
  const regular = files.find((name) => name.includes('-400-')) ?? files[0],
    bold = files.find((name) => name.includes('-700-'));
  return [regular, ...(bold && bold !== regular ? [bold] : [])].map((name) => folder + name);
}

/**
 * Each font's characters, each a few times: turned, slanted, stretched, and with another pen.
 * @param {import('../../../web/engine.js').Digits} digits @param {() => number} random @param {string[]} [of] families
 * @returns {Generator<[Uint8Array, number]>} 784 bytes of ink, and what they show
 */
export function* fonts(digits, random, of = families()) {
  const { createCanvas, GlobalFonts } = canvasLibrary();
  const canvas = createCanvas(SIDE, SIDE),
    context = canvas.getContext('2d');
  /** @param {number} most */
  const around = (most) => most * (2 * random() - 1);
  for (const family of of) {
    GlobalFonts.registerFromPath(filesOf(family)[0], family);
    for (const [characters, times] of /** @type {[string, number][]} */ ([
      [DIGITS, 5],
      [LETTERS, 2],
      [SIGNS, 1],
    ])) {
      for (const character of characters.repeat(times)) {
        context.resetTransform();
        context.fillStyle = '#000';
        context.fillRect(0, 0, SIDE, SIDE);
        context.translate(SIDE / 2, SIDE / 2);
        context.rotate(around(0.1));
        context.transform(1 + around(0.2), 0, around(0.2), 1, 0, 0);
        context.font = `${HEIGHT}px "${family}"`;
        context.textAlign = 'center';
        context.textBaseline = 'middle';
        context.fillStyle = context.strokeStyle = '#fff';
        context.fillText(character, 0, 0);
        context.lineWidth = 6 * random();
        if (random() < 0.5) context.strokeText(character, 0, 0);
        const { data } = context.getImageData(0, 0, SIDE, SIDE);
        const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i]);
        if (ink.every((value) => value === 0)) continue; // the font lacks this sign
        yield [digits.normalizeInk(ink, SIDE, SIDE), characters === DIGITS ? Number(character) : NO_DIGIT];
      }
    }
  }
}
