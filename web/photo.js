// photo.js — reads picture files: picked, dropped or pasted. The core decodes PNG and JPEG; what else the browser can
// decode (WebP, AVIF, HEIC …) comes to it as pixels.

import { drawBoxes } from './boxes.js';
import { t } from './words.js';

/** @typedef {import('./engine.js').Reading} Reading */

const SHOWN = 1600; // most pixels a side of the picture on the page
const DECODED = 4096; // most pixels a side when the browser decodes: a photo has no finer handwriting

export class Photo {
  /** The picture shown and its reading. @type {{width: number, height: number, reading: Reading} | null} */
  #shown = null;
  #latest = 0;
  /** @type {File | null} */
  #file = null;
  #at;
  #reader;
  #tell;

  /**
   * @param {{stage: HTMLElement, picture: HTMLCanvasElement, overlay: HTMLCanvasElement}} places
   * @param {import('./reader.js').Reader} reader
   * @param {{reading: (reading: Reading) => void, trouble: (message: string) => void}} tell
   */
  constructor(places, reader, tell) {
    this.#at = places;
    this.#reader = reader;
    this.#tell = tell;
    new ResizeObserver(() => this.#drawBoxes()).observe(places.overlay);
  }

  /** @param {File} file */
  async read(file) {
    const turn = ++this.#latest;
    this.#tell.trouble('');
    this.#at.stage.setAttribute('aria-busy', 'true');
    try {
      const [reading, bitmap] = await this.#both(file);
      if (!reading || turn !== this.#latest) return bitmap?.close();
      this.#file = file;
      this.#show(reading, bitmap);
    } catch (error) {
      // What was read before stays, picture and reading together.
      if (turn === this.#latest) this.#tell.trouble(`${file.name || t('The picture')}: ${t(/** @type {Error} */ (error).message)}`);
    } finally {
      if (turn === this.#latest) this.#at.stage.removeAttribute('aria-busy');
    }
  }

  /** Reads the picture shown once more: the reader has learnt since. */
  again() { if (this.#file) this.read(this.#file); }

  /** @param {File} file @returns {Promise<[Reading | null, ImageBitmap | null]>} */
  async #both(file) {
    const bytes = await file.arrayBuffer().catch(() => { throw new Error('The file could not be opened.'); });
    const decoding = createImageBitmap(file).catch(() => null);
    try {
      const reading = await this.#reader.readFile(bytes);
      return [reading, await decoding];
    } catch (error) {
      const bitmap = await decoding;
      if (!bitmap || /** @type {{code?: string}} */ (error).code !== 'IMAGE_UNKNOWN') {
        bitmap?.close();
        throw error;
      }
      return [await this.#readBitmap(bitmap), bitmap];
    }
  }

  /** @param {ImageBitmap} bitmap @returns {Promise<Reading | null>} with boxes in the bitmap's pixels */
  async #readBitmap(bitmap) {
    const scale = Math.min(1, DECODED / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale)), height = Math.max(1, Math.round(bitmap.height * scale));
    const context = /** @type {CanvasRenderingContext2D} */
      (Object.assign(document.createElement('canvas'), { width, height }).getContext('2d'));
    context.drawImage(bitmap, 0, 0, width, height);
    const reading = await this.#reader.readImage('photo', context.getImageData(0, 0, width, height));
    for (const { box } of /** @type {Reading | null} */ (reading)?.digits ?? []) box.forEach((side, i) => { box[i] = side / scale; });
    return reading;
  }

  /** @param {Reading} reading @param {ImageBitmap | null} bitmap null: the core could decode it, the browser not */
  #show(reading, bitmap) {
    const { stage, picture } = this.#at;
    this.#shown = bitmap && { width: bitmap.width, height: bitmap.height, reading };
    stage.dataset.filled = String(Boolean(bitmap));
    if (bitmap) {
      const longest = Math.max(bitmap.width, bitmap.height);
      const scale = longest < SHOWN / 4 ? Math.floor(SHOWN / 2 / longest) : Math.min(1, SHOWN / longest);
      picture.width = Math.max(1, Math.round(bitmap.width * scale));
      picture.height = Math.max(1, Math.round(bitmap.height * scale));
      const context = /** @type {CanvasRenderingContext2D} */ (picture.getContext('2d'));
      context.imageSmoothingEnabled = scale < 1; // a picture of 28 × 28 shows its pixels
      context.drawImage(bitmap, 0, 0, picture.width, picture.height);
      bitmap.close();
    }
    this.#drawBoxes();
    this.#tell.reading(reading);
    if (!reading.text) this.#tell.trouble('No digit was found in this picture.');
  }

  #drawBoxes() {
    if (this.#shown) drawBoxes(this.#at.overlay, this.#shown.reading, this.#shown);
  }
}
