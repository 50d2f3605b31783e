// view.js — shows a reading: the digits, how sure each is, what the network saw, and how long it took.

import { glyph } from './glyphs.js';

/** @typedef {import('./engine.js').Reading} Reading */

/** Rounded down, and never 100 %: no reading is certain. @param {number} share */
const percent = (share) => `${Math.min(Math.floor(share * 1000) / 10, 99.9).toFixed(1)} %`;

/** Some browsers' clocks tick only every millisecond. @param {number} ms */
const duration = (ms) => (ms < 0.1 ? 'under 1 ms' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);

export class View {
  /** @type {Reading | null} */
  #reading = null;
  /** The digit that the bars are of: chosen by a click, or else the least sure one. */
  #chosen = -1;
  #at;

  /**
   * @param {Record<'result' | 'reading' | 'glyphs' | 'confidence' | 'which' | 'bars' | 'time', HTMLElement>
   *   & {seen: HTMLCanvasElement}} places where each part is shown
   */
  constructor(places) {
    this.#at = places;
    for (let label = 0; label < 10; label++) {
      const row = document.createElement('li');
      row.append(String(label), document.createElement('i'), document.createElement('b'));
      places.bars.append(row);
    }
    places.glyphs.addEventListener('click', ({ target }) => {
      this.#chosen = this.#buttons.findIndex((button) => button.contains(/** @type {Node} */ (target)));
      this.#detail();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#detail());
  }

  get #buttons() { return [...this.#at.glyphs.querySelectorAll('button')]; }

  /** @param {Reading | null} reading */
  show(reading) {
    const text = reading?.text ?? '';
    this.#reading = reading;
    if (this.#at.reading.textContent !== text) {
      this.#chosen = -1;
      this.#at.reading.textContent = text;
      this.#write(text);
    }
    this.#at.time.textContent = text && reading ? `Read in ${duration(reading.ms)}` : '';
    this.#detail();
  }

  /** Sets the text in glyphs, a button for each digit; those that stay are left alone, the others write themselves.
   * @param {string} text */
  #write(text) {
    const { glyphs } = this.#at, nodes = [...glyphs.childNodes];
    [...text].forEach((char, i) => {
      const old = nodes[i];
      if (old && (old instanceof HTMLElement ? old.dataset.label : old.textContent) === char) return;
      /** @type {Text | HTMLButtonElement} */
      let node = document.createTextNode(char);
      if (char.trim()) {
        node = document.createElement('button');
        node.type = 'button';
        node.dataset.label = char;
        node.append(glyph(Number(char)));
      }
      if (old) old.replaceWith(node);
      else glyphs.append(node);
    });
    for (const node of nodes.slice(text.length)) node.remove();
    const size = [1, 4, 12].findIndex((most) => text.length <= most);
    glyphs.dataset.size = ['one', 'few', 'some'][size] ?? 'many';
  }

  #detail() {
    const digits = this.#reading?.digits ?? [], sure = digits.map((digit) => digit.confidence);
    const at = digits[this.#chosen] ? this.#chosen : sure.indexOf(Math.min(...sure));
    const digit = digits[at];
    this.#at.result.dataset.empty = String(!digit);
    this.#at.confidence.textContent = digit ? percent(digit.confidence) : '';
    this.#at.which.textContent = digits.length < 2 ? 'sure' : `sure of the ${digit.label}`;
    this.#buttons.forEach((button, i) => {
      button.setAttribute('aria-pressed', String(i === at));
      button.setAttribute('aria-label', `${digits[i].label}, ${percent(digits[i].confidence)} sure`);
    });
    [...this.#at.bars.children].forEach((row, label) => {
      const share = digit?.probabilities[label] ?? 0;
      const [bar, value] = /** @type {HTMLElement[]} */ ([...row.children]);
      bar.style.setProperty('--share', String(share));
      value.textContent = digit ? percent(share) : '';
      row.classList.toggle('best', label === digit?.label);
    });
    this.#draw(digit?.pixels);
  }

  /** The network's 28 × 28 pixels, in this page's ink. @param {Uint8ClampedArray | undefined} pixels */
  #draw(pixels) {
    const { seen } = this.#at, context = /** @type {CanvasRenderingContext2D} */ (seen.getContext('2d'));
    context.clearRect(0, 0, seen.width, seen.height);
    context.fillStyle = getComputedStyle(seen).color;
    pixels?.forEach((ink, i) => {
      context.globalAlpha = ink / 255;
      context.fillRect(i % 28, Math.floor(i / 28), 1, 1);
    });
  }
}
