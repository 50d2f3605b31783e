// steady.js — keeps what a camera shows still: a digit is followed from frame to frame, its box moves smoothly, its label
// is what most of the last frames said, and one frame without it does not make it vanish.

/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {import('./engine.js').Digit} Digit */
/** @typedef {{digit: Digit, votes: number[], seen: number, missed: number}} Track */

const SAME = 0.3; // boxes that share as much of what both cover are of one digit
const NEW = 0.4; // share of the way that a box goes to where it was seen last
const MEMORY = 0.8; // what a vote counts one frame later
const SEEN = 2, MISSED = 4; // frames until a digit is shown, and until it is dropped

export class Steady {
  /** @type {Track[]} */
  #tracks = [];

  /** Forgets what was followed. */
  clear() { this.#tracks = []; }

  /** The reading of one more frame, calmed. @param {Reading} reading @returns {Reading} */
  follow(reading) {
    const free = new Set(this.#tracks);
    for (const digit of reading.digits) {
      const [track, share] = [...free].map((track) => /** @type {[Track, number]} */ ([track, overlap(track.digit.box, digit.box)]))
        .reduce((best, one) => (one[1] > best[1] ? one : best), /** @type {[Track | null, number]} */ ([null, SAME]));
      if (!track || !share) {
        this.#tracks.push(update({ digit, votes: Array(10).fill(0), seen: 0, missed: 0 }, digit));
      } else {
        free.delete(track);
        update(track, digit);
      }
    }
    for (const track of free) track.missed++;
    this.#tracks = this.#tracks.filter((track) => track.missed <= MISSED);
    const shown = this.#tracks.filter((track) => track.seen >= SEEN).map((track) => track.digit)
      .sort((a, b) => a.line - b.line || a.box[0] - b.box[0]);
    return { text: textOf(shown), digits: shown, ms: reading.ms };
  }
}

/** @param {Track} track @param {Digit} digit as it was seen now */
function update(track, digit) {
  track.missed = 0;
  track.seen++;
  track.votes = track.votes.map((votes, label) => votes * MEMORY + (label === digit.label ? digit.confidence : 0));
  const label = track.votes.indexOf(Math.max(...track.votes)), before = track.digit;
  const from = track.seen > 1 ? before.box : digit.box;
  const box = /** @type {Digit['box']} */ (digit.box.map((side, i) => from[i] + NEW * (side - from[i])));
  // Another label than most say: the box follows, the rest stays as it was when it was last read like that.
  track.digit = label === digit.label || track.seen === 1 ? { ...digit, label, box } : { ...before, box, line: digit.line };
  return track;
}

/** What two boxes share, of what both cover. @param {number[]} a @param {number[]} b */
function overlap([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx), height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  const shared = Math.max(width, 0) * Math.max(height, 0);
  return shared / (aw * ah + bw * bh - shared || 1);
}

/** @param {Digit[]} digits in reading order */
const textOf = (digits) => digits.map(({ label, line, spaceBefore }, i) =>
  (i && line !== digits[i - 1].line ? '\n' : i && spaceBefore ? ' ' : '') + label).join('');
