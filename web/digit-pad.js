// digit-pad.js — a field to write digits in, for any page:
//
//     <script type="module" src="digit-pad.js"></script>
//     <digit-pad name="amount" label="Amount"></digit-pad>
//
// Its value is what was read; 'input' tells that it has changed, and element.reading says the rest; 'error' tells that
// the reader could not be loaded. In a form it takes part as any other field does. base: the folder of the .wasm files,
// seen from this module, and by default this module's own.

import { loadDigits } from './engine.js';
import { Pad } from './features/draw/pad.js';

/** @typedef {import('./engine.js').Digits} Digits */
/** @typedef {import('./engine.js').Reading} Reading */

/** One reader for all pads of a folder. @type {Map<string, Promise<Digits>>} */
const readers = new Map();

const style = new CSSStyleSheet();
style.replaceSync(`
  :host {
    display: inline-block;
    position: relative;
    width: 20rem;
    height: 10rem;
    border: 1px solid;
    border-radius: 8px;
    color: inherit;
  }
  canvas {
    display: block;
    width: 100%;
    height: 100%;
    border-radius: inherit;
    cursor: crosshair;
    touch-action: none;
    user-select: none;
  }
  [role=status] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`);

export class DigitPad extends HTMLElement {
  static formAssociated = true;
  #internals = this.attachInternals();
  /** @type {Pad | null} */
  #pad = null;
  /** What was read last. @type {Reading | null} */
  reading = null;

  connectedCallback() {
    if (this.#pad) return;
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    const canvas = document.createElement('canvas');
    const status = document.createElement('div');
    root.adoptedStyleSheets = [style];
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application'); // the arrow keys move a pen
    canvas.setAttribute('aria-label', this.getAttribute('label') ?? 'Write digits here');
    status.setAttribute('role', 'status');
    root.append(canvas, status);
    this.#pad = new Pad(
      canvas,
      () => this.#read(),
      (down) => {
        status.textContent = down ? 'The pen is down.' : 'The pen is up.';
      },
    );
    this.addEventListener('input', () => {
      status.textContent = this.value;
    });
    this.reader.catch(() => {}); // said at the first stroke, if it fails again
  }

  formResetCallback() {
    this.clear();
  }

  /** The digits read, '' when there are none. */
  get value() {
    return this.reading?.text ?? '';
  }

  /**
   * The reader behind the pad, for those who want more of it; of pictures after its loadImages().
   * @returns {Promise<Digits>}
   */
  get reader() {
    const base = this.getAttribute('base') ?? './';
    const known = readers.get(base);
    if (known) return known;
    const loading = loadDigits({ base, images: false });
    readers.set(base, loading);
    loading.catch(() => readers.delete(base)); // the next stroke tries again
    return loading;
  }

  undo() {
    this.#pad?.undo();
  }

  clear() {
    this.#pad?.clear();
  }

  async #read() {
    let digits;
    try {
      digits = await this.reader;
    } catch (error) {
      return this.dispatchEvent(new ErrorEvent('error', { error, message: error.message }));
    }
    const before = this.value;
    this.reading = digits.readStrokes(this.#pad?.strokes ?? []);
    if (this.value === before) return;
    this.#internals.setFormValue(this.value);
    this.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, data: this.value }));
  }
}

customElements.define('digit-pad', DigitPad);
