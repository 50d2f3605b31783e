// camera.js — reads the camera, live: a frame, its reading, the next frame. Starts on a click only, and stops when the
// page is hidden or another mode is opened.

import { drawBoxes } from './boxes.js';

/** @typedef {import('./engine.js').Reading} Reading */

const WIDTH = 640; // of the frames that are read
const PAUSE = 66; // at least so many milliseconds from frame to frame

/** What a failed getUserMedia means, by the name of its error. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: 'The camera is not allowed for this page. Allow it beside the address bar, then start again.',
  NotFoundError: 'No camera was found on this device.',
  NotReadableError: 'The camera is in use by another program. Close that, then start again.',
};

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  /** Counts starts and stops: what was begun before the last one is void. */
  #turn = 0;
  #at;
  #reader;
  #tell;

  /**
   * @param {{video: HTMLVideoElement, overlay: HTMLCanvasElement}} places
   * @param {import('./reader.js').Reader} reader
   * @param {{reading: (reading: Reading | null) => void, trouble: (message: string) => void,
   *   running: (on: boolean) => void}} tell
   */
  constructor(places, reader, tell) {
    this.#at = places;
    this.#reader = reader;
    this.#tell = tell;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && this.#stream) {
        this.stop();
        tell.trouble('The camera was stopped while the page was hidden.');
      }
    });
  }

  get running() { return this.#stream !== null; }

  /** Why there can be no camera here, or ''. */
  get hindrance() {
    return navigator.mediaDevices ? '' : 'No camera here: browsers give it only to pages opened over https, or from '
      + `localhost. This page was opened from ${location.origin}. Open it over https, or on the computer that serves it `
      + 'as http://localhost.';
  }

  async start() {
    this.stop();
    const turn = this.#turn;
    this.#tell.trouble(this.hindrance);
    if (this.hindrance) return;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false,
        video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } } });
      if (turn !== this.#turn) return end(stream);
      this.#stream = stream;
      stream.getVideoTracks()[0].addEventListener('ended', () => {
        if (this.#stream !== stream) return;
        this.stop();
        this.#tell.trouble('The camera went away.');
      });
      this.#at.video.srcObject = stream;
      this.#tell.running(true);
      await this.#at.video.play();
      await this.#watch(turn);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.stop();
      const { name, message } = /** @type {Error} */ (error);
      this.#tell.trouble(REASONS[name] ?? `The camera was stopped: ${message}`);
    }
  }

  stop() {
    this.#turn++;
    if (!this.#stream) return;
    end(this.#stream);
    this.#stream = null;
    this.#at.video.srcObject = null;
    drawBoxes(this.#at.overlay, null, { width: 1, height: 1 });
    this.#tell.running(false);
  }

  /** Reads frame after frame; there is never more than one on its way. @param {number} turn */
  async #watch(turn) {
    const { video, overlay } = this.#at;
    const context = /** @type {CanvasRenderingContext2D} */
      (document.createElement('canvas').getContext('2d', { willReadFrequently: true }));
    const { canvas } = context;
    while (turn === this.#turn) {
      const begin = performance.now();
      if (video.videoWidth) {
        canvas.width = Math.min(WIDTH, video.videoWidth);
        canvas.height = Math.round(video.videoHeight * canvas.width / video.videoWidth);
        context.drawImage(video, 0, 0, canvas.width, canvas.height);
        const frame = context.getImageData(0, 0, canvas.width, canvas.height);
        const reading = await this.#reader.readImage('camera', frame).catch((error) => {
          if (error.code !== 'HUNG') throw error; // a frame that hangs the reader is only a frame
          return null;
        });
        if (turn !== this.#turn) return;
        drawBoxes(overlay, reading, canvas);
        this.#tell.reading(reading);
      }
      await new Promise((resolve) => setTimeout(resolve, begin + PAUSE - performance.now()));
    }
  }
}

/** @param {MediaStream} stream */
function end(stream) {
  for (const track of stream.getTracks()) track.stop();
}
