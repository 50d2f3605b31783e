// panel.js — how a digit was read, in a dialog: what the network sees, the activations of its layers, the evidence for
// the answer, and the model card.

import en from '../../i18n/en/explain.js';
import { percent, translator } from '../../i18n/i18n.js';
import { inkColour, title } from '../../ui/dialog.js';

/** @typedef {import('../../engine.js').Digit} Digit */
/** @typedef {import('./explain.js').Explanation} Explanation */
/** @typedef {import('./explain.js').Evidence} Evidence */

const t = translator(en);
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
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const ink = inkColour();
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

/** What a layer does, in a sentence. @param {number} i @param {Explanation['layers']} layers */
function explained(i, layers) {
  const { width } = layers[i];
  const before = layers[i - 1];
  if (!before) return t('explain.filters');
  if (width < before.width) return t('explain.pool');
  return t('explain.combine');
}

/**
 * @param {HTMLDialogElement} dialog @param {Digit} digit @param {Explanation} explanation
 * @param {Record<string, string>} card the model card
 */
export function showExplanation(dialog, digit, { layers, answer, other }, card) {
  const seen = make('div', '', 'evidence');
  /** @type {HTMLElement[]} */
  const parts = [title(dialog, t('explain.title')), make('p', t('explain.intro'))];

  parts.push(make('h3', t('explain.input')), make('p', t('explain.inputText')), seen);
  /** @param {ArrayLike<number>} ink @param {number} max */
  const picture = (ink, max) => paint(SIDE, SIDE, (x, y) => ink[y * SIDE + x] / max);
  seen.append(figure(picture(digit.pixels, 255), t('explain.picture')));
  for (const { label, ink } of [answer, other]) {
    const share = percent(digit.probabilities[label]);
    seen.append(
      figure(
        picture(ink, 1),
        label === answer.label
          ? t('explain.evidence', { digit: label, share })
          : t('explain.runnerUp', { digit: label, share }),
      ),
    );
  }
  parts.push(make('p', t('explain.legend')));

  layers.forEach((layer, i) => {
    const { width, height, channels, activations } = layer;
    const name = make('h3', t('explain.step', { n: i + 1 }));
    name.append(make('small', `${channels} × ${height} × ${width}`));
    const max = Math.max(...activations, 1);
    const maps = make('div', '', 'maps');
    maps.setAttribute('role', 'img');
    maps.setAttribute('aria-label', t('explain.found', { n: i + 1 }));
    for (let channel = 0; channel < channels; channel++) {
      const map = paint(width, height, (x, y) => activations[(y * width + x) * channels + channel] / max);
      map.style.setProperty('--i', String(channel));
      maps.append(map);
    }
    parts.push(name, make('p', explained(i, layers)), maps);
  });

  parts.push(
    make('h3', t('explain.step', { n: layers.length + 1 })),
    make('p', t('explain.output', { digit: answer.label, share: percent(digit.probabilities[answer.label]) })),
  );
  const list = make('dl');
  list.append(
    ...Object.entries(card)
      .filter(([name]) => name !== 'config')
      .flatMap(([name, value]) => [make('dt', name.replaceAll('_', ' ')), make('dd', value)]),
  );
  parts.push(make('h3', t('explain.network')), list);
  dialog.replaceChildren(...parts);
}
