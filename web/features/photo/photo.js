// photo.js — Photo: reads picture files. The worker decodes PNG and JPEG, once, for reading and for showing; what else
// the browser can decode (WebP, AVIF, GIF, SVG, HEIC in some) goes to it as pixels.

import en from '../../i18n/en/photo.js';
import { reason, translator } from '../../i18n/i18n.js';
import { drawOverlay } from '../../ui/overlay.js';

/** @typedef {import('../../engine.js').Reading} Reading */
/** @typedef {{reading: Reading, bitmap: ImageBitmap}} Result with boxes in the bitmap's pixels */

const SHOWN = 1600; // at most so many pixels a side of the picture on the page
const DECODED = 4096; // at most so many when the browser decodes: a photo has no finer handwriting
const t = translator(en);

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
   * @param {import('../../reader.js').Reader} reader
   * @param {{reading: (reading: Reading | null) => void, trouble: (message: string) => void}} tell
   */
  constructor(places, reader, tell) {
    this.#at = places;
    this.#reader = reader;
    this.#tell = tell;
    new ResizeObserver(() => this.#drawOverlay()).observe(places.overlay);
  }

  /** @param {File} file */
  async read(file) {
    const number = ++this.#latest;
    this.#tell.trouble('');
    this.#at.stage.setAttribute('aria-busy', 'true');
    try {
      const result = await this.#decodeAndRead(file);
      if (!result || number !== this.#latest) return result?.bitmap.close();
      this.#file = file;
      this.#show(result);
    } catch (error) {
      if (number !== this.#latest) return;
      this.#clear();
      this.#tell.trouble(`${file.name || t('photo.unnamed')}: ${reason(en, error)}`);
    } finally {
      if (number === this.#latest) this.#at.stage.removeAttribute('aria-busy');
    }
  }

  /** Reads the picture shown once more: the reader has learned since. */
  again() {
    if (this.#file) this.read(this.#file);
  }

  /** @param {File} file @returns {Promise<Result | null>} null: another picture came meanwhile */
  async #decodeAndRead(file) {
    const bytes = await file.arrayBuffer().catch(() => {
      throw new Error(t('photo.unopened'));
    });
    try {
      return await this.#reader.readFile(bytes);
    } catch (error) {
      if (/** @type {{code?: string}} */ (error).code !== 'IMAGE_UNKNOWN') throw error;
      const bitmap = await decode(file).catch(() => {
        throw error;
      });
      const { width, height } = bitmap;
      const reading = await this.#reader.readImage(
        'photo',
        drawn(bitmap, width, height).getImageData(0, 0, width, height),
      );
      return reading && { reading, bitmap };
    }
  }

  /** @param {Result} result */
  #show({ reading, bitmap }) {
    const { stage, picture } = this.#at;
    const longest = Math.max(bitmap.width, bitmap.height);
    const scale = longest < SHOWN / 4 ? Math.floor(SHOWN / 2 / longest) : Math.min(1, SHOWN / longest);
    this.#shown = { width: bitmap.width, height: bitmap.height, reading };
    stage.dataset.filled = 'true';
    picture.width = Math.max(1, Math.round(bitmap.width * scale));
    picture.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = /** @type {CanvasRenderingContext2D} */ (picture.getContext('2d'));
    context.imageSmoothingEnabled = scale < 1; // a picture of 28 × 28 shows its pixels
    context.drawImage(bitmap, 0, 0, picture.width, picture.height);
    bitmap.close();
    this.#drawOverlay();
    this.#tell.reading(reading);
    if (!reading.text) this.#tell.trouble(t('photo.none'));
  }

  /** No picture, no reading: what is on the page always belongs together. */
  #clear() {
    const { stage, picture } = this.#at;
    this.#shown = this.#file = null;
    stage.dataset.filled = 'false';
    picture.width = picture.height = 1;
    this.#drawOverlay();
    this.#tell.reading(null);
  }

  #drawOverlay() {
    drawOverlay(this.#at.overlay, this.#shown?.reading ?? null, this.#shown ?? { width: 1, height: 1 });
  }
}

/** A file as the browser decodes it, no larger than DECODED. @param {File} file @returns {Promise<ImageBitmap>} */
async function decode(file) {
  const image = await createImageBitmap(file).catch(() => load(file)); // which takes SVG, too
  const drawing = image instanceof HTMLImageElement;
  const width = image.width || SHOWN;
  const height = image.height || SHOWN;
  const scale = Math.min(DECODED, drawing ? SHOWN : Infinity) / Math.max(width, height);
  if (!drawing && scale >= 1) return image;
  return createImageBitmap(drawn(image, Math.ceil(width * scale), Math.ceil(height * scale)).canvas);
}

/** @param {File} file */
async function load(file) {
  const image = new Image();
  const url = URL.createObjectURL(file);
  try {
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {CanvasImageSource} image @param {number} width @param {number} height */
function drawn(image, width, height) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.drawImage(image, 0, 0, width, height);
  return context;
}
