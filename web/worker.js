// worker.js — owns the engine, away from the page, which stays responsive whatever the engine does.
//
// In:  {id, method: 'readStrokes' | 'readImage' | 'readFile', input}
// Out: {id, result} or {id, error: {code, message}}. The first one, with id 0, says that the engine is ready.

import { loadDigits } from './engine.js';

/** @typedef {{id: number, method: 'readStrokes' | 'readImage' | 'readFile', input: any}} Question */
/** @typedef {{id: number, result?: any, error?: {code: string, message: string}}} Answer */

const loading = loadDigits();

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

answer(0, async () => {
  const { variant, modelCard } = await loading;
  return { variant, modelCard };
});

addEventListener('message', (/** @type {MessageEvent<Question>} */ { data: { id, method, input } }) =>
  answer(id, async () => (await loading)[method](input)));
