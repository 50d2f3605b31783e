// report.js — the report's page: fetches what `make report` gathered, shows it, and follows a training that is going on.
import { drawConfusion, drawCurves, drawDisturbance, drawReliability, drawSweep, style } from './charts.js';
import { bestOf, duration, grouped, interval, parseScore, percent, validation, varying } from './figures.js';

/** @typedef {import('../../src/train/report.js').Run} Run */
/** @typedef {import('../../src/train/report.js').Runs} Runs */
/** @typedef {import('../../src/train/report.js').Evaluation} Evaluation */
/** @typedef {import('../../src/train/report.js').Measures} Measures */
/** @typedef {string | number | Node} Cell */

const COLORS = 8; // of curves: --c0 … in report.css
const CHOSEN = 6; // runs that are drawn before anybody chooses

/** @param {string} id @returns {any} */
const at = (id) => document.getElementById(id);

/** @type {Runs} */
let all = { live: false, runs: [], sweeps: [] };
/** @type {Evaluation} */
let evaluation = { weights: null, card: {}, set: null };
/** @type {Measures | null} */
let measures = null;

// ── parts ──

/** @param {string} tag @param {Record<string, unknown>} [values] @param {Cell[]} content */
function element(tag, values = {}, ...content) {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...content.map((cell) => (typeof cell === 'number' ? String(cell) : cell)));
  return made;
}

/** @param {string} id @param {Cell[]} head @param {{cells: Cell[], best?: boolean}[]} rows the first cell of each is its head */
function table(id, head, rows) {
  at(id).replaceChildren(
    element('thead', {}, element('tr', {}, ...head.map((cell) => element('th', { scope: 'col' }, cell)))),
    element(
      'tbody',
      {},
      ...rows.map(({ cells: [first, ...rest], best }) =>
        element(
          'tr',
          { className: best ? 'best' : '' },
          element('th', { scope: 'row' }, first),
          ...rest.map((cell) => element('td', {}, cell)),
        ),
      ),
    ),
  );
}

/** Pairs for a <dl>. @param {[string, Cell][]} pairs */
const described = (pairs) => pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]);

// ── how it reads ──

function showSummary() {
  const { score, set, weights, card } = evaluation;
  at('accuracy').textContent = score ? percent(score.accuracy) : '';
  at('accuracy-of').textContent = !weights
    ? 'There are no weights yet: make train makes them.'
    : !score || !set
      ? 'MNIST’s test set was not at hand when this report was made: make data gets it.'
      : `of ${grouped(score.n)} ${set.mnist ? 'digits of MNIST’s test set' : `digits in “${set.name}”, which is not MNIST’s test set,`} ` +
        `read right (95 % interval ${interval(score.n - score.errors, score.n)})`;
  const macs = Number(card['multiply-accumulates']);
  /** @type {[string, Cell][]} */
  const pairs = [];
  if (score)
    pairs.push(
      ['misread', grouped(score.errors)],
      ['calibration error', percent(score.ece)],
      ['mean log loss', score.nll.toFixed(4)],
    );
  if (weights) pairs.push(['weights', `${(weights.bytes / 1000).toFixed(1)} KB`]);
  if (macs) pairs.push(['multiply-adds', `${(macs / 1e6).toFixed(2)} million`]);
  at('figures').replaceChildren(...pairs.map(([name, value]) => element('div', {}, ...described([[name, value]]))));
}

/** 28 × 28 bytes of ink, drawn in this page's. @param {string} base64 @param {string} label @param {string} ink */
function picture(base64, label, ink) {
  const canvas = /** @type {any} */ (element('canvas', { width: 28, height: 28, role: 'img', ariaLabel: label }));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = ink;
  [...atob(base64)].forEach((char, i) => {
    context.globalAlpha = char.charCodeAt(0) / 255;
    context.fillRect(i % 28, Math.floor(i / 28), 1, 1);
  });
  return canvas;
}

