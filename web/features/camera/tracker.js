// tracker.js — follows what is read from frame to frame of a camera, so that the reading keeps still: a box moves
// smoothly, a digit is what most of the last frames said, and one frame without it does not make it vanish.

/** @typedef {import('../../engine.js').Reading} Reading */
/** @typedef {import('../../engine.js').Digit} Digit */
/** @typedef {import('../../engine.js').Sign} Sign */
/** @typedef {Digit | Sign} Mark */
/** @typedef {{mark: Mark, votes: Map<string, number>, seen: number, missed: number}} Track */

const MIN_OVERLAP = 0.3; // intersection over union of two boxes that are of one mark
const SMOOTHING = 0.4; // share of the way that a box goes to where it was seen last
const MEMORY = 0.8; // what a vote counts one frame later
const SEEN = 2;
const MISSED = 4; // frames until a mark is shown, and until it is dropped

export class Tracker {
  /** @type {Track[]} */
  #tracks = [];

  /** Forgets what was followed. */
  clear() {
    this.#tracks = [];
  }

  /** The reading of one more frame, calmed. @param {Reading} reading @returns {Reading} */
  follow(reading) {
    const free = new Set(this.#tracks);
    for (const mark of [...reading.digits, ...reading.signs]) {
      const [track, overlap] = [...free]
        .filter((track) => isDigit(track.mark) === isDigit(mark))
        .map((track) => /** @type {[Track, number]} */ ([track, overlapOf(track.mark.box, mark.box)]))
        .reduce(
          (best, one) => (one[1] > best[1] ? one : best),
          /** @type {[Track | null, number]} */ ([null, MIN_OVERLAP]),
        );
      if (!track || !overlap) {
        this.#tracks.push(update({ mark, votes: new Map(), seen: 0, missed: 0 }, mark));
      } else {
        free.delete(track);
        update(track, mark);
      }
    }
    for (const track of free) track.missed++;
    this.#tracks = this.#tracks.filter((track) => track.missed <= MISSED);
    const shown = this.#tracks
      .filter((track) => track.seen >= SEEN)
      .map((track) => track.mark)
      .sort((a, b) => a.line - b.line || a.box[0] - b.box[0]);
    const digits = shown.filter(isDigit);
    const last = (/** @type {number} */ i) => shown.slice(0, i).findLast(isDigit);
    const signs = shown.flatMap((mark, i) =>
      isDigit(mark) ? [] : [{ ...mark, after: digits.indexOf(/** @type {Digit} */ (last(i))) }],
    );
    return { ...reading, text: textOf(shown), digits, signs };
  }
}

/** @param {Mark} mark @returns {mark is Digit} */
const isDigit = (mark) => 'label' in mark;

/** @param {Mark} mark */
const charOf = (mark) => (isDigit(mark) ? String(mark.label) : mark.sign);

/** @param {Track} track @param {Mark} mark as it was seen now */
function update(track, mark) {
  track.missed = 0;
  track.seen++;
  const { votes, mark: before } = track;
  const seen = charOf(mark);
  for (const [char, count] of votes) votes.set(char, count * MEMORY);
  votes.set(seen, (votes.get(seen) ?? 0) + mark.confidence);
  const [winner] = [...votes].reduce((best, one) => (one[1] > best[1] ? one : best));
  const from = track.seen > 1 ? before.box : mark.box;
  const box = /** @type {Mark['box']} */ (mark.box.map((side, i) => from[i] + SMOOTHING * (side - from[i])));
  // Other than most say: the box follows, the rest stays as it was when it was last read like that.
  track.mark = winner === seen || track.seen === 1 ? { ...mark, box } : { ...before, box, line: mark.line };
  return track;
}

/** Intersection over union. @param {number[]} a @param {number[]} b */
function overlapOf([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  const shared = Math.max(width, 0) * Math.max(height, 0);
  return shared / (aw * ah + bw * bh - shared || 1);
}

/** @param {Mark[]} marks in reading order */
const textOf = (marks) =>
  marks
    .map((mark, i) => (i && mark.line !== marks[i - 1].line ? '\n' : i && mark.spaceBefore ? ' ' : '') + charOf(mark))
    .join('');
