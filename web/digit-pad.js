// digit-pad.js — a field to write digits in, for any page:
//
//     <script type="module" src="digit-pad.js"></script>
//     <digit-pad name="amount"></digit-pad>
//
// Its value is what was read; 'input' tells that it has changed, and element.reading says the rest. In a form it takes
// part as any other field does. base: the folder of the .wasm files, if not this module's.

import { loadDigits } from './engine.js';
import { Pad } from './ink.js';

/** @typedef {import('./engine.js').Digits} Digits */
/** @typedef {import('./engine.js').Reading} Reading */

/** One reader for all pads of a folder. @type {Map<string, Promise<Digits>>} */
const readers = new Map();

const style = new CSSStyleSheet();
style.replaceSync(`
  :host { display: inline-block; width: 20rem; height: 10rem; border: 1px solid; border-radius: 8px; color: inherit; }
  canvas { width: 100%; height: 100%; display: block; touch-action: none; user-select: none; cursor: crosshair; border-radius: inherit; }
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
    const root = this.attachShadow({ mode: 'open' }), canvas = document.createElement('canvas');
    root.adoptedStyleSheets = [style];
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-label', this.getAttribute('aria-label') ?? 'Write digits here');
    root.append(canvas);
    this.#pad = new Pad(canvas, () => this.#read(), () => {});
  }

  /** The digits read, '' when there are none. */
  get value() { return this.reading?.text ?? ''; }

  /** The reader behind the pad, for those who want more of it. @returns {Promise<Digits>} */
  get reader() {
    const base = this.getAttribute('base') ?? './';
    const loading = readers.get(base) ?? loadDigits({ base });
    readers.set(base, loading);
    return loading;
  }

  undo() { this.#pad?.undo(); }

  clear() { this.#pad?.clear(); }

  async #read() {
    const digits = await this.reader, before = this.value;
    this.reading = digits.readStrokes(this.#pad?.strokes ?? []);
    this.#internals.setFormValue(this.value);
    if (this.value !== before) this.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, data: this.value }));
  }
}

customElements.define('digit-pad', DigitPad);