function showEvaluation() {
  const { score, set, confusion, bins, misread, weights, card } = evaluation;
  showSummary();
  for (const id of ['misread', 'confusion', 'reliability']) at(id).hidden = !score;
  if (score && set && confusion && bins && misread) {
    at('misread-about').textContent =
      `All ${grouped(misread.length)} of the ${grouped(score.n)} test digits that were read wrongly: ` +
      'the label, what was read, and how sure the reader was.';
    const ink = style('ink');
    at('gallery').replaceChildren(
      ...[...misread]
        .sort((a, b) => a.label - b.label || a.reading - b.reading || a.index - b.index)
        .map(({ index, label, reading, confidence, pixels }) =>
          element(
            'li',
            { title: `number ${index} of the set` },
            picture(pixels, `A ${label}, read as ${reading}`, ink),
            element(
              'span',
              { className: 'verdict', ariaHidden: 'true' },
              String(label),
              element('i', {}, ' → '),
              element('b', {}, String(reading)),
            ),
            element('small', {}, percent(confidence, 0)),
          ),
        ),
    );
    const digits = [...'0123456789'];
    drawConfusion(confusion);
    table(
      'confusion-table',
      ['label', ...digits.map((digit) => `read as ${digit}`)],
      confusion.map((row, label) => ({ cells: [String(label), ...row] })),
    );
    drawReliability(bins, score.ece);
    table(
      'reliability-table',
      ['sure', 'digits', 'sure on average', 'right', '95 % interval'],
      bins.map(({ count, right, confidence }, i) => ({
        cells: [
          `${percent(i / bins.length, 0)} to ${percent((i + 1) / bins.length, 0)}`,
          grouped(count),
          ...(count ? [percent(confidence / count), percent(right / count), interval(right, count)] : ['–', '–', '–']),
        ],
      })),
    );
  }
  at('model').hidden = !weights;
  /** @type {[string, Cell][]} */
  const pairs = Object.entries(card).map(([name, value]) => [name, readable(value)]);
  if (weights) pairs.push(['file', `${weights.file}, ${grouped(weights.bytes)} bytes`], ['sha256', weights.sha256]);
  at('model-card').replaceChildren(...described(pairs));
}

/** An entry of the card: JSON as a list of its own; a score with its interval. @param {string} text @returns {Cell} */
function readable(text) {
  const score = parseScore(text);
  if (score) return `${text}; 95 % interval ${interval(score.n - score.errors, score.n)}`;
  try {
    const value = JSON.parse(text);
    if (value && typeof value === 'object') return list(value);
  } catch {
    /* most entries are plain text */
  }
  return text;
}

/** @param {object} object @returns {HTMLElement} */
function list(object) {
  return element(
    'dl',
    {},
    ...described(
      Object.entries(object).map(([name, value]) => [
        name,
        value && typeof value === 'object' ? list(value) : String(value === '' ? 'none' : value),
      ]),
    ),
  );
}

// ── what people write ──

/** A share with its interval, drawn. @param {[number, number]} interval @param {number} share */
function range(interval, share) {
  const drawn = element('span', { className: 'range' });
  [...interval, share].forEach((at, i) => drawn.style.setProperty(['--low', '--high', '--at'][i], `${100 * at}%`));
  return drawn;
}

