// engine.js — the C core (src/, as WebAssembly) for JavaScript: browsers, workers, and Node 20 or later.
//
//     const digits = await loadDigits();
//     digits.readStrokes([[[10, 10], [12, 60]]]).text    // "1"
//
// The module imports nothing: we put bytes into its memory, call a session_* export of src/wasm/exports.c, and read the
// session. Nothing here touches the page.

import { CLASSES, DIGIT, KERNELS, MIN_CONFIDENCE, NO_DIGIT, PIXELS, SIGN, STATUS } from '../build/layout.js';

/** @typedef {'baseline' | 'simd' | 'relaxed'} Variant */
/** @typedef {{data: Uint8Array | Uint8ClampedArray, width: number, height: number}} Picture RGBA, or grey (1 byte) */
/** @typedef {{signs?: boolean}} ReadOptions whether signs are read, too, which is the default */
/** @typedef {ReadonlyArray<ReadonlyArray<ArrayLike<number>>>} Strokes strokes of points [x, y], in any unit */
/**
 * @typedef {object} Digit
 * @property {number} label 0..9
 * @property {number} confidence its probability, 0..1
 * @property {[number, number, number, number]} box x, y, width, height of its ink
 * @property {number} line 0 = first line of writing
 * @property {boolean} spaceBefore a wide gap parts it from the digit or sign before it on its line
 * @property {number[]} probabilities of all ten; what they lack to 1 is that of no digit
 * @property {Uint8ClampedArray} pixels 28×28 bytes of ink: what the network saw
 */
/**
 * @typedef {object} Sign a mark among the digits
 * @property {'.' | ',' | '-' | '/' | ':' | ''} sign '' for another one, which the text leaves out
 * @property {number} confidence 0..1
 * @property {[number, number, number, number]} box as a digit's
 * @property {number} line as a digit's
 * @property {boolean} spaceBefore as a digit's
 * @property {number} after index of the digit before it on its line; -1: none
 */
/**
 * @typedef {object} Reading
 * @property {string} text digits and signs, with spaces and lines
 * @property {Digit[]} digits in reading order
 * @property {Sign[]} signs in reading order
 * @property {number} rotation how far the writing is turned in the picture: 0, 90, 180 or 270 degrees clockwise
 * @property {number} ms
 */
/** @typedef {{label: number, confidence: number, probabilities: number[], logits: Int32Array}} Prediction */
/** @typedef {{height: number, width: number, channels: number, activations: Uint8Array}} Layer what a layer says of a
 * picture, channels side by side */
/**
 * The exports of src/wasm/exports.c. Pointers, sizes and statuses are all numbers here.
 * @typedef {Record<'malloc' | 'free' | 'session_open' | 'session_close' | 'session_predict' | 'session_read_image'
 *   | 'session_read_strokes' | 'normalize_strokes' | 'normalize_ink'
 *   | 'session_add_correction' | 'session_remove_correction' | 'session_corrections' | 'session_layers'
 *   | 'session_layer_shape' | 'session_activations' | 'session_digits' | 'session_count' | 'session_signs'
 *   | 'session_sign_count' | 'session_rotation' | 'session_text' | 'status_text',
 *   (...args: number[]) => number> & {memory: WebAssembly.Memory, _initialize?: () => void}} Core
 * @typedef {Record<'malloc' | 'image_decode', (...args: number[]) => number>
 *   & {memory: WebAssembly.Memory, _initialize?: () => void}} ImageCore of src/wasm/image_exports.c
 */

const FILES = { baseline: 'digits.wasm', simd: 'digits-simd.wasm', relaxed: 'digits-relaxed.wasm' };
const IMAGE_FILE = 'digits-image.wasm';

/** A module of one function that gives a v128: valid only where its instructions are known. @param {number[]} code */
const knows = (...code) =>
  WebAssembly.validate(
    new Uint8Array([
      0,
      97,
      115,
      109,
      1,
      0,
      0,
      0,
      1,
      5,
      1,
      96,
      0,
      1,
      123,
      3,
      2,
      1,
      0,
      10,
      code.length + 4,
      1,
      code.length + 2,
      0,
      ...code,
      11,
    ]),
  );
const ZEROS = [65, 0, 253, 15]; // i32.const 0  i8x16.splat
/** Which variants run here, the best first. @type {[Variant, () => boolean][]} */
const VARIANTS = [
  ['relaxed', () => knows(...ZEROS, ...ZEROS, 253, 146, 2)], // i16x8.relaxed_dot_i8x16_i7x16_s
  ['simd', () => knows(...ZEROS, 253, 98)], // i8x16.popcnt
  ['baseline', () => true],
];

