// sheet.js — what all sheets above the page share: a title with a button that closes, and the colour of ink.

import { t } from './words.js';

/** @param {HTMLDialogElement} dialog @param {string} text */
export function title(dialog, text) {
  const bar = document.createElement('header'), heading = document.createElement('h2'), close = document.createElement('button');
  heading.id = 'sheet-title';
  heading.textContent = text;
  close.type = 'button';
  close.textContent = t('Close');
  close.addEventListener('click', () => dialog.close());
  bar.append(heading, close);
  return bar;
}

/** As the page has it now, by day or by night. */
export const inkColour = () => getComputedStyle(document.documentElement).getPropertyValue('--ink');