function showPeople() {
  at('people-measured').hidden = !measures;
  if (!measures) {
    at('people-about').textContent =
      'Not measured yet: make eval-reading reads collected handwriting and made pictures, then make report shows it.';
    return;
  }
  const { sets, ordinary, network, surroundings, empty, together, disturbances, n, weights } = measures;
  const others = evaluation.weights && evaluation.weights.sha256 !== weights.sha256;
  at('people-about').textContent =
    `${sets.length ? 'Whole answers right, on pictures that were collected' : 'No collected handwriting was at hand'}; below, on pictures that are made ` +
    `of t10k’s digits, by what is around them, and on some without any. ${together.ece === null ? '' : `Of all ${grouped(together.claims)} digits that were read in the collected, the calibration error is ${percent(together.ece)}. `}` +
    `${others ? 'Measured with other weights than these: make eval-reading measures anew.' : ''}`;
  const share = (/** @type {number | null} */ value) => (value === null ? '–' : percent(value, 1));
  /** @param {{name: string, about: string, score: Measures['sets'][0]['score']}} measured */
  const cells = ({ name, about, score }) => ({
    cells: [
      element('span', {}, name, ...(about ? [element('small', {}, ` ${about}`)] : [])),
      grouped(score.n),
      element('span', {}, share(score.right / score.n), element('small', {}, ` ${interval(score.right, score.n)}`)),
      range(score.interval, score.right / score.n),
      share(score.digitShare),
      score.n > score.blanks ? share(score.rejected / (score.n - score.blanks)) : '–',
      score.ece === null ? '–' : percent(score.ece, 1),
      score.auroc === null ? '–' : score.auroc.toFixed(3),
    ],
  });
  const alone = network && { name: 'the network alone', about: 'the same digits, 28 × 28', score: network };
  table(
    'people-table',
    ['set', 'pictures', 'right', '0 to 100 %', 'digits right', 'none seen', 'calibration error', 'AUROC'],
    [...sets, ...[ordinary, alone].flatMap((each) => each ?? []), ...surroundings, ...empty].map(cells),
  );

  at('bears').hidden = !disturbances.length;
  if (disturbances.length) {
    at('bears-about').textContent =
      `${grouped(Math.min(n, disturbances[0].levels[0].score.n))} digits of t10k, each alone in a picture of 640 × 480 (for the gap, three in a row), and one thing changed at a time: ` +
      'the share that is read right, in percent, with its 95 % interval. Red: as in the ordinary setting.';
    showCurves('bears', disturbances);
  }
  const byDegree = surroundings.filter(({ levels }) => levels.length > 1);
  at('around').hidden = !byDegree.length;
  if (byDegree.length) {
    at('around-about').textContent =
      `${grouped(byDegree[0].levels[0].score.n)} whole pictures at each level: the share of whole answers that are right, in percent, with its 95 % interval.`;
    showCurves('around', byDegree);
  }

  offer(
    'failing-choice',
    failing().map(({ name }) => name),
  );
  at('failing').hidden = !failing().length;
  showFailures();
}

/** Curves over the levels of each, and a table of them. @param {string} part of the page @param {Measures['disturbances']} measured */
function showCurves(part, measured) {
  // Charts keep their elements: they are drawn on again.
  if (at(`${part}-charts`).children.length !== measured.length) {
    at(`${part}-charts`).replaceChildren(
      ...measured.map(({ name, unit }, i) =>
        element(
          'figure',
          {},
          element('figcaption', {}, name, element('small', {}, ` ${unit}`)),
          element('div', { className: 'chart', id: `${part}-${i}`, role: 'img' }),
        ),
      ),
    );
  }
  measured.forEach((each, i) => drawDisturbance(`${part}-${i}`, each));
  table(
    `${part}-table`,
    ['', 'level', 'right', '95 % interval', 'none seen'],
    measured.flatMap(({ name, levels }) =>
      levels.map(({ name: level, score }, i) => ({
        cells: [
          i ? '' : name,
          level,
          percent(score.right / score.n, 1),
          interval(score.right, score.n),
          score.rejected,
        ],
      })),
    ),
  );
}

/** What was misread, of what; of what has levels, at all of them. */
const failing = () =>
  measures
    ? [
        ...measures.sets,
        ...(measures.ordinary ? [measures.ordinary] : []),
        ...measures.surroundings,
        ...measures.empty.map((each) => ({ ...each, name: `empty: ${each.name}` })),
        ...measures.disturbances,
      ].filter(({ failures }) => failures.length)
    : [];

function showFailures() {
  const chosen = failing().find(({ name }) => name === at('failing-choice').value);
  if (!chosen) return;
  const byLevel = 'levels' in chosen && chosen.levels.length > 1;
  const scores = 'levels' in chosen ? chosen.levels.map(({ score }) => score) : [chosen.score];
  const all = scores.reduce((sum, { n, right }) => sum + n - right, 0),
    shown = chosen.failures.length;
  at('failing-about').textContent =
    `${all === shown ? `all ${grouped(all)}` : `${grouped(shown)} of ${grouped(all)}`}: ` +
    `what is written, what was read, ${byLevel ? 'at which level, ' : ''}and how sure the reader was of its least sure digit.`;
  const lines = (/** @type {string} */ text) => text.replaceAll('\n', ' / ') || 'nothing';
  at('failures').replaceChildren(
    ...chosen.failures.map(({ name, want, got, confidence, picture }) =>
      element(
        'li',
        { title: name },
        element('img', { src: picture, alt: `${lines(want)}, read as ${lines(got)}` }),
        element(
          'span',
          { className: 'verdict', ariaHidden: 'true' },
          lines(want),
          element('i', {}, ' → '),
          element('b', {}, lines(got)),
        ),
        element(
          'small',
          {},
          [...(byLevel ? [name.split(';')[0]] : []), ...(confidence === null ? [] : [percent(confidence, 0)])].join(
            ' · ',
          ),
        ),
      ),
    ),
  );
}