/** An error whose message is fit to show a person. */
export class DigitsError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = 'DigitsError';
    this.code = code;
  }
}

/** @param {string} message @returns {never} */
function refuse(message) {
  throw new DigitsError('BAD_ARGUMENT', message);
}

/** @typedef {{variant: Variant, module: WebAssembly.Module, weights: Uint8Array, images?: ImageParts}} Parts what
 * loadDigits() makes a reader of */
/** @typedef {{decoder: WebAssembly.Module}} ImageParts what reading pictures takes besides */
/**
 * @typedef {object} Options
 * @property {string | URL} [base] the folder of the .wasm files, by default the one of this module
 * @property {string | URL} [weights] seen from there
 * @property {'auto' | Variant} [variant] by default the fastest that runs here and gives the known answer
 * @property {boolean} [images] whether pictures are to be read, which is the default; false: only strokes, and less to
 * load, until loadImages() brings the rest
 */

/**
 * Loads the core, its weights, and what reads pictures.
 * @param {Options & {parts?: Parts | null}} [options] parts: what fetchDigits() gave, with the same options
 * @returns {Promise<Digits>}
 */
export async function loadDigits({ parts, ...options } = {}) {
  const { folder, address, names } = plan(options);
  const weights = parts?.weights ?? fetchBytes(address);
  const images = parts?.images ?? (options.images === false ? null : fetchImages(options));
  /** @type {DigitsError[]} */
  const rejected = [];
  for (const name of names) {
    try {
      const [module, file, pictures] = await Promise.all([
        parts?.variant === name ? parts.module : fetchModule(new URL(FILES[name], folder)),
        weights,
        images,
      ]);
      const core = await start(module);
      const digits = new Digits(core, openSession(core, file, KERNELS.best), name, folder);
      if (name !== 'baseline') agree(digits, core, file);
      if (pictures) await digits.loadImages(pictures);
      return Object.assign(digits, { rejected, modelCard: readCard(file) });
    } catch (error) {
      // Weights that are no good, or files that are not there, are so for every variant.
      if (error instanceof DigitsError && error.code !== 'WRONG_ANSWER') throw error;
      rejected.push(new DigitsError('WRONG_ANSWER', `The variant “${name}” does not work here: ${error}`));
      console.warn(rejected.at(-1)?.message);
    }
  }
  throw rejected[0];
}

/**
 * Fetches what loadDigits() begins with, and compiles it. All of it can be posted: a page fetches while its worker
 * starts.
 * @param {Options} [options]
 * @returns {Promise<Parts>}
 */
export async function fetchDigits(options = {}) {
  const {
    folder,
    address,
    names: [variant],
  } = plan(options);
  const [module, weights, images] = await Promise.all([
    fetchModule(new URL(FILES[variant], folder)),
    fetchBytes(address),
    options.images === false ? undefined : fetchImages(options),
  ]);
  return { variant, module, weights, images };
}

/**
 * The same for what loadImages() takes.
 * @param {Pick<Options, 'base'>} [options]
 * @returns {Promise<ImageParts>}
 */
export async function fetchImages({ base } = {}) {
  return { decoder: await fetchModule(new URL(IMAGE_FILE, folderOf(base))) };
}

/** @param {string | URL} [base] */
const folderOf = (base = './') => new URL(String(base).replace(/\/?$/, '/'), import.meta.url);

/** Where everything is, and the variants to try, the best first. @param {Options} options */
function plan({ base, weights = 'digits.safetensors', variant = 'auto' }) {
  if (typeof WebAssembly !== 'object') {
    throw new DigitsError('NO_WEBASSEMBLY', 'This browser has no WebAssembly, or it is switched off.');
  }
  if (variant !== 'auto' && !(variant in FILES)) refuse(`There is no variant “${variant}”.`);
  const folder = folderOf(base);
  const names = VARIANTS.filter(([name, runs]) => (variant === 'auto' || variant === name) && runs()).map(
    ([name]) => name,
  );
  if (!names.length) throw new DigitsError('NO_VARIANT', `This browser cannot run the variant “${variant}”.`);
  return { folder, address: new URL(weights, folder), names };
}

