// reader.js — the page's end of the worker: one question at a time, the latest of each mode first, and a new worker
// for one that has stopped answering.

/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {import('./worker.js').Question} Question */
/** @typedef {import('./worker.js').Answer} Answer */
/** @typedef {{variant: string, modelCard: Record<string, string>}} Engine */
/**
 * @typedef {object} Job
 * @property {Omit<Question, 'id'>} question
 * @property {Transferable[]} transfer
 * @property {number} limit milliseconds until the worker counts as hung
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 */

/** What went wrong, in words for a person; code as in engine.js, or HUNG. */
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
  /** @type {Worker} */
  #worker;
  #ready = false;
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
  #events;

  /**
   * @param {{ready: (engine: Engine) => void, failed: (error: ReadingError) => void, hung: () => void}} events
   *   ready comes again after hung: a new worker is there
   */
  constructor(events) {
    this.#events = events;
    this.#worker = this.#start();
  }

  /** Reads pen strokes. null: a later call of the same mode came first. @param {number[][][]} strokes */
  readStrokes(strokes) {
    return this.#ask('draw', { method: 'readStrokes', input: strokes }, [], LIMIT);
  }

  /** Reads a picture, whose bytes move to the worker. @param {string} mode @param {ImageData} image */
  readImage(mode, { data, width, height }) {
    const limit = mode === 'camera' ? LIMIT : FILE_LIMIT;
    return this.#ask(mode, { method: 'readImage', input: { data, width, height } }, [data.buffer], limit);
  }

  /** Asks for something else than a reading. Each is answered. @param {import('./worker.js').Method} method @param {any} input */
  ask(method, input) {
    return this.#ask(`${method} ${++this.#asks}`, { method, input }, [], FILE_LIMIT);
  }

  /** Reads a PNG or JPEG file, whose bytes move to the worker. @param {ArrayBuffer} bytes */
  readFile(bytes) {
    return this.#ask('photo', { method: 'readFile', input: bytes }, [bytes], FILE_LIMIT);
  }

  /**
   * @param {string} mode @param {Omit<Question, 'id'>} question @param {Transferable[]} transfer @param {number} limit
   * @returns {Promise<any>} a Reading, or what the method gives
   */
  #ask(mode, question, transfer, limit) {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.get(mode)?.resolve(null);
      this.#waiting.set(mode, { question, transfer, limit, resolve, reject });
      this.#next();
    });
  }

  #next() {
    if (!this.#ready || this.#asked) return;
    const [[mode, job] = []] = this.#waiting;
    if (!mode || !job) return;
    this.#waiting.delete(mode);
    this.#asked = job;
    this.#worker.postMessage({ id: ++this.#id, ...job.question }, job.transfer);
    this.#clock = setTimeout(() => this.#replace(), job.limit);
  }

  #start() {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#ready) return this.#replace(); // it had worked: it ran out of memory, say
      this.#fail(new ReadingError('NOT_LOADED', 'The reader could not be started. Load the page again; it needs a '
        + 'browser with WebAssembly and module workers (any from 2023 on).'));
    };
    return worker;
  }

  /** @param {Answer} answer */
  #hear({ id, result, error }) {
    if (id === 0) {
      if (error) return this.#fail(new ReadingError(error.code, error.message));
      this.#ready = true;
      this.#events.ready(result);
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
    this.#ready = false;
    this.#failure = error;
    clearTimeout(this.#clock);
    this.#asked?.reject(error);
    this.#asked = null;
    for (const job of this.#waiting.values()) job.reject(error);
    this.#waiting.clear();
    this.#events.failed(error);
  }

  /** The worker did not answer in time, or died. What waits stays waiting, for the new one. */
  #replace() {
    clearTimeout(this.#clock);
    this.#worker.terminate();
    this.#ready = false;
    const job = this.#asked;
    this.#asked = null;
    this.#worker = this.#start();
    this.#events.hung();
    job?.reject(new ReadingError('HUNG', 'Reading this took too long; the reader was started again.'));
  }
}
