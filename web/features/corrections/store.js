// store.js — the visitor's corrections, kept on this device in IndexedDB. The reader itself keeps nothing: it is given
// this list whenever it starts.

import en from '../../i18n/en/corrections.js';
import { translator } from '../../i18n/i18n.js';
import { decodeIdx, encodeIdx } from '../../idx.js';
import { keep } from '../../ui/settings.js';

/**
 * @typedef {{id: number, label: number, pixels: Uint8Array}} Correction 28×28 bytes of ink; 10 is the label of no digit
 */

const STORE = 'corrections';
const MAX = 400; // as in src/wasm/exports.c
const PIXELS = 784;
const t = translator(en);

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class CorrectionStore {
  /** Oldest first. @type {Correction[]} */
  list = [];
  /** @type {IDBDatabase | null} */
  #database = null;
  /** Whether the browser lets us keep them: else they last as long as the page. */
  lasting = false;

  async open() {
    try {
      const request = indexedDB.open('digits', 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true });
      this.#database = await done(request);
      this.list = await done(this.#database.transaction(STORE).objectStore(STORE).getAll());
      this.lasting = true;
    } catch {
      this.lasting = false; // no room, or a window that keeps nothing
    }
    return this;
  }

  /** @param {ArrayLike<number>} pixels @param {number} label @returns {Promise<Correction>} */
  async add(pixels, label) {
    if (this.list.length >= MAX) throw new Error(t('corrections.full'));
    const entry = { label, pixels: Uint8Array.from(pixels) };
    const id = (await this.#write((store) => store.add(entry))) ?? Math.max(0, ...this.list.map((one) => one.id)) + 1;
    const correction = { ...entry, id: Number(id) };
    this.list.push(correction);
    this.#count();
    return correction;
  }

  /** @param {number} id */
  async remove(id) {
    this.list = this.list.filter((one) => one.id !== id);
    this.#count();
    await this.#write((store) => store.delete(id));
  }

  /** Forgets everything; the database goes, too. */
  async clear() {
    this.list = [];
    this.#count();
    await this.#write((store) => store.clear());
  }

  /** As two files in MNIST's form, which the trainer reads as a folder: images and labels. */
  export() {
    const pixels = new Uint8Array(PIXELS * this.list.length);
    this.list.forEach((one, i) => pixels.set(one.pixels, PIXELS * i));
    return {
      'train-images-idx3-ubyte': encodeIdx([this.list.length, 28, 28], pixels),
      'train-labels-idx1-ubyte': encodeIdx(
        [this.list.length],
        Uint8Array.from(this.list, (one) => one.label),
      ),
    };
  }

  /**
   * Adds what two such files hold, in either order; all or nothing.
   * @param {Uint8Array[]} files
   * @returns {Promise<number>}
   */
  async import(files) {
    const parts = files.map(decodeIdx);
    const pictures = parts.find((part) => part?.sides.length === 3 && part.sides[1] === 28 && part.sides[2] === 28);
    const labels = parts.find((part) => part?.sides.length === 1);
    if (!pictures || !labels || pictures.sides[0] !== labels.sides[0] || labels.bytes.some((label) => label > 10)) {
      throw new Error(t('corrections.mismatch'));
    }
    if (this.list.length + labels.bytes.length > MAX) {
      throw new Error(t('corrections.full'));
    }
    for (let i = 0; i < labels.bytes.length; i++) {
      await this.add(pictures.bytes.subarray(PIXELS * i, PIXELS * (i + 1)), labels.bytes[i]);
    }
    return labels.bytes.length;
  }

  /** So that a page without corrections need not even load this file. */
  #count() {
    keep('corrections', String(this.list.length));
  }

  /**
   * @template T
   * @param {(store: IDBObjectStore) => IDBRequest<T>} work
   * @returns {Promise<T | undefined>} undefined: not kept
   */
  async #write(work) {
    try {
      return this.#database
        ? await done(work(this.#database.transaction(STORE, 'readwrite').objectStore(STORE)))
        : undefined;
    } catch {
      this.lasting = false;
      return undefined;
    }
  }
}
