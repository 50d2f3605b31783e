// corrections.js — Corrections: the visitor says what a digit is, the reader learns it, and everything is read again.

import en from '../../i18n/en/corrections.js';
import { translator } from '../../i18n/i18n.js';
import { showList } from './list.js';
import { CorrectionStore } from './store.js';

const t = translator(en);
const NOT_A_DIGIT = 10; // as a label

export class Corrections {
  #store = new CorrectionStore();
  #reader;
  #readAgain;

  /**
   * @param {import('../../reader.js').Reader} reader
   * @param {() => void} readAgain called when the reader has learned
   */
  constructor(reader, readAgain) {
    this.#reader = reader;
    this.#readAgain = readAgain;
  }

  async open() {
    await this.#store.open();
    return this;
  }

  /** Gives the reader the list as it is now. */
  async apply() {
    await this.#reader.ask('setCorrections', this.#store.list);
    this.#readAgain();
  }

  /**
   * This ink shows that label.
   * @param {Uint8Array | Uint8ClampedArray} pixels 28×28 bytes of ink @param {number} label 10: it is no digit
   * @returns {Promise<{said: string, undo: {name: string, act: () => Promise<void>}}>}
   */
  async correct(pixels, label) {
    const { id } = await this.#store.add(pixels, label);
    await this.apply();
    const what = label === NOT_A_DIGIT ? t('corrections.notDigitNow') : t('corrections.corrected', { digit: label });
    return {
      said: this.#store.lasting ? what : `${what} ${t('corrections.notKept')}`,
      undo: {
        name: t('corrections.undo'),
        act: async () => {
          await this.#store.remove(id);
          await this.apply();
        },
      },
    };
  }

  /** @param {HTMLDialogElement} dialog */
  show(dialog) {
    showList(dialog, this.#store, () => this.apply());
  }
}
