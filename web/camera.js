// camera.js — reads the camera, live: a frame, its reading, the next frame. Starts on a click only, and stops when the
// page is hidden or another mode is opened. Frozen, the picture stands still, to be looked at and corrected.

import { drawBoxes } from './boxes.js';
import { Steady } from './steady.js';
import { keep, recall, t } from './words.js';

/** @typedef {import('./engine.js').Reading} Reading */

const WIDTH = 640; // of the frames that are read
const PAUSE = 66; // at least so many milliseconds from frame to frame

/** What a failed getUserMedia means, by the name of its error. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: 'The camera is not allowed for this page. Allow it beside the address bar, then start again.',
  NotFoundError: 'No camera was found on this device.',
  OverconstrainedError: 'No camera was found on this device.', // WebKit's word for it
  NotReadableError: 'The camera is in use by another program. Close that, then start again.',
};

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  /** Counts starts and stops: what was begun before the last one is void. */
  #turn = 0;
  #frozen = false;
  #steady = new Steady();
  /** Of the frame that was read last. */
  #size = { width: 1, height: 1 };
  /** Where the worker cannot take pixels out of a frame, the page does. @type {CanvasRenderingContext2D | null} */
  #context = null;
  #at;
  #reader;
  #tell;

  /**
   * @param {{video: HTMLVideoElement, overlay: HTMLCanvasElement, stage: HTMLElement, shutter: HTMLElement,
   *   freeze: HTMLElement, torch: HTMLElement, lens: HTMLElement}} places
   * @param {import('./reader.js').Reader} reader
   * @param {{reading: (reading: Reading | null) => void, trouble: (message: string) => void}} tell
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
    places.freeze.addEventListener('click', () => this.freeze());
    places.torch.addEventListener('click', () => this.#light(places.torch.getAttribute('aria-pressed') !== 'true'));
    this.#select.addEventListener('change', () => {
      keep('camera', this.#select.value);
      this.start();
    });
  }

  get running() { return this.#stream !== null; }

  get #track() { return this.#stream?.getVideoTracks()[0]; }

  get #select() { return /** @type {HTMLSelectElement} */ (this.#at.lens.querySelector('select')); }

  /** Why there can be no camera here, or ''. */
  get hindrance() {
    return navigator.mediaDevices ? '' : t('No camera here: browsers give it only to pages opened over https, or from '
      + 'localhost. This page was opened from {place}. Open it over https, or on the computer that serves it as '
      + 'http://localhost.', { place: location.origin });
  }

  async start() {
    this.stop();
    const turn = this.#turn;
    this.#tell.trouble(this.hindrance);
    if (this.hindrance) return;
    try {
      const stream = await this.#ask(recall('camera'));
      if (turn !== this.#turn) return end(stream);
      this.#stream = stream;
      this.#track?.addEventListener('ended', () => {
        if (this.#stream !== stream) return;
        this.stop();
        this.#tell.trouble('The camera went away.');
      });
      this.#at.video.srcObject = stream;
      this.#show();
      await this.#at.video.play();
      this.#offerCameras();
      await this.#watch(turn);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.stop();
      const { name, message } = /** @type {Error} */ (error);
      this.#tell.trouble(REASONS[name] ?? t('The camera was stopped: {reason}', { reason: message }));
    }
  }

  stop() {
    this.#turn++;
    this.#frozen = false;
    this.#steady.clear();
    if (!this.#stream) return;
    end(this.#stream);
    this.#stream = null;
    this.#at.video.srcObject = null;
    drawBoxes(this.#at.overlay, null, { width: 1, height: 1 });
    this.#show();
  }

  /** Holds the picture still, or lets it go on. */
  async freeze() {
    if (!this.#stream) return;
    const turn = ++this.#turn, { video } = this.#at;
    this.#frozen = !this.#frozen;
    this.#show();
    if (this.#frozen) {
      video.pause();
      await this.again();
    } else {
      await video.play();
      await this.#watch(turn);
    }
  }

  /** Reads the picture that stands still once more: the reader has learnt since. */
  async again() {
    const turn = this.#turn, reading = this.#frozen ? await this.#read() : null;
    if (turn !== this.#turn || !reading) return;
    drawBoxes(this.#at.overlay, reading, this.#size);
    this.#tell.reading(reading);
  }

  /** The camera chosen earlier, or the one that looks away from the visitor. @param {string | null} id */
  async #ask(id) {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const ask = (/** @type {MediaTrackConstraints} */ which) =>
      navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...size } });
    if (!id) return ask({ facingMode: 'environment' });
    return ask({ deviceId: { exact: id } }).catch((error) => {
      if (error.name !== 'OverconstrainedError') throw error;
      return ask({ facingMode: 'environment' }); // that one is not plugged in
    });
  }

  /** Which buttons there are, and what they say. */
  #show() {
    const { stage, shutter, freeze, torch, lens } = this.#at, on = this.running;
    stage.dataset.filled = String(on);
    shutter.textContent = t(on ? 'Stop' : 'Start camera');
    freeze.hidden = !on;
    freeze.setAttribute('aria-pressed', String(this.#frozen));
    const can = /** @type {{torch?: boolean} | undefined} */ (this.#track?.getCapabilities?.());
    torch.hidden = !can?.torch;
    torch.setAttribute('aria-pressed', 'false');
    if (!on) lens.hidden = true;
  }

  async #offerCameras() {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    this.#at.lens.hidden = cameras.length < 2;
    this.#select.replaceChildren(...cameras.map(({ label, deviceId }, i) =>
      new Option(label || t('Camera {n}', { n: i + 1 }), deviceId)));
    this.#select.value = this.#track?.getSettings().deviceId ?? '';
  }

  /** @param {boolean} on */
  async #light(on) {
    try {
      await this.#track?.applyConstraints(/** @type {MediaTrackConstraints} */
        (/** @type {unknown} */ ({ advanced: [{ torch: on }] })));
      this.#at.torch.setAttribute('aria-pressed', String(on));
    } catch {
      this.#tell.trouble('The light could not be switched.');
    }
  }

  /** The reading of the picture that is there now; null when there is none. @returns {Promise<Reading | null>} */
  async #read() {
    const { video } = this.#at;
    if (!video.videoWidth) return null;
    const width = Math.min(WIDTH, video.videoWidth), height = Math.round(video.videoHeight * width / video.videoWidth);
    this.#size = { width, height };
    const frame = frameOf(video);
    const reading = frame ? this.#reader.readFrame(frame, width, height)
      : this.#reader.readImage('camera', this.#pixels(video, width, height));
    return reading.catch((error) => {
      if (error.code !== 'HUNG') throw error; // a frame that hangs the reader is only a frame
      return null;
    });
  }

  /** @param {HTMLVideoElement} video @param {number} width @param {number} height */
  #pixels(video, width, height) {
    this.#context ??= /** @type {CanvasRenderingContext2D} */
      (document.createElement('canvas').getContext('2d', { willReadFrequently: true }));
    Object.assign(this.#context.canvas, { width, height });
    this.#context.drawImage(video, 0, 0, width, height);
    return this.#context.getImageData(0, 0, width, height);
  }

  /** Reads frame after frame; there is never more than one on its way. @param {number} turn */
  async #watch(turn) {
    while (turn === this.#turn) {
      const begin = performance.now(), seen = await this.#read();
      if (turn !== this.#turn) return;
      if (seen) {
        const reading = this.#steady.follow(seen);
        drawBoxes(this.#at.overlay, reading, this.#size);
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

/** What the video shows now, to be given to the worker; null in browsers that can't. @param {HTMLVideoElement} video */
function frameOf(video) {
  if (typeof VideoFrame !== 'function' || typeof OffscreenCanvas !== 'function') return null;
  const frame = new VideoFrame(video);
  if (frame.displayWidth === video.videoWidth && frame.displayHeight === video.videoHeight) return frame;
  frame.close(); // turned, and not said so
  return null;
}
