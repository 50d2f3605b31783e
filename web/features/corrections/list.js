// list.js — the list of corrections, in a dialog: seen, removed one by one or all, exported, imported.

import en from '../../i18n/en/corrections.js';
import { translator } from '../../i18n/i18n.js';
import { inkColour, title } from '../../ui/dialog.js';

/** @typedef {import('./store.js').CorrectionStore} CorrectionStore */

const t = translator(en);

/** @param {keyof typeof en} name @param {(event: Event) => void} act */
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
const named = (label) => (label > 9 ? t('corrections.notDigit') : String(label));

/**
 * Shows the list in the dialog. changed: called after each change, so that the reader learns the list anew.
 * @param {HTMLDialogElement} dialog @param {CorrectionStore} corrections @param {() => Promise<void>} changed
 */
export function showList(dialog, corrections, changed) {
  const list = document.createElement('ul');
  const said = document.createElement('p');
  const forms = document.createElement('div');
  const input = document.createElement('input');
  const choose = document.createElement('label');
  list.className = 'corrections';
  said.setAttribute('role', 'status');
  Object.assign(input, { type: 'file', multiple: true, id: 'import' });
  choose.className = 'button';
  choose.append(t('corrections.import'), input);
  forms.className = 'tools';

  /** @param {() => Promise<string>} work what it says in the end */
  const act = (work) => async () => {
    try {
      const text = await work();
      await changed();
      fill();
      said.textContent = text;
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
    }
  };
  const save = button('corrections.export', () => {
    for (const [name, bytes] of Object.entries(corrections.export())) {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([bytes]));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }
  });
  const removeAll = button(
    'corrections.removeAll',
    act(async () => {
      await corrections.clear();
      return t('corrections.removedAll');
    }),
  );
  input.addEventListener(
    'change',
    act(async () => {
      const files = await Promise.all(
        [...(input.files ?? [])].map(async (file) => new Uint8Array(await file.arrayBuffer())),
      );
      input.value = '';
      return t('corrections.added', { n: await corrections.import(files) });
    }),
  );

  function fill() {
    const none = !corrections.list.length;
    save.disabled = removeAll.disabled = none;
    list.replaceChildren(
      ...corrections.list.map(({ id, label, pixels }) => {
        const item = document.createElement('li');
        const text = document.createElement('b');
        text.textContent = named(label);
        const remove = button(
          'corrections.remove',
          act(async () => {
            await corrections.remove(id);
            queueMicrotask(() => (list.querySelector('button') ?? choose.querySelector('input'))?.focus());
            return t('corrections.removed');
          }),
        );
        remove.setAttribute('aria-label', `${t('corrections.remove')}: ${named(label)}`);
        item.append(picture(pixels), text, remove);
        return item;
      }),
    );
    said.textContent = none
      ? t('corrections.none')
      : corrections.lasting
        ? t('corrections.stored')
        : t('corrections.notKept');
  }

  forms.append(save, choose, removeAll);
  dialog.replaceChildren(title(dialog, t('corrections.title')), said, list, forms);
  fill();
}
