// figures.js — what the report computes from runs and scores: intervals, the best run, what differs between runs.

/** @typedef {import('../../src/train/report.js').Run} Run */

/** Wilson's 95 % interval of a share, k of n. @param {number} k @param {number} n @returns {[number, number]} */
export function wilson(k, n) {
  const z = 1.959964,
    p = k / n,
    middle = p + (z * z) / (2 * n);
  const reach = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, (middle - reach) / (1 + (z * z) / n)), Math.min(1, (middle + reach) / (1 + (z * z) / n))];
}

/** @param {number} share @param {number} [places] */
export const percent = (share, places = 2) => `${(100 * share).toFixed(places)}\u00a0%`;

/** “99.46–99.71 %” @param {number} k @param {number} n */
export const interval = (k, n) =>
  `${wilson(k, n)
    .map((share) => (100 * share).toFixed(2))
    .join('–')}\u00a0%`;

/** A score as the trainer writes it: “99.60 % of 10000 (40 wrong), ece 0.0026”. @param {string | undefined} text */
export function parseScore(text) {
  const found = /of (\d+) \((\d+) wrong\)/.exec(text ?? '');
  if (!found) return undefined;
  const [n, errors] = found.slice(1).map(Number);
  return { n, errors, accuracy: 1 - errors / n };
}

/** The validation accuracy that a run has now; −1 before its first epoch. @param {Run} run */
export const validation = (run) => run.epochs.at(-1)?.validation_accuracy ?? -1;

/** Of the runs that are through (of all, while none is), the one of the best validation accuracy; of equal ones, that
 * of the lesser validation loss. The test set has no say. @param {Run[]} runs */
export function bestOf(runs) {
  const done = runs.filter((run) => run.done),
    from = (done.length ? done : runs).filter((run) => run.epochs.length);
  const loss = (/** @type {Run} */ run) => run.epochs.at(-1)?.validation_nll ?? Infinity;
  return from.sort((a, b) => validation(b) - validation(a) || loss(a) - loss(b)).at(0);
}

/** The settings in which runs differ. @param {Run[]} runs */
export function varying(runs) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.recipe)))];
  return names.filter((name) => new Set(runs.map((run) => run.recipe[name])).size > 1);
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** 12345 → “12,345” @param {number} n */
export const grouped = (n) => n.toLocaleString('en');
