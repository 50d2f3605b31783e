// reader.js — the page's end of the worker: one question at a time, of each mode only the latest, and a new worker for
// one that has stopped answering. Until the worker is there, which takes as long again as all files do, the page reads
// ink itself.

import { fetchDigits, fetchImages, loadDigits } from './engine.js';

/** @typedef {import('./engine.js').Parts} Parts */
/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {import('./worker.js').Method} Method */
/** @typedef {import('./worker.js').Question} Question */
/** @typedef {import('./worker.js').Answer} Answer */
/** @typedef {{variant: string, modelCard: Record<string, string>}} Engine */
/** @typedef {{ready: (engine: Engine) => void, failed: (error: ReadingError) => void, hung: () => void}} Events
 * ready comes again after hung: a new worker is there */
/**
 * @typedef {object} Job
 * @property {Omit<Question, 'id'>} question
 * @property {Transferable[]} transfer
 * @property {number} limit milliseconds until the worker counts as hung
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 */

/** What went wrong; code as in engine.js, or HUNG or NO_WORKER. */
export class ReadingError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const LIMIT = 2000; // a reading takes milliseconds; a file may be large
const FILE_LIMIT = 10000;

export class Reader {
  /** What every worker begins with. null: it is to fetch that itself, and says what is wrong.
   * @type {Parts | null} */
  #parts = null;
  /** @type {Promise<void> | null} */
  #images = null;
  /** Reads ink until the worker does. @type {import('./engine.js').Digits | null} */
  #own = null;
  /** @type {Worker | null} */
  #worker = null;
  #working = false;
  /** What the events were told that reads. @type {Engine | null} */
  #engine = null;
  /** Why there is no worker and will be none. @type {ReadingError | null} */
  #failure = null;
  #id = 0;
  #asks = 0;
  /** @type {Job | null} */
  #asked = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #clock;
  /** Jobs that wait, at most one of each mode. @type {Map<string, Job>} */
  #waiting = new Map();
  /** @type {Events | null} */
  #events = null;
  #begun = Promise.resolve();

  /** Begins to load, to be called once. */
  start() {
    this.#begun = this.#begin();
  }