/** @param {URL} url @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function fetchBytes(url) {
  try {
    if (url.protocol === 'file:' && typeof process === 'object') {
      // Node
      return new Uint8Array(await (await import('node:fs/promises')).readFile(url));
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server says ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new DigitsError('NOT_LOADED', `${url.pathname.split('/').pop()} could not be loaded (${reason}).`);
  }
}

/** @param {URL} url */
const fetchModule = async (url) => WebAssembly.compile(await fetchBytes(url));

/**
 * Memory that may grow brings one import along, a notice that we don't need: views are made afresh below.
 * @param {WebAssembly.Module} module
 */
function importsOf(module) {
  /** @type {Record<string, Record<string, () => void>>} */
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = () => {};
  return imports;
}

/** @param {WebAssembly.Module} module @returns {Promise<Core>} */
async function start(module) {
  const { exports } = await WebAssembly.instantiate(module, importsOf(module));
  const core = /** @type {Core} */ (/** @type {unknown} */ (exports));
  core._initialize?.();
  return core;
}

/**
 * Memory for one call into the core: what was taken is given back at the end, whatever happens.
 * @template T
 * @param {Core} core
 * @param {(take: (bytes: number) => number) => T} work
 * @returns {T}
 */
function withMemory(core, work) {
  /** @type {number[]} */
  const taken = [];
  try {
    return work((bytes) => {
      const pointer = core.malloc(Math.max(bytes, 1));
      if (!pointer) check(core, STATUS.indexOf('OUT_OF_MEMORY'));
      taken.push(pointer);
      return pointer;
    });
  } finally {
    for (const pointer of taken) core.free(pointer);
  }
}

/** @param {Core} core @param {number} status */
function check(core, status) {
  if (status) throw new DigitsError(STATUS[status] ?? 'UNKNOWN', string(core, core.status_text(status)));
}

/** A C string. @param {Core} core @param {number} pointer */
function string(core, pointer) {
  const bytes = new Uint8Array(core.memory.buffer, pointer);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/** @param {Core} core @param {Uint8Array} file @param {number} kernels @returns {number} the session */
function openSession(core, file, kernels) {
  return withMemory(core, (take) => {
    const bytes = take(file.length);
    const out = take(4);
    new Uint8Array(core.memory.buffer).set(file, bytes);
    check(core, core.session_open(bytes, file.length, kernels, out));
    return new DataView(core.memory.buffer).getUint32(out, true);
  });
}

/**
 * The known-answer test: on this machine the vector kernels and the plain ones must say the same to the bit.
 * @param {Digits} digits @param {Core} core @param {Uint8Array} file
 */
function agree(digits, core, file) {
  const plain = new Digits(core, openSession(core, file, KERNELS.plain), digits.variant);
  const picture = Uint8Array.from({ length: PIXELS }, (_, i) => (i * 37) % 256);
  const expected = plain.predictPixels(picture).logits;
  plain.close();
  if (!digits.predictPixels(picture).logits.every((logit, i) => logit === expected[i])) {
    throw new DigitsError('WRONG_ANSWER', 'it gives a wrong answer');
  }
}

/** The model card: __metadata__ in the header of the weights. @param {Uint8Array} file */
function readCard(file) {
  try {
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    /** @type {Record<string, string>} */
    const card = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))).__metadata__ ?? {};
    return card;
  } catch {
    return {}; // the core judges the weights, and says what is wrong with them
  }
}

/** A loaded recogniser. Make one with loadDigits(). */
export class Digits {
  #core;
  #session;
  /** @type {Variant} */
  variant;
  /** @type {Record<string, string>} */
  modelCard = {};
  /** Faster variants that this browser knows, and that failed the known-answer test. @type {DigitsError[]} */
  rejected = [];
  /** What is read with less confidence is taken for no digit, 0..1. Set it higher to reject more. */
  minConfidence = MIN_CONFIDENCE;

  /** What reads pictures, once it is loaded. @type {ImageParts | null} */
  #images = null;
  #folder;

  /** @param {Core} core @param {number} session @param {Variant} variant @param {URL} [folder] of the .wasm files */
  constructor(core, session, variant, folder) {
    this.#core = core;
    this.#folder = folder;
    this.#session = session;
    this.variant = variant;
  }

  /**
   * Loads what reads pictures and files, unless it is there.
   * @param {ImageParts | null} [parts] what fetchImages() gave
   */
  async loadImages(parts) {
    this.#images ??= parts ?? (await fetchImages({ base: this.#folder }));
  }

  /** @returns {ImageParts} */
  #needImages() {
    if (!this.#images)
      throw new DigitsError('NOT_LOADED', 'What reads pictures is not loaded: await loadImages() first.');
    return this.#images;
  }

