// camera.js — Camera: reads what it sees, live: a frame, its reading, the next frame. Starts on a click only, and
// stops when the page is hidden or another mode is opened. Frozen, the picture stands still, to be looked at and
// corrected.

import en from '../../i18n/en/camera.js';
import { reason, translator } from '../../i18n/i18n.js';
import { drawOverlay } from '../../ui/overlay.js';
import { keep, recall } from '../../ui/settings.js';
import { Tracker } from './tracker.js';

/** @typedef {import('../../engine.js').Reading} Reading */

const WIDTH = 640; // of the frames that are read
const PAUSE = 66; // at least so many milliseconds from frame to frame

const t = translator(en);

/** What a failed getUserMedia means, by the name of its error. @type {Record<string, keyof typeof en>} */
const REASONS = {
  NotAllowedError: 'camera.denied',
  NotFoundError: 'camera.missing',
  OverconstrainedError: 'camera.missing', // WebKit's word for it
  NotReadableError: 'camera.inUse',
};

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  /** Counts starts and stops: what was begun before the last one is void. */
  #run = 0;
  #frozen = false;
  #tracker = new Tracker();
  /** @type {Reading | null} */
  #reading = null;
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
   * @param {import('../../reader.js').Reader} reader
   * @param {{reading: (reading: Reading | null, past: boolean) => void, trouble: (message: string) => void}} tell
   *   past: it
   *   was read last, and is no longer seen
   */
  constructor(places, reader, tell) {
    this.#at = places;
    this.#reader = reader;
    this.#tell = tell;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && this.#stream) {
        this.stop();
        tell.trouble(t('camera.hidden'));
      }
    });
    places.freeze.addEventListener('click', () => this.freeze());
    places.torch.addEventListener('click', () => this.#light(places.torch.getAttribute('aria-pressed') !== 'true'));
    this.#select.addEventListener('change', () => {
      keep('camera', this.#select.value);
      this.start();
    });
  }

  get running() {
    return this.#stream !== null;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  get #select() {
    return /** @type {HTMLSelectElement} */ (this.#at.lens.querySelector('select'));
  }

  /** Why there can be no camera here, or ''. */
  get hindrance() {
    return navigator.mediaDevices ? '' : t('camera.insecure', { place: location.origin });
  }

  async start() {
    this.stop();
    const run = this.#run;
    this.#tell.reading((this.#reading = null), false);
    this.#tell.trouble(this.hindrance);
    if (this.hindrance) return;
    try {
      const stream = await this.#ask(recall('camera'));
      if (run !== this.#run) return end(stream);
      this.#stream = stream;
      this.#track?.addEventListener('ended', () => {
        if (this.#stream !== stream) return;
        this.stop();
        this.#tell.trouble(t('camera.ended'));
      });
      this.#at.video.srcObject = stream;
      this.#show();
      await this.#at.video.play();
      this.#offerCameras();
      await this.#reader.loadImages();
      await this.#watch(run);
    } catch (error) {
      if (run !== this.#run) return;
      this.stop();
      const known = REASONS[/** @type {Error} */ (error).name];
      this.#tell.trouble(known ? t(known) : t('camera.failed', { reason: reason(en, error) }));
    }
  }

  stop() {
    this.#run++;
    this.#frozen = false;
    this.#tracker.clear();
    if (!this.#stream) return;
    end(this.#stream);
    this.#stream = null;
    this.#at.video.srcObject = null;
    drawOverlay(this.#at.overlay, null, { width: 1, height: 1 });
    this.#show();
    this.#tell.reading(this.#reading, true);
  }

  /** Holds the picture still, or lets it go on. */
  async freeze() {
    if (!this.#stream) return;
    const run = ++this.#run;
    const { video } = this.#at;
    this.#frozen = !this.#frozen;
    this.#show();
    if (this.#frozen) {
      video.pause();
      await this.again();
    } else {
      await video.play();
      await this.#watch(run);
    }
  }

  /** Reads the picture that stands still once more: the reader has learned since. */
  async again() {
    const run = this.#run;
    const reading = this.#frozen ? await this.#read() : null;
    if (run !== this.#run || !reading) return;
    drawOverlay(this.#at.overlay, reading, this.#size);
    this.#tell.reading((this.#reading = reading), false);
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
    const { stage, shutter, freeze, torch, lens } = this.#at;
    const on = this.running;
    stage.dataset.filled = String(on);
    [...shutter.children].forEach((name, i) => {
      /** @type {HTMLElement} */ (name).hidden = on === (i === 0);
    }); // Start, Stop
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
    this.#select.replaceChildren(
      ...cameras.map(({ label, deviceId }, i) => new Option(label || t('camera.nth', { n: i + 1 }), deviceId)),
    );
    this.#select.value = this.#track?.getSettings().deviceId ?? '';
  }

  /** @param {boolean} on */
  async #light(on) {
    try {
      await this.#track?.applyConstraints(
        /** @type {MediaTrackConstraints} */
        (/** @type {unknown} */ ({ advanced: [{ torch: on }] })),
      );
      this.#at.torch.setAttribute('aria-pressed', String(on));
    } catch {
      this.#tell.trouble(t('camera.lightFailed'));
    }
  }

  /** The reading of the picture that is there now; null when there is none. @returns {Promise<Reading | null>} */
  async #read() {
    const { video } = this.#at;
    if (!video.videoWidth) return null;
    const width = Math.min(WIDTH, video.videoWidth);
    const height = Math.round((video.videoHeight * width) / video.videoWidth);
    this.#size = { width, height };
    const frame = frameOf(video);
    const reading = frame
      ? this.#reader.readFrame(frame, width, height)
      : this.#reader.readImage('camera', this.#pixels(video, width, height));
    return reading.catch((error) => {
      if (error.code !== 'HUNG') throw error; // a frame that hangs the reader is only a frame
      return null;
    });
  }

  /** @param {HTMLVideoElement} video @param {number} width @param {number} height */
  #pixels(video, width, height) {
    this.#context ??=
      /** @type {CanvasRenderingContext2D} */
      (document.createElement('canvas').getContext('2d', { willReadFrequently: true }));
    Object.assign(this.#context.canvas, { width, height });
    this.#context.drawImage(video, 0, 0, width, height);
    return this.#context.getImageData(0, 0, width, height);
  }

  /** Reads frame after frame; there is never more than one on its way. @param {number} run */
  async #watch(run) {
    while (run === this.#run) {
      const begin = performance.now();
      const seen = await this.#read();
      if (run !== this.#run) return;
      if (seen) {
        const reading = this.#tracker.follow(seen);
        drawOverlay(this.#at.overlay, reading, this.#size);
        this.#tell.reading((this.#reading = reading), false);
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
  frame.close(); // rotated, and not said so
  return null;
}
