// dialog.js — what all dialogs above the page share: a title with a button that closes, and the colour of ink.

import { translator } from '../i18n/i18n.js';
import en from '../i18n/en/dialog.js';

const t = translator(en);

/** @param {HTMLDialogElement} dialog @param {string} text */
export function title(dialog, text) {
  const bar = document.createElement('header');
  const heading = document.createElement('h2');
  const close = document.createElement('button');
  heading.id = 'dialog-title';
  heading.textContent = text;
  close.type = 'button';
  close.textContent = t('dialog.close');
  close.addEventListener('click', () => dialog.close());
  bar.append(heading, close);
  return bar;
}

/** As the page has it now, by day or by night. */
export const inkColour = () => getComputedStyle(document.documentElement).getPropertyValue('--ink');
