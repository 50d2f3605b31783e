// think.js — the look inside: the picture that the network gets, what each layer makes of it, what speaks for the answer,
// and the model card. Loaded when opened.

import { inkColour, title } from './sheet.js';
import { percent, t } from './words.js';

/** @typedef {import('./engine.js').Digit} Digit */
/** @typedef {import('./explain.js').Explanation} Explanation */
/** @typedef {import('./explain.js').Evidence} Evidence */

const SIDE = 28;
const AGAINST = '#d8483f';

/** @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {string} [text] @param {string} [className] */
function make(tag, text = '', className = '') {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}

/**
 * Squares of ink.
 * @param {number} width @param {number} height
 * @param {(x: number, y: number) => number} strength -1..1; below 0 in red
 */
function paint(width, height, strength) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')), ink = inkColour();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = strength(x, y);
      context.globalAlpha = Math.min(Math.abs(value), 1);
      context.fillStyle = value < 0 ? AGAINST : ink;
      context.fillRect(x, y, 1, 1);
    }
  }
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {string} text */
function figure(canvas, text) {
  const made = make('figure');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', text);
  made.append(canvas, make('figcaption', text));
  return made;
}

/** @param {number} ms */
const time = (ms) => (ms <= 0 ? '' : `${(1000 * ms).toFixed(ms < 0.01 ? 1 : 0)} µs`);

/** What a layer does, in a sentence. @param {number} i @param {Explanation['layers']} layers */
function explained(i, layers) {
  const { width, channels } = layers[i], before = layers[i - 1];
  if (!before) return t('{n} small filters look for strokes in every place: edges, ends, slants. Dark is where one found its own.', { n: channels });
  if (width < before.width) return t('Of each small square only the strongest answer is kept: it no longer matters so much where a stroke lay.');
  return t('{n} filters look at what the layer before found, and find more: bows, corners, crossings.', { n: channels });
}

/**
 * @param {HTMLDialogElement} dialog @param {Digit} digit @param {Explanation} explanation
 * @param {Record<string, string>} card the model card
 */
export function showThinking(dialog, digit, { layers, answer, other, ms }, card) {
  const seen = make('div', '', 'inside');
  /** @type {HTMLElement[]} */
  const parts = [title(dialog, t('How it thinks')),
    make('p', t('From ink to answer in {n} steps, {time} in all. Every number here was computed just now, on this device.',
      { n: layers.length + 1, time: time(ms) }))];

  parts.push(make('h3', t('What it gets')), make('p', t('Your digit, 28 × 28 squares large, in the middle, as high as all others.')), seen);
  /** @param {ArrayLike<number>} ink @param {number} most */
  const picture = (ink, most) => paint(SIDE, SIDE, (x, y) => ink[y * SIDE + x] / most);
  seen.append(figure(picture(digit.pixels, 255), t('The picture')));
  for (const { label, ink } of [answer, other]) {
    const share = percent(digit.probabilities[label]);
    seen.append(figure(picture(ink, 1), label === answer.label ? t('What speaks for the {digit} ({share})', { digit: label, share })
      : t('What speaks for the runner-up, the {digit} ({share})', { digit: label, share })));
  }
  parts.push(make('p', t('Blue: without this ink the digit would lead by less. Red: it would lead by more.')));

  layers.forEach((layer, i) => {
    const { width, height, channels, activations } = layer, name = make('h3', t('Step {n}', { n: i + 1 }));
    name.append(make('small', `${channels} × ${height} × ${width}   ${time(layer.ms)}`));
    const most = Math.max(...activations, 1), maps = make('div', '', 'maps');
    maps.setAttribute('role', 'img');
    maps.setAttribute('aria-label', t('What {n} filters found', { n: channels }));
    for (let channel = 0; channel < channels; channel++) {
      const map = paint(width, height, (x, y) => activations[(y * width + x) * channels + channel] / most);
      map.style.setProperty('--i', String(channel));
      maps.append(map);
    }
    parts.push(name, make('p', explained(i, layers)), maps);
  });

  parts.push(make('h3', t('Step {n}', { n: layers.length + 1 })),
    make('p', t('All that was found is weighed for each digit. The heaviest wins: {digit}, {share}.',
      { digit: answer.label, share: percent(digit.probabilities[answer.label]) })));
  const list = make('dl');
  list.append(...Object.entries(card).filter(([name]) => name !== 'config').flatMap(([name, value]) => [make('dt', name.replaceAll('_', ' ')), make('dd', value)]));
  parts.push(make('h3', t('The network')), list);
  dialog.replaceChildren(...parts);
}
