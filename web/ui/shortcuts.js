// shortcuts.js — the page's keys.

/**
 * @param {object} what
 * @param {HTMLDialogElement} what.dialog which has its own keys while it is open
 * @param {{letters: boolean}} what.settings letters: whether single letters are shortcuts (WCAG 2.1.4)
 * @param {() => import('../features/draw/pad.js').Pad | null} what.pad the pad, while it is shown
 * @param {Record<string, () => void>} what.keys what single letters do
 */
export function listenForShortcuts({ dialog, settings, pad, keys }) {
  document.addEventListener('keydown', (event) => {
    const { key, shiftKey, altKey, target } = event;
    const command = event.ctrlKey || event.metaKey;
    if (dialog.open || altKey || target instanceof HTMLSelectElement) return;
    const act = command
      ? padCommand(pad(), key.toLowerCase(), shiftKey)
      : ['Delete', 'Backspace', 'Escape'].includes(key)
        ? pad()?.clear
        : settings.letters
          ? keys[key.toLowerCase()]
          : undefined;
    if (!act) return;
    event.preventDefault();
    act.call(pad());
  });
}

/** @param {import('../features/draw/pad.js').Pad | null} pad @param {string} letter @param {boolean} shift */
function padCommand(pad, letter, shift) {
  if (letter === 'z') return shift ? pad?.redo : pad?.undo;
  return letter === 'y' ? pad?.redo : undefined;
}