// ── how it learnt ──

/** The runs that are drawn, each with the number of its colour. @type {Map<string, number>} */
const drawn = new Map();
/** Runs that this page has seen: of these, it draws what its reader chose. @type {Set<string>} */
const seen = new Set();
const keyOf = (/** @type {Run} */ run) => `${at('group').value} ${run.id} ${run.start}`;

/** @param {Run} run @param {boolean} on */
function choose(run, on) {
  const key = keyOf(run);
  if (!on) drawn.delete(key);
  else if (!drawn.has(key)) {
    const uses = Array.from(
      { length: COLORS },
      (_, color) => [...drawn.values()].filter((each) => each === color).length,
    );
    drawn.set(key, uses.indexOf(Math.min(...uses)));
  }
}

/** What is in a <select>, if that is not so yet. @param {string} id @param {string[]} names */
function offer(id, names) {
  if ([...at(id).options].map((option) => option.value).join('\n') === names.join('\n')) return;
  const chosen = at(id).value;
  at(id).replaceChildren(...names.map((name) => element('option', { value: name }, name)));
  if (names.includes(chosen)) at(id).value = chosen;
}

const RUNS = 'single runs';
const group = () => all.sweeps.find((sweep) => sweep.name === at('group').value)?.trials ?? all.runs;

/** A validation accuracy or test score in a table's cell, with its interval where the number of pictures is known.
 * @param {string | undefined} text @param {number} [now] what is known before the run ends */
function scoreCell(text, now = -1) {
  const score = parseScore(text);
  if (score)
    return element(
      'span',
      {},
      percent(score.accuracy),
      element('small', {}, ` ${interval(score.n - score.errors, score.n)}`),
    );
  return now < 0 ? '–' : percent(now);
}

/** How far it is. @param {Run} run */
function trained(run) {
  const epochs = run.epochs.at(-1)?.epoch ?? 0;
  if (run.done) return `${epochs || run.epochsPlanned} epochs`;
  return `${run.state && run.state !== 'done' ? `${run.state} at ` : ''}${epochs} of ${run.epochsPlanned || '?'}`;
}

function showLearning() {
  offer('group', [...(all.runs.length || !all.sweeps.length ? [RUNS] : []), ...all.sweeps.map((sweep) => sweep.name)]);
  at('group-label').hidden = at('group').options.length < 2;
  const runs = group(),
    best = bestOf(runs);
  const favourites = [...runs].sort(
    (a, b) => Number(b === best) - Number(a === best) || validation(b) - validation(a) || (a.start < b.start ? 1 : -1),
  );
  const newest = runs.reduce((latest, run) => (latest && latest.start >= run.start ? latest : run), runs.at(0));
  const following = runs.some((run) => seen.has(keyOf(run))); // then what is new has just begun
  favourites.forEach((run, i) => {
    if (!seen.has(keyOf(run))) choose(run, i < CHOSEN || run === newest || (following && drawn.size < 2 * CHOSEN));
    seen.add(keyOf(run));
  });
  at('learning-about').textContent = runs.length
    ? 'Choose in the table which are drawn. The best by validation is marked.'
    : 'There are no logs of runs yet: make train writes one.';
  const settings = varying(runs),
    focused = document.activeElement?.id;
  const color = (/** @type {Run} */ run) => style(`c${drawn.get(keyOf(run))}`);
  table(
    'runs-table',
    ['run', ...settings, 'trained', 'validation', 't10k', 'images/s', 'time'],
    runs.map((run, i) => {
      const last = run.epochs.at(-1);
      const box = element('input', {
        type: 'checkbox',
        id: `run-${i}`,
        checked: drawn.has(keyOf(run)),
        onchange: (/** @type {any} */ event) => {
          choose(run, event.target.checked);
          showLearning();
        },
      });
      const label = element('label', {}, box, run.name);
      if (drawn.has(keyOf(run))) label.style.setProperty('--color', color(run));
      return {
        best: run === best,
        cells: [
          label,
          ...settings.map((name) => String(run.recipe[name] ?? '–')),
          trained(run),
          scoreCell(run.done?.validation, validation(run)),
          scoreCell(run.done?.t10k),
          last?.images_per_second ? grouped(last.images_per_second) : '–',
          last ? duration(run.done?.seconds ?? last.seconds) : '–',
        ],
      };
    }),
  );
  at('runs-table').hidden = !runs.length;
  if (focused) at(focused)?.focus({ preventScroll: true });
  drawCurves(
    runs.filter((run) => drawn.has(keyOf(run))).map((run) => ({ run, color: color(run), best: run === best })),
  );
}