  async #begin() {
    const images = false; // drawing is what most come for
    try {
      this.#parts = await fetchDigits({ images });
      this.#own = await loadDigits({ parts: this.#parts, images });
      this.#tellReady(this.#own);
      this.#next();
    } catch {
      // the worker tries it, too
    }
  }

  /** @param {Engine} engine */
  #tellReady({ variant, modelCard }) {
    this.#engine = { variant, modelCard };
    this.#events?.ready(this.#engine);
  }

  /**
   * Tells from now on what becomes of the reader, and what has become of it. To be called once.
   * @param {Events} events
   */
  tell(events) {
    this.#events = events;
    if (this.#engine) events.ready(this.#engine);
    this.#begun.then(() => {
      this.#worker = this.#start();
    }); // the page itself comes first
  }

  /** Reads pen strokes. null: a later call of the same mode came first. @param {number[][][]} strokes */
  readStrokes(strokes) {
    return this.#ask('draw', { method: 'readStrokes', input: strokes }, [], LIMIT);
  }

  /** Loads what reads pictures, unless it is there or on its way. */
  loadImages() {
    return (this.#images ??= this.#loadImages().catch((error) => {
      this.#images = null; // the next call tries again
      throw error;
    }));
  }

  async #loadImages() {
    const images = this.#parts?.images ?? (await fetchImages());
    if (this.#parts) this.#parts.images = images; // for the worker that comes after this one
    await this.ask('loadImages', images);
  }

  /** Reads a picture, whose bytes move to the worker. @param {string} mode @param {ImageData} image */
  async readImage(mode, { data, width, height }) {
    await this.loadImages();
    return this.#ask(
      mode,
      { method: 'readImage', input: { data, width, height } },
      [data.buffer],
      mode === 'camera' ? LIMIT : FILE_LIMIT,
    );
  }

  /** Reads a frame of the camera in another size. The frame moves to the worker.
   * @param {VideoFrame} frame @param {number} width @param {number} height */
  readFrame(frame, width, height) {
    return this.#ask('camera', { method: 'readFrame', input: { frame, width, height } }, [frame], LIMIT);
  }

  /** Reads a PNG or JPEG file, whose bytes move to the worker; gives the picture, too. @param {ArrayBuffer} bytes */
  async readFile(bytes) {
    await this.loadImages();
    return this.#ask('photo', { method: 'readFile', input: bytes }, [bytes], FILE_LIMIT);
  }

  /** Asks for something else than a reading. Each is answered.
   * @template {Method} M @param {M} method @param {import('./worker.js').Input<M>} input
   * @returns {Promise<import('./worker.js').Result<M>>} */
  ask(method, input) {
    return /** @type {any} */ (this.#ask(`${method} ${++this.#asks}`, { method, input }, [], FILE_LIMIT));
  }

  /**
   * @template {Method} M
   * @param {string} mode @param {{method: M, input: import('./worker.js').Input<M>}} question
   * @param {Transferable[]} transfer @param {number} limit
   * @returns {Promise<import('./worker.js').Result<M> | null>} null: a later question of the mode came first
   */
  #ask(mode, question, transfer, limit) {
    return new Promise((resolve, reject) => {
      const job = { question, transfer, limit, resolve, reject };
      const before = this.#waiting.get(mode);
      if (this.#failure) return drop(job, this.#failure);
      if (before) drop(before);
      this.#waiting.set(mode, job);
      this.#next();
    });
  }

  #next() {
    if (this.#own) this.#readHere(this.#own);
    if (!this.#working || this.#asked) return;
    const [[mode, job] = []] = this.#waiting;
    if (!mode || !job) return;
    this.#waiting.delete(mode);
    this.#asked = job;
    this.#worker?.postMessage({ id: ++this.#id, ...job.question }, job.transfer);
    this.#clock = setTimeout(() => this.#replace(), job.limit);
  }

  /** @param {import('./engine.js').Digits} digits */
  #readHere(digits) {
    const job = this.#waiting.get('draw');
    if (!job) return;
    this.#waiting.delete('draw');
    try {
      job.resolve(digits.readStrokes(job.question.input));
    } catch (error) {
      job.reject(/** @type {Error} */ (error));
    }
  }

  #start() {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#working) return this.#replace(); // it ran out of memory, say
      this.#fail(new ReadingError('NO_WORKER', 'The worker could not be started.'));
    };
    worker.postMessage(this.#parts);
    return worker;
  }

  /** @param {Answer} answer */
  #hear({ id, result, error }) {
    if (id === 0) {
      if (error) return this.#fail(new ReadingError(error.code, error.message));
      this.#own = null;
      this.#working = true;
      if (!this.#engine) this.#tellReady(result);
    } else if (this.#asked && id === this.#id) {
      clearTimeout(this.#clock);
      const job = this.#asked;
      this.#asked = null;
      if (error) job.reject(new ReadingError(error.code, error.message));
      else job.resolve(result);
    }
    this.#next();
  }

  /** @param {ReadingError} error */
  #fail(error) {
    this.#own = this.#engine = null;
    this.#working = false;
    this.#failure = error;
    clearTimeout(this.#clock);
    this.#asked?.reject(error);
    this.#asked = null;
    for (const job of this.#waiting.values()) drop(job, error);
    this.#waiting.clear();
    this.#events?.failed(error);
  }

  /** The worker did not answer in time, or died. What waits stays waiting, for the new one. */
  #replace() {
    clearTimeout(this.#clock);
    this.#worker?.terminate();
    this.#working = false;
    this.#engine = null;
    this.#images = null;
    const job = this.#asked;
    this.#asked = null;
    this.#worker = this.#start();
    this.#events?.hung();
    job?.reject(new ReadingError('HUNG', 'Reading took too long.'));
  }
}

/** Nobody will read this. A camera has few frames, and gets them back. @param {Job} job @param {Error} [error] */
function drop({ transfer, resolve, reject }, error) {
  for (const each of transfer) /** @type {{close?: () => void}} */ (each).close?.();
  if (error) reject(error);
  else resolve(null);
}
