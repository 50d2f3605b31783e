// keys.js — the list of keyboard shortcuts, in a dialog.

import en from '../i18n/en/keys.js';
import { translator } from '../i18n/i18n.js';
import { title } from './dialog.js';

const t = translator(en);

/** Keys, and what they do. @type {[string[], keyof typeof en][]} */
const KEYS = [
  [['D', 'P', 'C'], 'keys.tabs'],
  [['Ctrl Z', 'Ctrl Shift Z'], 'keys.undo'],
  [['Delete', 'Esc'], 'keys.clear'],
  [['←', '↑', '→', '↓'], 'keys.move'],
  [['Home', 'PgUp', 'End', 'PgDn'], 'keys.diagonal'],
  [['keys.space'], 'keys.pen'],
  [['?'], 'keys.help'],
];

/**
 * @param {HTMLDialogElement} dialog
 * @param {{letters: boolean}} settings letters: whether single letters are shortcuts
 */
export function showKeys(dialog, settings) {
  const list = document.createElement('dl');
  const label = document.createElement('label');
  const letters = document.createElement('input');
  for (const [keys, act] of KEYS) {
    const names = document.createElement('dt');
    const what = document.createElement('dd');
    for (const key of keys) {
      const name = document.createElement('kbd');
      name.textContent = key === 'keys.space' ? t(key) : key;
      names.append(name, ' ');
    }
    what.textContent = t(act);
    list.append(names, what);
  }
  letters.type = 'checkbox';
  letters.checked = settings.letters;
  letters.addEventListener('change', () => {
    settings.letters = letters.checked;
  });
  label.append(letters, ` ${t('keys.letters')}`);
  dialog.replaceChildren(title(dialog, t('keys.title')), list, label);
}
