// worker.js — owns the engine, away from the page, which stays responsive whatever the engine does.
//
// In:  first the engine's parts, as far as the page has them; then {id, method, input}: a method of the engine and its
//      argument; or 'teach', or 'explain'
// Out: {id, result} or {id, error: {code, message}}. The first one, with id 0, says that the engine is ready.

import { loadDigits } from './engine.js';

/** @typedef {'readStrokes' | 'readImage' | 'readFile' | 'normalizeStrokes' | 'teach' | 'explain'} Method */
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

addEventListener('message', (/** @type {MessageEvent<import('./engine.js').Parts | null>} */ { data: parts }) => {
  loading = loadDigits({ parts });
  answer(0, async () => {
    const { variant, modelCard } = await loading;
    return { variant, modelCard };
  });
  addEventListener('message', (/** @type {MessageEvent<Question>} */ { data: { id, method, input } }) =>
    answer(id, async () => {
      if (method === 'teach') return teach(input);
      if (method === 'explain') return (await import('./explain.js')).explain(await loading, input);
      return (await loading)[method](input);
    }));
}, { once: true });