  /** Gives its memory back; this object is of no use afterwards. */
  close() {
    this.#core.session_close(this.#session);
  }

  /** Reads one 28×28 picture in MNIST's form. @param {Uint8Array | Uint8ClampedArray} pixels @returns {Prediction} */
  predictPixels(pixels) {
    const { logits, probabilities } = this.#predict(pixels, 1);
    const label = best(logits, 0);
    return { label, confidence: probabilities[label], probabilities: Array.from(probabilities), logits };
  }

  /**
   * Reads n 28×28 pictures, one after the other in pixels.
   * @param {Uint8Array | Uint8ClampedArray} pixels @param {number} n
   */
  predictBatch(pixels, n) {
    const { logits, probabilities } = this.#predict(pixels, n);
    const labels = Uint8Array.from({ length: n }, (_, i) => best(logits, i));
    const confidences = Float32Array.from(labels, (label, i) => probabilities[i * CLASSES + label]);
    return Object.assign(labels, { confidences });
  }

  /** Reads the digits of a picture, such as an ImageData. @param {Picture} image
   * @param {ReadOptions} [options] @returns {Reading} */
  readImage(image, { signs = true } = {}) {
    this.#needImages();
    const { data, width, height } = image ?? {};
    if (!isBytes(data)) refuse('The picture has no bytes.');
    if (![width, height].every((side) => Number.isInteger(side) && side >= 0 && side < 2 ** 31)) {
      refuse('The picture’s width and height must be whole numbers.');
    }
    const channels = data.length === width * height ? 1 : 4;
    if (data.length !== width * height * channels) {
      refuse(`A picture of ${width} × ${height} has ${width * height * 4} bytes (RGBA), not ${data.length}.`);
    }
    return this.#read((take) => {
      const pixels = take(data.length);
      new Uint8Array(this.#core.memory.buffer).set(data, pixels);
      return this.#core.session_read_image(
        this.#session,
        pixels,
        width,
        height,
        channels,
        this.minConfidence,
        Number(signs),
      );
    });
  }

  /** Reads the digits of a PNG or JPEG file. @param {Uint8Array | ArrayBuffer} file
   * @param {ReadOptions} [options] @returns {Reading} */
  readFile(file, options) {
    const begin = performance.now();
    const reading = this.readImage(this.decodeFile(file), options);
    return { ...reading, ms: performance.now() - begin };
  }

  /**
   * The picture in a PNG or JPEG file, upright, as RGBA: the same bytes in every browser.
   * @param {Uint8Array | ArrayBuffer} file
   * @returns {{data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number}} fit for an ImageData
   */
  decodeFile(file) {
    const { decoder } = this.#needImages();
    const bytes = file instanceof ArrayBuffer ? new Uint8Array(file) : file;
    if (!isBytes(bytes)) refuse('A file is read from its bytes.');
    // An instance a file: what a large picture took is given back with it.
    const { exports } = new WebAssembly.Instance(decoder, importsOf(decoder));
    const image = /** @type {ImageCore} */ (/** @type {unknown} */ (exports));
    image._initialize?.();
    const input = image.malloc(Math.max(bytes.length, 1));
    const output = image.malloc(12);
    if (!input || !output) check(this.#core, STATUS.indexOf('OUT_OF_MEMORY'));
    new Uint8Array(image.memory.buffer).set(bytes, input);
    check(this.#core, image.image_decode(input, bytes.length, output));
    const [pixels, width, height] = new Uint32Array(image.memory.buffer, output, 3);
    const data = new Uint8ClampedArray(/** @type {ArrayBuffer} */ (image.memory.buffer), pixels, 4 * width * height);
    return { data, width, height };
  }

  /** Reads the digits of pen strokes. Boxes are in the strokes' unit. @param {Strokes} strokes
   * @param {ReadOptions} [options] @returns {Reading} */
  readStrokes(strokes, { signs = true } = {}) {
    return this.#read((take) =>
      this.#core.session_read_strokes(this.#session, ...this.#put(strokes, take), this.minConfidence, Number(signs)),
    );
  }

  // ── learning ──

  /**
   * Learns at once that a picture of 28×28 in MNIST's form, or one digit's strokes, shows the label: 0..9, or 10 for no
   * digit. Pictures unlike it are read as before. Gives what was remembered, 784 bytes, fit to be learnt again after
   * the next loadDigits(): nothing is kept here.
   * @param {Uint8Array | Uint8ClampedArray | Strokes} ink @param {number} label
   * @returns {Uint8Array}
   */
  learn(ink, label) {
    if (!Number.isInteger(label) || label < 0 || label > NO_DIGIT)
      refuse('A digit is learnt as 0 to 9, or as 10: no digit.');
    const pixels = isBytes(ink) ? Uint8Array.from(ink) : this.normalizeStrokes(ink);
    if (pixels.length !== PIXELS) refuse(`A picture of 28 × 28 is ${PIXELS} bytes.`);
    if (!pixels.some(Boolean)) refuse('There is no ink to learn.');
    const core = this.#core;
    withMemory(core, (take) => {
      const input = take(PIXELS);
      new Uint8Array(core.memory.buffer).set(pixels, input);
      const status = core.session_add_correction(this.#session, input, label);
      if (STATUS[status] === 'NO_ROOM')
        throw new DigitsError(
          'LEARNT_ENOUGH',
          `${this.learned} corrections are kept, and there is no room for more. Take some back first.`,
        );
      check(core, status);
    });
    return pixels;
  }

  /** How many corrections are known. */
  get learned() {
    return this.#core.session_corrections(this.#session);
  }

  /** Takes back one correction. @param {number} index 0 is the first one learnt */
  unlearn(index) {
    if (!(Number.isInteger(index) && index >= 0 && index < this.learned)) refuse(`There is no correction ${index}.`);
    check(this.#core, this.#core.session_remove_correction(this.#session, index));
  }

  /** Takes back all corrections. */
  forget() {
    for (let n = this.learned; n--; ) this.unlearn(n);
  }

  // ── explaining ──

  /**
   * The activations of each layer but the last, whose output is the logits, for a 28×28 picture.
   * @param {Uint8Array | Uint8ClampedArray} pixels
   * @returns {Layer[]}
   */
  layers(pixels) {
    if (!isBytes(pixels) || pixels.length !== PIXELS) refuse(`A picture of 28 × 28 is ${PIXELS} bytes.`);
    const core = this.#core;
    return withMemory(core, (take) => {
      const input = take(PIXELS);
      const shape = take(12);
      new Uint8Array(core.memory.buffer).set(pixels, input);
      return Array.from({ length: core.session_layers(this.#session) - 1 }, (_, layer) => {
        check(core, core.session_layer_shape(this.#session, layer, shape));
        const [height, width, channels] = new Int32Array(core.memory.buffer, shape, 3);
        const size = height * width * channels;
        const output = take(size);
        check(core, core.session_activations(this.#session, input, layer, output));
        return {
          height,
          width,
          channels,
          activations: new Uint8Array(core.memory.buffer).slice(output, output + size),
        };
      });
    });
  }

  /**
   * One digit's strokes in the form that the network sees and learns: 28×28 bytes of ink.
   * @param {Strokes} strokes
   * @returns {Uint8Array}
   */
  normalizeStrokes(strokes) {
    const core = this.#core;
    return withMemory(core, (take) => {
      const input = this.#put(strokes, take);
      const pixels = take(PIXELS);
      check(core, core.normalize_strokes(...input, pixels));
      return new Uint8Array(core.memory.buffer).slice(pixels, pixels + PIXELS);
    });
  }

  /**
   * One digit's ink, one byte a pixel (255 = ink), in that form.
   * @param {Uint8Array | Uint8ClampedArray} ink @param {number} width @param {number} height
   * @returns {Uint8Array}
   */
  normalizeInk(ink, width, height) {
    if (!isBytes(ink) || ink.length !== width * height)
      refuse(`Ink of ${width} × ${height} has a byte for each pixel.`);
    const core = this.#core;
    return withMemory(core, (take) => {
      const input = take(ink.length);
      const pixels = take(PIXELS);
      new Uint8Array(core.memory.buffer).set(ink, input);
      check(core, core.normalize_ink(input, width, height, pixels));
      return new Uint8Array(core.memory.buffer).slice(pixels, pixels + PIXELS);
    });
  }

  /**
   * Strokes into the core's memory.
   * @param {Strokes} strokes @param {(bytes: number) => number} take
   * @returns {[number, number, number]} xy, lengths, strokes
   */
  #put(strokes, take) {
    if (!Array.isArray(strokes) || !strokes.every(Array.isArray)) refuse('Strokes are lists of points [x, y].');
    const drawn = strokes.filter((stroke) => stroke.length > 0);
    const lengths = Uint32Array.from(drawn, (stroke) => stroke.length);
    const xy = new Float32Array(2 * lengths.reduce((sum, n) => sum + n, 0));
    let at = 0;
    for (const stroke of drawn) {
      for (const point of stroke) {
        xy[at++] = point?.[0];
        xy[at++] = point?.[1];
      }
    }
    if (!xy.every(Number.isFinite)) refuse('Each point of a stroke is a pair of numbers [x, y].');
    const points = take(xy.byteLength);
    const counts = take(lengths.byteLength);
    new Float32Array(this.#core.memory.buffer, points, xy.length).set(xy);
    new Uint32Array(this.#core.memory.buffer, counts, lengths.length).set(lengths);
    return [points, counts, lengths.length];
  }

  /** @param {Uint8Array | Uint8ClampedArray} pixels @param {number} n */
  #predict(pixels, n) {
    if (!Number.isInteger(n) || n < 0) refuse(`There cannot be ${n} pictures.`);
    if (!isBytes(pixels) || pixels.length !== n * PIXELS) {
      refuse(`A picture of 28 × 28 is ${PIXELS} bytes: for ${n} there must be ${n * PIXELS}.`);
    }
    const core = this.#core;
    return withMemory(core, (take) => {
      const input = take(pixels.length);
      const logits = take(4 * CLASSES * n);
      const probabilities = take(4 * CLASSES * n);
      new Uint8Array(core.memory.buffer).set(pixels, input);
      check(core, core.session_predict(this.#session, input, n, logits, probabilities));
      // slice: a copy, since the memory is given back; from .buffer again, since the call may have let it grow.
      return {
        logits: new Int32Array(core.memory.buffer, logits, CLASSES * n).slice(),
        probabilities: new Float32Array(core.memory.buffer, probabilities, CLASSES * n).slice(),
      };
    });
  }

  /** @param {(take: (bytes: number) => number) => number} call @returns {Reading} */
  #read(call) {
    const core = this.#core;
    const begin = performance.now();
    check(core, withMemory(core, call));
    const session = this.#session;
    const text = string(core, core.session_text(session));
    const digits = list(core.session_count(session), core.session_digits(session), DIGIT.size, (at) => digit(core, at));
    const signs = list(core.session_sign_count(session), core.session_signs(session), SIGN.size, (at) =>
      sign(core, at),
    );
    return { text, digits, signs, rotation: core.session_rotation(session), ms: performance.now() - begin };
  }
}

/**
 * An array of structs. @template T @param {number} length @param {number} first @param {number} size
 * @param {(at: number) => T} read @returns {T[]}
 */
const list = (length, first, size, read) => Array.from({ length }, (_, i) => read(first + i * size));

/**
 * What structs digits_digit and digits_sign have in common.
 * @param {DataView} view @param {typeof DIGIT | typeof SIGN} offsets
 */
function placed(view, { confidence, box, line, space_before }) {
  const [x, y, width, height] = [0, 4, 8, 12].map((side) => view.getInt32(box + side, true));
  return {
    confidence: view.getFloat32(confidence, true),
    box: /** @type {Digit['box']} */ ([x, y, width, height]),
    line: view.getInt32(line, true),
    spaceBefore: view.getInt32(space_before, true) === 1,
  };
}

/** @param {Core} core @param {number} at @returns {Digit} */
function digit({ memory: { buffer } }, at) {
  const view = new DataView(buffer, at);
  return {
    label: view.getInt32(DIGIT.label, true),
    ...placed(view, DIGIT),
    probabilities: Array.from(new Float32Array(buffer, at + DIGIT.probabilities, CLASSES)),
    pixels: new Uint8ClampedArray(buffer, at + DIGIT.pixels, PIXELS).slice(),
  };
}

/** @param {Core} core @param {number} at @returns {Sign} */
function sign({ memory: { buffer } }, at) {
  const view = new DataView(buffer, at);
  const code = view.getInt32(SIGN.sign, true);
  return {
    sign: /** @type {Sign['sign']} */ (code ? String.fromCharCode(code) : ''),
    ...placed(view, SIGN),
    after: view.getInt32(SIGN.after, true),
  };
}

/** @param {Int32Array} logits @param {number} i */
function best(logits, i) {
  const ten = logits.subarray(i * CLASSES, (i + 1) * CLASSES);
  return ten.indexOf(Math.max(...ten));
}

/** @param {unknown} value @returns {value is Uint8Array | Uint8ClampedArray} */
function isBytes(value) {
  return value instanceof Uint8Array || value instanceof Uint8ClampedArray;
}
