// worker.js — owns the engine, away from the page, which stays responsive whatever the engine does.
//
// In:  first the engine's parts, as far as the page has them; then {id, method, input}: a method below and its argument
// Out: {id, result} or {id, error: {code, message}}. The first one, with id 0, says that the engine is ready.

import { loadDigits } from './engine.js';

/** @typedef {import('./engine.js').Digits} Digits */
/** @typedef {import('./engine.js').Picture} Picture */
/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {{pixels: Uint8Array, label: number}} Correction */
/** @typedef {keyof typeof methods} Method */
/** @template {Method} M @typedef {Parameters<typeof methods[M]>[1]} Input */
/** @template {Method} M @typedef {Awaited<ReturnType<typeof methods[M]>>} Result */
/** @typedef {{id: number, method: Method, input: any}} Question */
/** @typedef {{id: number, result?: any, error?: {code: string, message: string}}} Answer */

/** What the page can ask for. reader.js takes the types of questions and answers from here. */
const methods = {
  /** @param {Digits} digits @param {import('./engine.js').ImageParts} parts */
  loadImages: (digits, parts) => digits.loadImages(parts),
  /** @param {Digits} digits @param {number[][][]} strokes */
  readStrokes: (digits, strokes) => digits.readStrokes(strokes),
  /** @param {Digits} digits @param {Picture} image */
  readImage: (digits, image) => digits.readImage(image),
  /** @param {Digits} digits @param {{frame: VideoFrame, width: number, height: number}} input */
  readFrame: (digits, input) => digits.readImage(frameInSize(input)),
  readFile,
  /** @param {Digits} digits @param {number[][][]} strokes */
  normalizeStrokes: (digits, strokes) => digits.normalizeStrokes(strokes),
  /** Learns these corrections in place of all earlier ones. @param {Digits} digits @param {Correction[]} corrections */
  setCorrections(digits, corrections) {
    digits.forget();
    for (const { pixels, label } of corrections) digits.learn(pixels, label);
  },
  /** @param {Digits} digits @param {Uint8ClampedArray} pixels */
  explain: async (digits, pixels) => (await import('./features/explain/explain.js')).explain(digits, pixels),
};

/**
 * Decodes a PNG or JPEG file, once, for reading and for showing.
 * @param {Digits} digits @param {ArrayBuffer} file
 * @returns {Promise<{reading: Reading, bitmap: ImageBitmap}>}
 */
async function readFile(digits, file) {
  const image = digits.decodeFile(file);
  const reading = digits.readImage(image);
  return { reading, bitmap: await createImageBitmap(new ImageData(image.data, image.width, image.height)) };
}

/** @type {OffscreenCanvasRenderingContext2D | null} */
let context = null;

/** The pixels of a camera's frame, in that size. @param {{frame: VideoFrame, width: number, height: number}} input */
function frameInSize({ frame, width, height }) {
  context ??=
    /** @type {OffscreenCanvasRenderingContext2D} */
    (new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true }));
  Object.assign(context.canvas, { width, height });
  context.drawImage(frame, 0, 0, width, height);
  frame.close();
  return context.getImageData(0, 0, width, height);
}

/** @param {number} id @param {() => unknown} work */
async function answer(id, work) {
  /** @type {Answer} */
  let message;
  try {
    message = { id, result: await work() };
  } catch (error) {
    const { code = 'UNKNOWN', message: text = String(error) } = /** @type {{code?: string, message?: string}} */ (
      error
    );
    message = { id, error: { code, message: text } };
  }
  const bitmap = message.result?.bitmap;
  postMessage(message, bitmap ? [bitmap] : []);
}

addEventListener(
  'message',
  (/** @type {MessageEvent<import('./engine.js').Parts | null>} */ { data: parts }) => {
    const loading = loadDigits({ parts, images: false });
    answer(0, async () => {
      const { variant, modelCard } = await loading;
      return { variant, modelCard };
    });
    addEventListener('message', (/** @type {MessageEvent<Question>} */ { data: { id, method, input } }) =>
      answer(id, async () => methods[method](await loading, /** @type {never} */ (input))),
    );
  },
  { once: true },
);
