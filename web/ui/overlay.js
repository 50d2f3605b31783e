// overlay.js — draws a reading over the picture it was read from.

import { GLYPHS } from './glyphs.js';

/** @typedef {import('../engine.js').Reading} Reading */

const INK = '#1d3fbb';
const PAPER = '#fff'; // on any picture, whatever the page's colours

/**
 * Draws the box of everything read, and what it was read as. Canvas and picture fill the same place, the picture within
 * it (object-fit: contain).
 * @param {HTMLCanvasElement} canvas @param {Reading | null} reading
 * @param {{width: number, height: number}} picture its size in the pixels that the boxes count
 */
export function drawOverlay(canvas, reading, picture) {
  const ratio = devicePixelRatio;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
  const gap = 3 * ratio;
  context.translate((canvas.width - scale * picture.width) / 2, (canvas.height - scale * picture.height) / 2);
  context.lineJoin = context.lineCap = 'round';
  const marks = [
    ...(reading?.digits.map(({ label, box }) => ({ box, char: String(label) })) ?? []),
    ...(reading?.signs.map(({ sign, box }) => ({ box, char: sign })) ?? []),
  ];
  for (const { box, char } of marks) {
    const [x, y, width, height] = box.map((side) => side * scale);
    context.beginPath();
    context.roundRect(x - gap, y - gap, width + 2 * gap, height + 2 * gap, 4 * ratio);
    context.strokeStyle = PAPER;
    context.lineWidth = 4 * ratio;
    context.stroke();
    context.strokeStyle = INK;
    context.lineWidth = 2 * ratio;
    context.stroke();
    drawTag(context, char, x - gap, y - gap, Math.min(Math.max(height * 0.4, 18 * ratio), 44 * ratio));
  }
}

/**
 * A digit or sign on a tag above the box's left corner, or on it where the picture begins.
 * @param {CanvasRenderingContext2D} context
 * @param {string} char @param {number} x @param {number} bottom @param {number} height
 */
function drawTag(context, char, x, bottom, height) {
  const top = Math.max(bottom - height, 0);
  const left = Math.max(x, 0);
  context.save();
  context.translate(left, top);
  context.scale(height / 140, height / 140); // the glyph's 60 × 100 and 20 around it
  context.beginPath();
  context.roundRect(0, 0, 100, 140, 18);
  context.fillStyle = INK;
  context.fill();
  context.translate(20, 20);
  context.strokeStyle = PAPER;
  context.lineWidth = 12;
  context.stroke(new Path2D(GLYPHS[char]));
  context.restore();
}
