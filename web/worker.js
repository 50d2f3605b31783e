// worker.js — owns the engine, away from the page, which stays responsive whatever the engine does.
//
// In:  first the engine's parts, as far as the page has them; then {id, method, input}: a method of the engine and its
//      argument; or 'teach', 'explain', 'readFrame'
// Out: {id, result} or {id, error: {code, message}}. The first one, with id 0, says that the engine is ready.

import { loadDigits } from './engine.js';

/** @typedef {'readStrokes' | 'readImage' | 'readFrame' | 'readFile' | 'normalizeStrokes' | 'teach' | 'explain'} Method */
/** @typedef {{id: number, method: Method, input: any}} Question */
/** @typedef {{id: number, result?: any, error?: {code: string, message: string}}} Answer */

/** @type {Promise<import('./engine.js').Digits>} */
let loading;

/** @param {number} id @param {() => Promise<unknown>} work */
async function answer(id, work) {
  /** @type {Answer} */
  let message;
  try {
    message = { id, result: await work() };
  } catch (error) {
    const { code = 'UNKNOWN', message: text = String(error) } = /** @type {{code?: string, message?: string}} */ (error);
    message = { id, error: { code, message: text } };
  }
  postMessage(message);
}

/** All that was learnt, in place of what was learnt before. @param {{pixels: Uint8Array, label: number}[]} corrections */
async function teach(corrections) {
  const digits = await loading;
  digits.forget();
  for (const { pixels, label } of corrections) digits.learn(pixels, label);
}

/** @type {OffscreenCanvasRenderingContext2D | null} */
let context = null;

/** The pixels of a camera's frame, in that size. @param {{frame: VideoFrame, width: number, height: number}} input */
function pixels({ frame, width, height }) {
  context ??= /** @type {OffscreenCanvasRenderingContext2D} */
    (new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true }));
  Object.assign(context.canvas, { width, height });
  context.drawImage(frame, 0, 0, width, height);
  frame.close();
  return context.getImageData(0, 0, width, height);
}

addEventListener('message', (/** @type {MessageEvent<import('./engine.js').Parts | null>} */ { data: parts }) => {
  loading = loadDigits({ parts });
  answer(0, async () => {
    const { variant, modelCard } = await loading;
    return { variant, modelCard };
  });
  addEventListener('message', (/** @type {MessageEvent<Question>} */ { data: { id, method, input } }) =>
    answer(id, async () => {
      if (method === 'teach') return teach(input);
      if (method === 'readFrame') return (await loading).readImage(pixels(input));
      if (method === 'explain') return (await import('./explain.js')).explain(await loading, input);
      return (await loading)[method](input);
    }));
}, { once: true });
