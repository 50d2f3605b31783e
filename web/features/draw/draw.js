// draw.js — Draw: what is written on the pad is read, stroke by stroke.

import { Pad } from './pad.js';

/** @typedef {import('../../engine.js').Reading} Reading */
/** @typedef {import('../../reader.js').ReadingError} ReadingError */

export class Draw {
  #reader;
  #tell;
  #at;

  /**
   * @param {{panel: HTMLElement, pad: HTMLCanvasElement, undo: HTMLButtonElement, redo: HTMLButtonElement,
   *   clear: HTMLButtonElement}} places
   * @param {import('../../reader.js').Reader} reader
   * @param {{reading: (reading: Reading | null, unread: boolean) => void, failed: (error: Error | null) => void,
   *   penDown: (down: boolean) => void}} tell unread: there is ink, and no digit in it; failed: null when it works
   * again
   */
  constructor(places, reader, tell) {
    this.#at = places;
    this.#reader = reader;
    this.#tell = tell;
    this.pad = new Pad(places.pad, () => this.#changed(), tell.penDown);
    for (const action of /** @type {const} */ (['undo', 'redo', 'clear'])) {
      places[action].addEventListener('click', () => this.pad[action]());
    }
    this.#keepInk();
  }

  /** Reads the ink once more. @param {boolean} [again] for the second time @returns {Promise<void>} */
  async read(again = false) {
    this.#tell.failed(null);
    const { strokes } = this.pad;
    if (!strokes.length) return this.#tell.reading(null, false);
    try {
      const reading = await this.#reader.readStrokes(strokes);
      // null: newer ink is being read. And a pad that was cleared meanwhile stays empty.
      if (reading && this.pad.strokes.length)
        this.#tell.reading(
          reading,
          this.pad.strokes.some((stroke) => stroke.length > 2),
        );
    } catch (error) {
      if (/** @type {ReadingError} */ (error).code === 'HUNG' && !again) return this.read(true); // once: ink that hangs
      this.#tell.reading(null, false); // the ink has changed: the reading before is not its reading
      this.#tell.failed(/** @type {Error} */ (error));
    }
  }

  #changed() {
    const { panel, undo, redo, clear } = this.#at;
    const { strokes, canUndo, canRedo } = this.pad;
    panel.dataset.empty = String(!strokes.length);
    undo.disabled = !canUndo;
    redo.disabled = !canRedo;
    clear.disabled = !strokes.length;
    this.read();
  }

  /** An update reloads the page: the ink is still there afterwards. */
  #keepInk() {
    addEventListener('pagehide', () => {
      try {
        sessionStorage.setItem('ink', JSON.stringify(this.pad.strokes));
      } catch {
        // a private window that keeps nothing
      }
    });
    try {
      this.pad.restore(JSON.parse(sessionStorage.getItem('ink') ?? '[]'));
    } catch {
      // nothing kept, or not by us
    }
  }
}
