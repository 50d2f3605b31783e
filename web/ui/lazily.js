// lazily.js — loads what is needed now and was not until now.

/** A function that loads once, and tries again when it had failed.
 * @template T @param {() => Promise<T>} load @returns {() => Promise<T>} */
export function lazily(load) {
  /** @type {Promise<T> | null} */
  let loaded = null;
  return () =>
    (loaded ??= load().catch((error) => {
      loaded = null;
      throw error;
    }));
}
