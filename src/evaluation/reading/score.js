// score.js — how well a reader's answers agree with what was written, and how well it knows when they do not.
import { wilson } from '../../../web/report/figures.js';

const BINS = 15; // of confidence, as in src/train/evaluate.c

/** @typedef {{label: number, confidence: number}} ReadDigit */
/** @typedef {{text: string, digits: ReadonlyArray<ReadDigit>}} Answer what engine.js gives, and more than we need */
/** @typedef {{confidence: number, right: boolean}} Claim one digit that was read, and whether it is there */
/**
 * @typedef {object} Verdict on one picture
 * @property {string[]} want the lines that were written
 * @property {string[]} got the lines that were read
 * @property {boolean} right whether they are the same: the whole answer
 * @property {number} edits digits to change, add or take away until they are, line breaks aside
 * @property {Claim[]} claims
 */
/**
 * @typedef {object} Score of many pictures; shares are 0 to 1, and null where there is nothing to take them of
 * @property {number} n
 * @property {number} right whole answers
 * @property {[number, number]} interval Wilson's, of 95 %
 * @property {number} digits that were written
 * @property {number} edits
 * @property {number | null} digitShare 1 − edits / digits
 * @property {number} blanks pictures without any digit
 * @property {number} blanksRight of these, those where none was read
 * @property {number} rejected of the others, those where none was read
 * @property {number} claims digits that were read
 * @property {number | null} ece expected calibration error over them
 * @property {number | null} auroc chance that a right answer is surer of its least sure digit than a wrong one is
 */

/** The digits of each line, or its digits and signs, without spaces and empty lines. @param {string} text @param {boolean} [signs] */
export const linesOf = (text, signs = false) =>
  text
    .split('\n')
    .map((line) => line.replace(signs ? /\s/g : /\D/g, ''))
    .filter(Boolean);

/**
 * The fewest digits to change, add or take away between two texts (Levenshtein), and which digits of what was read are
 * right in that alignment.
 * @param {string} want @param {string} got
 * @returns {{edits: number, right: boolean[]}}
 */
export function align(want, got) {
  const rows = [Array.from({ length: got.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= want.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= got.length; j++) {
      rows[i][j] = Math.min(
        rows[i - 1][j] + 1,
        rows[i][j - 1] + 1,
        rows[i - 1][j - 1] + Number(want[i - 1] !== got[j - 1]),
      );
    }
  }
  const right = new Array(got.length).fill(false);
  for (let i = want.length, j = got.length; i > 0 && j > 0; ) {
    const same = want[i - 1] === got[j - 1];
    if (rows[i][j] === rows[i - 1][j - 1] + Number(!same)) (right[--j] = same), i--;
    else if (rows[i][j] === rows[i - 1][j] + 1) i--;
    else j--;
  }
  return { edits: rows[want.length][got.length], right };
}

/** @param {string} expected @param {Answer} answer @param {boolean} [signs] whether they must be right, too @returns {Verdict} */
export function judge(expected, answer, signs = false) {
  const want = linesOf(expected, signs),
    got = linesOf(answer.text, signs);
  const { edits, right } = align(linesOf(expected).join(''), linesOf(answer.text).join(''));
  return {
    want,
    got,
    right: want.join('\n') === got.join('\n'),
    edits,
    claims: answer.digits.map(({ confidence }, i) => ({ confidence, right: right[i] ?? false })),
  };
}

/** How far confidence is from the share that is right, on average over bins of confidence. @param {Claim[]} claims */
export function calibrationError(claims) {
  const bins = Array.from({ length: BINS }, () => ({ right: 0, confidence: 0 }));
  for (const { confidence, right } of claims) {
    const bin = bins[Math.min(Math.floor(confidence * BINS), BINS - 1)];
    bin.right += Number(right);
    bin.confidence += confidence;
  }
  return claims.length
    ? bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.confidence), 0) / claims.length
    : null;
}

/** The chance that one of `high` is greater than one of `low`; ties count half. @param {number[]} high @param {number[]} low */
export function auroc(high, low) {
  if (!high.length || !low.length) return null;
  const all = [...high.map((value) => ({ value, high: true })), ...low.map((value) => ({ value, high: false }))].sort(
    (a, b) => a.value - b.value,
  );
  let ranks = 0;
  for (let from = 0, to = 0; from < all.length; from = to) {
    while (to < all.length && all[to].value === all[from].value) to++;
    const mean = (from + 1 + to) / 2; // equal values share their ranks
    ranks += mean * all.slice(from, to).filter((each) => each.high).length;
  }
  return (ranks - (high.length * (high.length + 1)) / 2) / (high.length * low.length);
}

/** An answer is as sure as its least sure digit. @param {Verdict} verdict */
export const leastSure = ({ claims }) => (claims.length ? Math.min(...claims.map((claim) => claim.confidence)) : null);

/** @param {Verdict[]} verdicts @returns {Score} */
export function score(verdicts) {
  const right = verdicts.filter((each) => each.right).length,
    claims = verdicts.flatMap((each) => each.claims);
  const digits = verdicts.reduce((sum, each) => sum + each.want.join('').replace(/\D/g, '').length, 0);
  const edits = verdicts.reduce((sum, each) => sum + each.edits, 0);
  const blanks = verdicts.filter((each) => !each.want.length),
    written = verdicts.filter((each) => each.want.length);
  const sure = (/** @type {boolean} */ which) =>
    verdicts
      .filter((each) => each.right === which)
      .map(leastSure)
      .filter((value) => value !== null);
  return {
    n: verdicts.length,
    right,
    interval: wilson(right, verdicts.length),
    digits,
    edits,
    digitShare: digits ? 1 - edits / digits : null,
    blanks: blanks.length,
    blanksRight: blanks.filter((each) => each.right).length,
    rejected: written.filter((each) => !each.got.length).length,
    claims: claims.length,
    ece: calibrationError(claims),
    auroc: auroc(sure(true), sure(false)),
  };
}
