// glyphs.js — digits and signs as one clean pen line each, the way a copybook shows them: the reading is set in them,
// and so are the labels over pictures. A digit lies in a box of 60 × 100; a sign in the middle half of one.

/** @type {Record<string, string>} */
export const GLYPHS = {
  0: 'M30 8C13 8 8 29 8 50S13 92 30 92 52 71 52 50 47 8 30 8Z',
  1: 'M15 27 35 8V92',
  2: 'M9 30C9 17 18 8 31 8S52 17 52 30C52 48 26 60 9 92H53',
  3: 'M10 21C14 13 21 8 30 8C42 8 50 16 50 28S41 47 27 47C43 47 53 55 53 69S43 92 30 92C19 92 11 87 7 78',
  4: 'M42 92V8L7 68H55',
  5: 'M49 8H17L12 46C17 41 23 38 30 38C44 38 53 49 53 65S43 92 29 92C19 92 11 87 7 78',
  6: 'M45 10C22 22 8 42 8 66C8 82 17 92 30 92S52 82 52 67 43 43 31 43 8 53 8 66',
  7: 'M8 8H53L24 92',
  8: 'M30 46C18 46 10 39 10 27S18 8 30 8 50 16 50 27 42 46 30 46C16 46 7 55 7 69S16 92 30 92 53 83 53 69 44 46 30 46Z',
  9: 'M15 90C38 78 52 58 52 34C52 18 43 8 30 8S8 18 8 33 17 57 29 57 52 47 52 34',
  '.': 'M30 91v.1',
  ',': 'M33 86 27 104',
  '-': 'M17 54H43',
  '/': 'M46 8 14 100',
  ':': 'M30 40v.1M30 84v.1',
};

/** @param {string} char */
export const isDigit = (char) => char >= '0' && char <= '9';

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} char @returns {SVGSVGElement} drawn by strokes of the text's colour (styles.css) */
export function glyph(char) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', isDigit(char) ? '0 0 60 100' : '15 0 30 100');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', GLYPHS[char] ?? '');
  path.setAttribute('pathLength', '1'); // so that one animation writes them all
  svg.append(path);
  return svg;
}