function showSweep() {
  at('sweep').hidden = !all.sweeps.length;
  if (!all.sweeps.length) return;
  offer(
    'sweep-choice',
    all.sweeps.map((sweep) => sweep.name),
  );
  at('sweep-label').hidden = all.sweeps.length < 2;
  const { name, trials } = all.sweeps.find((sweep) => sweep.name === at('sweep-choice').value) ?? all.sweeps[0];
  const best = bestOf(trials),
    settings = varying(trials),
    known = trials.filter((run) => run.epochs.length);
  const score = parseScore(best?.done?.validation);
  at('sweep-about').textContent =
    `${name}: ${grouped(trials.length)} trials, ${grouped(trials.filter((run) => run.done).length)} of them through. ` +
    (best
      ? `Best by validation accuracy, in red: ${best.name} with ${percent(validation(best))}` +
        `${score ? ` (95 % interval ${interval(score.n - score.errors, score.n)})` : ''}.`
      : 'None has come through an epoch yet.');
  drawSweep(name, known, settings, best);
  table(
    'sweep-table',
    ['trial', ...settings, 'trained', 'validation', 't10k'],
    [...trials]
      .sort((a, b) => Number(b === best) - Number(a === best) || validation(b) - validation(a))
      .map((run) => ({
        best: run === best,
        cells: [
          run.name,
          ...settings.map((setting) => String(run.recipe[setting] ?? '–')),
          trained(run),
          scoreCell(run.done?.validation, validation(run)),
          scoreCell(run.done?.t10k),
        ],
      })),
  );
}

function showRuns() {
  showLearning();
  showSweep();
}

// ── from the files ──

const tags = new Map();
/** The file's content; undefined if it is as it was. @param {string} name */
async function load(name) {
  const response = await fetch(`report/${name}`, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${name}: the server says ${response.status}`);
  const tag = response.headers.get('etag');
  if (tag && tags.get(name) === tag) return undefined;
  const value = await response.json();
  tags.set(name, tag);
  return value;
}

async function refresh() {
  const [runs, read, measured] = await Promise.all(['runs.json', 'evaluation.json', 'reading.json'].map(load));
  if (read) {
    evaluation = read;
    showEvaluation();
  }
  if (measured !== undefined) measures = measured;
  if (read || measured !== undefined) showPeople(); // whether the weights are the same is seen from both
  if (runs) {
    all = runs;
    showRuns();
  }
}

const sleep = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

at('group').addEventListener('change', showLearning);
at('sweep-choice').addEventListener('change', showSweep);
at('failing-choice').addEventListener('change', showFailures);
const redraw = () => {
  showEvaluation();
  showPeople();
  showRuns();
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
matchMedia('(width < 40rem)').addEventListener('change', redraw);

try {
  await refresh();
  document.documentElement.dataset.ready = 'true';
} catch (error) {
  at('trouble').textContent = `The report’s figures could not be loaded (${error.message}). make report makes them.`;
  document.documentElement.dataset.ready = 'failed';
}
while (all.live) {
  at('live').textContent = '● live';
  await sleep(1000);
  if (document.hidden) continue;
  await refresh().catch(() => {
    at('live').textContent = 'The live server does not answer; trying again …';
    return sleep(2000);
  });
}
