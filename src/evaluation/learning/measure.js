// What corrections do: `make eval-learning`. Writers whose forms are misread correct five of their drawings; then they
// draw 40 new ones. Beside that, what MNIST's pictures are read as before and after. JSON lines.
//
// The three numbers of src/read/corrections.c were chosen on the last 5,000 pictures of train-* and other drawings (SEED gives
// others still); t10k had no say.

import { pathToFileURL } from 'node:url';
import { loadDigits } from '../../../web/engine.js';
import { readPictures } from '../../dataset/idx.js';
import { seededRandom } from '../../../tests/fixtures/handwriting.js';
import { mnist } from '../../../tests/unit/mnist.js';
import { FORMS, writer } from './forms.js';

const WRITERS = 4,
  CORRECTIONS = 5,
  NEW = 40,
  PATIENCE = 40; // drawings until five were misread
const digits = await loadDigits({ base: pathToFileURL('build/site/') });
const random = seededRandom(Number(process.env.SEED ?? 1));
/** @param {object} line */
const print = (line) => console.log(JSON.stringify(line));
/** @param {number} n @param {number} of */
const share = (n, of) => Math.round((1e4 * n) / of) / 1e4;

const folder = mnist(),
  t10k = folder ? readPictures(folder, 't10k') : null;
/** Right ones of t10k: those that are read as what they show, with enough confidence to count. */
function right() {
  if (!t10k) return 0;
  const labels = digits.predictBatch(t10k.pixels, t10k.labels.length);
  return labels.filter((label, i) => label === t10k.labels[i] && labels.confidences[i] >= digits.minConfidence).length;
}
const before = right(),
  count = t10k?.labels.length ?? 0;

/** @type {[Uint8Array, number][]} */
const everything = [];
const after = [];
let most = 0;
for (const form of FORMS) {
  for (let i = 0; i < WRITERS; i++) {
    const draw = writer(form, random);
    const picture = () => digits.normalizeStrokes(draw());
    const read = (/** @type {Uint8Array} */ pixels) => {
      const { label, confidence } = digits.predictPixels(pixels);
      return confidence >= digits.minConfidence && label === form.label;
    };
    const wrong = Array.from({ length: PATIENCE }, picture)
      .filter((pixels) => !read(pixels))
      .slice(0, CORRECTIONS);
    if (wrong.length < CORRECTIONS) continue; // it is read already
    const fresh = Array.from({ length: NEW }, picture),
      was = fresh.filter(read).length;
    for (const pixels of wrong) digits.learn(pixels, form.label);
    const is = fresh.filter(read).length,
      lost = before - right();
    digits.forget();
    most = Math.max(most, lost);
    after.push(is / NEW);
    everything.push(...wrong.map((pixels) => /** @type {[Uint8Array, number]} */ ([pixels, form.label])));
    print({
      form: form.name,
      writer: i,
      new_drawings: NEW,
      right_before: share(was, NEW),
      right_after: share(is, NEW),
      ...(t10k && { t10k_points_lost: share(100 * lost, count) }),
    });
  }
}
for (const [pixels, label] of everything) digits.learn(pixels, label);
print({
  corrected: after.length,
  right_after_mean: share(
    after.reduce((sum, one) => sum + one, 0),
    after.length,
  ),
  right_after_least: Math.min(...after),
  ...(t10k && {
    t10k: share(100 * before, count),
    t10k_points_lost_most: share(100 * most, count),
    corrections_at_once: everything.length,
    t10k_points_lost_by_all: share(100 * (before - right()), count),
  }),
});
digits.forget();
if (t10k && right() !== before) throw new Error('What was forgotten has left a trace.');
