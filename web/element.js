// element.js — the page that shows <digit-pad>: what is read appears beside it.
const pad = /** @type {import('./digit-pad.js').DigitPad} */ (document.querySelector('digit-pad'));
pad.addEventListener('input', () => {
  /** @type {HTMLOutputElement} */ (document.querySelector('output')).value = pad.value;
});
