// learnt.js — the list of corrections: seen, taken back one by one, exported, imported, forgotten. Loaded when opened.

import { inkColour, title } from './sheet.js';
import { t } from './words.js';

/** @typedef {import('./corrections.js').Corrections} Corrections */

/** @param {string} name @param {(event: Event) => void} act */
function button(name, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = t(name);
  made.addEventListener('click', act);
  return made;
}

/** @param {Uint8Array} pixels 28×28 bytes of ink */
function picture(pixels) {
  const canvas = Object.assign(document.createElement('canvas'), { width: 28, height: 28 });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = inkColour();
  pixels.forEach((ink, i) => {
    context.globalAlpha = ink / 255;
    context.fillRect(i % 28, Math.floor(i / 28), 1, 1);
  });
  canvas.setAttribute('aria-hidden', 'true');
  return canvas;
}

/** What a label is called. @param {number} label */
const named = (label) => (label > 9 ? t('No digit') : String(label));

/**
 * Shows the list in the dialog. changed: called after each change, so that the reader is taught anew.
 * @param {HTMLDialogElement} dialog @param {Corrections} corrections @param {() => Promise<void>} changed
 */
export function showLearnt(dialog, corrections, changed) {
  const list = document.createElement('ul'), said = document.createElement('p');
  const forms = document.createElement('div'), input = document.createElement('input'), choose = document.createElement('label');
  list.className = 'learnt';
  said.setAttribute('role', 'status');
  Object.assign(input, { type: 'file', multiple: true, id: 'import' });
  choose.className = 'button';
  choose.append(t('Import'), input);
  forms.className = 'tools';

  /** @param {() => Promise<string>} work what it says in the end */
  const act = (work) => async () => {
    try {
      const text = await work();
      await changed();
      fill();
      said.textContent = text;
    } catch (error) {
      said.textContent = t(/** @type {Error} */ (error).message);
    }
  };
  const save = button('Export', () => {
    for (const [name, bytes] of Object.entries(corrections.export())) {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([bytes]));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }
  });
  const forget = button('Forget everything', act(async () => {
    await corrections.clear();
    return t('All is forgotten.');
  }));
  input.addEventListener('change', act(async () => {
    const files = await Promise.all([...input.files ?? []].map(async (file) => new Uint8Array(await file.arrayBuffer())));
    input.value = '';
    return t('{n} corrections were added.', { n: await corrections.import(files) });
  }));

  function fill() {
    const none = !corrections.list.length;
    save.disabled = forget.disabled = none;
    list.replaceChildren(...corrections.list.map(({ id, label, pixels }) => {
      const item = document.createElement('li'), text = document.createElement('b');
      text.textContent = named(label);
      const back = button('Take back', act(async () => {
        await corrections.remove(id);
        queueMicrotask(() => (list.querySelector('button') ?? choose.querySelector('input'))?.focus());
        return t('Taken back.');
      }));
      back.setAttribute('aria-label', `${t('Take back')}: ${named(label)}`);
      item.append(picture(pixels), text, back);
      return item;
    }));
    said.textContent = none ? t('Nothing yet. When a digit is read wrong, tap what it is: I learn it at once.')
      : corrections.lasting ? t('Kept on this device alone.')
      : t('This browser keeps nothing: it will be forgotten when the page is closed.');
  }

  forms.append(save, choose, forget);
  dialog.replaceChildren(title(dialog, t('What it learnt')), said, list, forms);
  fill();
}
