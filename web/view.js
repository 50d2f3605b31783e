// view.js — shows a reading: the digits, how sure each is, what the network saw, and how long it took.

import { glyph } from './glyphs.js';
import { percent, t } from './words.js';

/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {import('./engine.js').Digit} Digit */

const PAUSE = 700; // milliseconds without a new reading, before it is spoken

/** Some browsers' clocks tick only every millisecond. @param {number} ms */
const duration = (ms) => (ms < 0.1 ? t('under 1 ms') : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);

export class View {
  /** @type {Reading | null} */
  #reading = null;
  /** The digit that the bars are of: chosen by a click, or else the least sure one. */
  #chosen = -1;
  #unread = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saying;
  #at;

  /**
   * @param {Record<'result' | 'reading' | 'glyphs' | 'confidence' | 'which' | 'bars' | 'time' | 'said', HTMLElement>
   *   & {seen: HTMLCanvasElement, noDigit: HTMLButtonElement}} places where each part is shown
   * @param {(label: number, digit: Digit | null) => void} correct the digit shown, or ink that is not read, is this
   */
  constructor(places, correct) {
    this.#at = places;
    for (let label = 0; label < 10; label++) {
      const row = document.createElement('li'), button = document.createElement('button');
      button.setAttribute('aria-describedby', 'teach');
      button.append(String(label), document.createElement('i'), document.createElement('b'));
      button.addEventListener('click', () => correct(label, this.digit));
      row.append(button);
      places.bars.append(row);
    }
    places.noDigit.addEventListener('click', () => correct(10, this.digit));
    places.glyphs.addEventListener('click', ({ target }) => {
      this.#chosen = this.#buttons.findIndex((button) => button.contains(/** @type {Node} */ (target)));
      this.#detail();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#detail());
  }

  /** The digit whose bars are shown. @returns {Digit | null} */
  get digit() {
    const digits = this.#reading?.digits ?? [], sure = digits.map((digit) => digit.confidence);
    return digits[this.#chosen] ?? digits[sure.indexOf(Math.min(...sure))] ?? null;
  }

  get #buttons() { return [...this.#at.glyphs.querySelectorAll('button')]; }

  /** @param {Reading | null} reading @param {boolean} [unread] there is ink that could be read, and was not */
  show(reading, unread = false) {
    const text = reading?.text ?? '';
    this.#reading = reading;
    this.#unread = unread && !text;
    if (this.#at.reading.textContent !== text) {
      this.#chosen = -1;
      this.#at.reading.textContent = text;
      this.#write(text);
    }
    this.#at.time.textContent = text && reading ? t('Read in {time}', { time: duration(reading.ms) }) : '';
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
    const digits = this.#reading?.digits ?? [], digit = this.digit;
    const { result, confidence, which, noDigit } = this.#at;
    result.dataset.empty = String(!digit);
    result.dataset.unread = String(this.#unread);
    confidence.textContent = digit ? percent(digit.confidence) : '';
    which.textContent = digits.length < 2 || !digit ? t('sure') : t('sure of the {digit}', { digit: digit.label });
    this.#buttons.forEach((button, i) => {
      button.setAttribute('aria-pressed', String(digits[i] === digit));
      button.setAttribute('aria-label', t('{digit}, {sure} sure', { digit: digits[i].label, sure: percent(digits[i].confidence) }));
    });
    const can = Boolean(digit) || this.#unread;
    noDigit.disabled = !digit;
    [...this.#at.bars.querySelectorAll('button')].forEach((row, label) => {
      const share = digit?.probabilities[label] ?? 0;
      const [bar, value] = /** @type {HTMLElement[]} */ ([...row.children]);
      bar.style.setProperty('--share', String(share));
      value.textContent = digit ? percent(share) : '';
      row.disabled = !can;
      row.parentElement?.classList.toggle('best', label === digit?.label);
    });
    this.#draw(digit?.pixels);
    clearTimeout(this.#saying);
    this.#saying = setTimeout(() => this.#say(), PAUSE);
  }

  /** Tells a screen reader, once the reading has come to rest. */
  #say() {
    const { said, confidence } = this.#at, text = this.#reading?.text;
    said.textContent = text ? t('Read: {text}. Least sure: {sure}', { text, sure: confidence.textContent ?? '' })
      : this.#unread ? t('I cannot read this. What is it?') : '';
  }

  /** The network's 28 × 28 pixels, in this page's ink. @param {Uint8ClampedArray | undefined} pixels */
  #draw(pixels) {
    const { seen } = this.#at, context = /** @type {CanvasRenderingContext2D} */ (seen.getContext('2d'));
    context.clearRect(0, 0, seen.width, seen.height);
    if (!pixels) return; // styles are not asked for before the page needs them
    context.fillStyle = getComputedStyle(seen).color;
    pixels.forEach((ink, i) => {
      context.globalAlpha = ink / 255;
      context.fillRect(i % 28, Math.floor(i / 28), 1, 1);
    });
  }
}
