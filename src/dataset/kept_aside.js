// kept_aside.js — what no network learns from, so that it can be measured on: a fifth of each set, by the data and not by
// chance. The same rule as in src/scenes/source.c.

const KEPT_ASIDE = 5; // every so many

/** Whether what this writer gave, or what is in this file, is kept aside: by a hash of the name (FNV-1a, 32 bits).
 * @param {string} name */
export function isKeptAside(name) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % KEPT_ASIDE === 0;
}

/** Of where a UNIPEN drawing is from, “data/1a/apa/apa09/app0976.dat:1”, the writer: “…/app”. @param {string} src */
export const writerOf = (src) =>
  src
    .split(':')[0]
    .replace(/\.dat$/, '')
    .replace(/\d+$/, '');

/** Of n in a row whose writers are not known, the first so many are trained on; the rest is kept aside. @param {number} n */
export const trainedOf = (n) => n - Math.floor(n / KEPT_ASIDE);
