// result.js — shows a reading: the digits, the confidence of each, what the network saw, and how long it took.

import en from '../i18n/en/app.js';
import { percent, translator } from '../i18n/i18n.js';
import { glyph, isDigit } from './glyphs.js';

/** @typedef {import('../engine.js').Reading} Reading */
/** @typedef {import('../engine.js').Digit} Digit */

const PAUSE = 700; // milliseconds without a new reading, before it is spoken
const WIDTHS = { digit: 0.76, sign: 0.4, space: 0.3 }; // in em, as styles.css sets them
const t = translator(en);

/** Some browsers' clocks tick only every millisecond. @param {number} ms */
const duration = (ms) => (ms < 0.1 ? t('result.instant') : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);

/** How wide a text is in glyphs, in em. @param {string} text */
const widthOf = (text) =>
  [...text].reduce((sum, char) => sum + (char === ' ' ? WIDTHS.space : isDigit(char) ? WIDTHS.digit : WIDTHS.sign), 0);

export class ResultView {
  /** @type {Reading | null} */
  #reading = null;
  /** The digit that the bars are of: chosen by a click, or else the one of least confidence. */
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
      const row = document.createElement('li');
      const button = document.createElement('button');
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
    const digits = this.#reading?.digits ?? [];
    const confidences = digits.map((digit) => digit.confidence);
    return digits[this.#chosen] ?? digits[confidences.indexOf(Math.min(...confidences))] ?? null;
  }

  get #buttons() {
    return [...this.#at.glyphs.querySelectorAll('button')];
  }

  /**
   * @param {Reading | null} reading
   * @param {{unread?: boolean, past?: boolean}} [state] unread: there is ink that could be read, and was not; past:
   *   what
   *   was read is no longer seen
   */
  show(reading, { unread = false, past = false } = {}) {
    const text = reading?.text ?? '';
    this.#reading = reading;
    this.#unread = unread && !text;
    this.#at.result.dataset.past = String(past && text !== '');
    if (this.#at.reading.textContent !== text) {
      this.#chosen = -1;
      this.#at.reading.textContent = text;
      this.#write(text);
    }
    this.#at.time.textContent = text && reading ? t('result.time', { time: duration(reading.ms) }) : '';
    this.#detail();
  }

  /** Sets the text in glyphs: a button for each digit, and lines that break only between words. @param {string} text */
  #write(text) {
    const { glyphs } = this.#at;
    const parts = text ? text.split(/([ \n])/) : [];
    parts.forEach((part, i) => {
      const old = glyphs.childNodes[i];
      if (i % 2) {
        if (old) old.textContent = part;
        else glyphs.append(part);
      } else {
        const word = old ?? glyphs.appendChild(document.createElement('span'));
        writeWord(/** @type {HTMLElement} */ (word), part);
      }
    });
    while (glyphs.childNodes.length > parts.length) glyphs.lastChild?.remove();
    const size = [1, 4, 12].findIndex((longest) => text.length <= longest);
    glyphs.dataset.size = ['one', 'few', 'some'][size] ?? 'many';
    glyphs.style.setProperty('--line', String(Math.max(1, ...text.split('\n').map(widthOf))));
    glyphs.style.setProperty('--word', String(Math.max(1, ...text.split(/\s/).map(widthOf))));
  }

  #detail() {
    const digits = this.#reading?.digits ?? [];
    const digit = this.digit;
    const { result, confidence, which, noDigit } = this.#at;
    result.dataset.empty = String(!digit);
    result.dataset.unread = String(this.#unread);
    confidence.textContent = digit ? percent(digit.confidence) : '';
    which.textContent =
      digits.length < 2 || !digit ? t('result.confident') : t('result.confidentOf', { digit: digit.label });
    this.#buttons.forEach((button, i) => {
      button.setAttribute('aria-pressed', String(digits[i] === digit));
      button.setAttribute(
        'aria-label',
        t('result.digit', { digit: digits[i].label, confidence: percent(digits[i].confidence) }),
      );
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
    const { said, confidence } = this.#at;
    const text = this.#reading?.text;
    said.textContent = text
      ? t('result.said', { text, confidence: confidence.textContent ?? '' })
      : this.#unread
        ? t('result.unread')
        : '';
  }

  /** The network's 28 × 28 pixels, in this page's ink. @param {Uint8ClampedArray | undefined} pixels */
  #draw(pixels) {
    const { seen } = this.#at;
    const context = /** @type {CanvasRenderingContext2D} */ (seen.getContext('2d'));
    context.clearRect(0, 0, seen.width, seen.height);
    if (!pixels) return; // styles are not asked for before the page needs them
    context.fillStyle = getComputedStyle(seen).color;
    pixels.forEach((ink, i) => {
      context.globalAlpha = ink / 255;
      context.fillRect(i % 28, Math.floor(i / 28), 1, 1);
    });
  }
}

/** Glyphs that stay are left alone, the others write themselves. @param {HTMLElement} word @param {string} text */
function writeWord(word, text) {
  [...text].forEach((char, i) => {
    const old = /** @type {HTMLElement | undefined} */ (word.children[i]);
    if (old?.dataset.char === char) return;
    const made = document.createElement(isDigit(char) ? 'button' : 'span');
    if (made instanceof HTMLButtonElement) made.type = 'button';
    made.dataset.char = char;
    made.append(glyph(char));
    if (old) old.replaceWith(made);
    else word.append(made);
  });
  while (word.children.length > text.length) word.lastChild?.remove();
}
