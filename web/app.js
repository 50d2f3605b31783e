// app.js — puts the page together: the reader, the three modes, the keys. What drawing does not need is loaded when it
// is first opened: photo, camera, corrections, the look inside, other languages.

import { Pad } from './ink.js';
import { reader } from './reader.js';
import { View } from './view.js';
import { LANGUAGES, keep, preferred, recall, speak, t } from './words.js';

/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {import('./engine.js').Digit} Digit */
/** @typedef {'draw' | 'photo' | 'camera'} Mode */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));
/** @param {string} id @param {() => void} act */
const onClick = (id, act) => at(id).addEventListener('click', act);

const root = document.documentElement;
const help = /** @type {HTMLDialogElement} */ (at('help')), sheet = /** @type {HTMLDialogElement} */ (at('sheet'));
const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[role=tab]')]);
const modes = /** @type {Mode[]} */ (tabs.map((tab) => tab.dataset.mode));

/** Loads what is needed now and was not till now; tried anew when the net had failed.
 * @template T @param {() => Promise<T>} load @returns {() => Promise<T>} */
function lazily(load) {
  /** @type {Promise<T> | null} */
  let loaded = null;
  return () => (loaded ??= load().catch((error) => {
    loaded = null;
    throw error;
  }));
}

/** Says something at the foot of the page, with an action to take. @param {string} text @param {string} [action]
 * @param {() => void} [act] @param {number} [seconds] */
function notify(text, action = '', act = () => {}, seconds = 8) {
  const [span, button] = /** @type {HTMLElement[]} */ ([...at('notice').children]);
  span.textContent = text;
  button.textContent = action;
  button.hidden = !action;
  button.onclick = () => {
    notify('');
    act();
  };
  clearTimeout(notice);
  if (text && seconds) notice = setTimeout(() => notify(''), 1000 * seconds);
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
let notice;

// ── What was read last in each mode; the open one is shown ─────────────────────────────────────────

/** @type {Mode} */
let mode = 'draw';
/** @type {Partial<Record<Mode, Reading | null>>} */
const readings = {};

const view = new View({ result: at('result'), reading: at('reading'), glyphs: at('glyphs'),
  confidence: at('confidence'), which: at('which'), bars: at('bars'), time: at('time'), seen: at('seen'),
  said: at('said'), noDigit: at('no-digit') }, correct);

/** @param {Mode} from @param {Reading | null} reading */
function show(from, reading) {
  readings[from] = reading;
  if (from === mode) view.show(reading, Boolean(reading) && mode === 'draw' && pad.strokes.some((stroke) => stroke.length > 2));
}

/** Says what went wrong, in the panel where it did. @param {Mode} where */
const trouble = (where) => (/** @type {string} */ message) => { at(`${where}-trouble`).textContent = t(message); };

onClick('copy', async () => {
  try {
    await navigator.clipboard.writeText(readings[mode]?.text ?? '');
    notify(t('Copied.'));
  } catch {
    notify(t('This browser does not let the page copy.'));
  }
});

/** Once there is nothing more urgent: makes the app ready for the next visit, which may be without a net. */
const settle = lazily(async () => (await import('./offline.js')).prepare(notify));

// ── Draw ───────────────────────────────────────────────────────────────────────────────────────────

const pad = new Pad(at('pad'), () => {
  at('draw').dataset.empty = String(!pad.strokes.length);
  /** @type {HTMLButtonElement} */ (at('undo')).disabled = !pad.canUndo;
  /** @type {HTMLButtonElement} */ (at('redo')).disabled = !pad.canRedo;
  /** @type {HTMLButtonElement} */ (at('clear')).disabled = !pad.strokes.length;
  readInk();
}, (text) => { at('said').textContent = t(text); });

async function readInk(again = false) {
  trouble('draw')('');
  const strokes = pad.strokes;
  if (!strokes.length) return show('draw', null);
  try {
    const reading = await reader.readStrokes(strokes);
    // null: newer ink is being read. And a sheet that was cleared meanwhile stays empty.
    if (reading && pad.strokes.length) show('draw', reading);
    if (reading?.text) settle();
  } catch (error) {
    const { code, message } = /** @type {import('./reader.js').ReadingError} */ (error);
    if (code === 'HUNG' && !again) return readInk(true); // once: ink that hangs the reader must not do so for ever
    show('draw', null); // the ink has changed: the reading before is not its reading
    trouble('draw')(message);
  }
}

onClick('undo', () => pad.undo());
onClick('redo', () => pad.redo());
onClick('clear', () => pad.clear());

// An update reloads the page: the ink is still there afterwards.
addEventListener('pagehide', () => {
  try {
    sessionStorage.setItem('ink', JSON.stringify(pad.strokes));
  } catch {
    // a private window that keeps nothing
  }
});
try {
  pad.restore(JSON.parse(sessionStorage.getItem('ink') ?? '[]'));
} catch {
  // nothing kept, or not by us
}

// ── Photo ──────────────────────────────────────────────────────────────────────────────────────────

const photo = lazily(async () => new (await import('./photo.js')).Photo(
  { stage: at('photo-stage'), picture: at('picture'), overlay: at('photo-boxes') }, reader,
  { reading: (reading) => show('photo', reading), trouble: trouble('photo') }));
const file = /** @type {HTMLInputElement} */ (at('file'));

/** @param {ArrayLike<File> | undefined} files */
function readFiles(files) {
  if (!files?.length) return false;
  const [first] = Array.from(files);
  open('photo');
  photo().then((photo) => photo.read(first), () => trouble('photo')('This part of the page could not be loaded.'));
  return true;
}

file.addEventListener('change', () => {
  readFiles([...file.files ?? []]);
  file.value = ''; // so that the same file can be chosen again
});
document.addEventListener('paste', (event) => {
  if (readFiles(event.clipboardData?.files)) event.preventDefault();
});
for (const type of ['dragover', 'dragleave', 'drop']) {
  document.addEventListener(type, (event) => {
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    if (!dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    root.classList.toggle('dragging', type === 'dragover');
    if (type === 'drop') readFiles(dataTransfer.files);
  });
}

// ── Camera ─────────────────────────────────────────────────────────────────────────────────────────

const camera = lazily(async () => new (await import('./camera.js')).Camera({ video: at('video'),
  overlay: at('camera-boxes'), stage: at('camera-stage'), shutter: at('shutter'), freeze: at('freeze'), torch: at('torch'), lens: at('lens') },
  reader, { reading: (reading) => show('camera', reading), trouble: trouble('camera') }));

/** @param {(camera: import('./camera.js').Camera) => void} work */
const withCamera = (work) =>
  camera().then(work, () => trouble('camera')('This part of the page could not be loaded.'));

onClick('shutter', () => withCamera((camera) => (camera.running ? camera.stop() : camera.start())));
onClick('video', () => withCamera((camera) => (camera.running ? camera.freeze() : camera.start())));

// ── Learning ───────────────────────────────────────────────────────────────────────────────────────

const corrections = lazily(async () => new (await import('./corrections.js')).Corrections().open());

/** Teaches the reader what the list says, and reads everything again. */
async function teach() {
  await reader.ask('teach', (await corrections()).list);
  await readInk();
  if (readings.photo) (await photo()).again();
  if (mode === 'camera') withCamera((camera) => camera.again());
}

async function recallCorrections() {
  try {
    await teach();
  } catch {
    notify(t('What you had taught could not be loaded.'));
  }
}

/** The visitor says what the digit shown is, or the ink that could not be read. @param {number} label
 * @param {Digit | null} digit */
async function correct(label, digit) {
  try {
    const pixels = digit?.pixels ?? await reader.ask('normalizeStrokes', pad.strokes), known = await corrections();
    const { id } = await known.add(pixels, label);
    await teach();
    const what = label > 9 ? t('Learnt: this is no digit.') : t('Learnt: this is a {digit}.', { digit: label });
    notify(known.lasting ? what : `${what} ${t('This browser keeps nothing: it will be forgotten when the page is closed.')}`,
      t('Undo'), async () => {
        await known.remove(id);
        await teach();
      });
  } catch (error) {
    notify(t(/** @type {Error} */ (error).message));
  }
}

// ── What opens above the page ──────────────────────────────────────────────────────────────────────

/** Shows a sheet that a module fills. @param {() => Promise<void>} fill */
async function openSheet(fill) {
  try {
    if (!document.querySelector('link[href="sheets.css"]')) {
      document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: 'sheets.css' }));
    }
    await fill();
    sheet.showModal();
  } catch (error) {
    notify(t(/** @type {Error} */ (error).message));
  }
}

/** Of the network that reads here. @type {Record<string, string>} */
let card = {};

onClick('learnt', () => openSheet(async () =>
  (await import('./learnt.js')).showLearnt(sheet, await corrections(), teach)));
onClick('think', () => openSheet(async () => {
  const digit = view.digit;
  if (digit) (await import('./think.js')).showThinking(sheet, digit, await reader.ask('explain', digit.pixels), card);
}));
onClick('keys', () => help.showModal());

// ── Tabs ───────────────────────────────────────────────────────────────────────────────────────────

/** @param {Mode} next */
function open(next) {
  if (mode === 'camera' && next !== mode) withCamera((camera) => camera.stop());
  mode = next;
  tabs.forEach((tab, i) => {
    const chosen = modes[i] === mode;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    at(modes[i]).hidden = !chosen;
  });
  if (mode === 'camera') withCamera((camera) => trouble('camera')(camera.hindrance));
  show(mode, readings[mode] ?? null);
}

tabs.forEach((tab, i) => {
  tab.addEventListener('click', () => {
    open(modes[i]);
    if (mode === 'camera') withCamera((camera) => camera.running || mode !== 'camera' || camera.start());
  });
  tab.addEventListener('keydown', ({ key }) => {
    const back = root.dir === 'rtl' ? 1 : -1;
    const to = { ArrowLeft: i + back, ArrowRight: i - back, Home: 0, End: -1 }[key];
    const next = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (!next) return;
    open(/** @type {Mode} */ (next.dataset.mode)); // opening by arrows passes by the camera: it starts by Enter
    next.focus();
  });
});

// ── Keys ───────────────────────────────────────────────────────────────────────────────────────────

const letters = /** @type {HTMLInputElement} */ (at('letters'));

/** @type {Record<string, () => void>} */
const KEYS = {
  d: () => { open('draw'); at('pad').focus(); },
  p: () => { open('photo'); file.focus(); },
  c: () => { tabs[modes.indexOf('camera')].click(); at('shutter').focus(); },
  '?': () => help.showModal(),
};

document.addEventListener('keydown', (event) => {
  const { key, shiftKey, target } = event, command = event.ctrlKey || event.metaKey;
  if (help.open || sheet.open || event.altKey || target instanceof HTMLSelectElement) return;
  const letter = key.toLowerCase();
  /** @type {(() => void) | undefined} */
  let action;
  if (command && mode === 'draw') {
    if (letter === 'z') action = () => (shiftKey ? pad.redo() : pad.undo());
    if (letter === 'y') action = () => pad.redo();
  } else if (!command) {
    if (mode === 'draw' && ['Delete', 'Backspace', 'Escape'].includes(key)) action = () => pad.clear();
    else if (letters.checked) action = KEYS[letter];
  }
  if (!action) return;
  event.preventDefault();
  action();
});

// ── Language, and how the page was opened ──────────────────────────────────────────────────────────

const languages = /** @type {HTMLSelectElement} */ (at('language'));
for (const [tag, name] of Object.entries(LANGUAGES)) languages.append(new Option(name, tag));
for (const option of languages.options) option.lang = option.value;

/** @param {keyof typeof LANGUAGES} to */
async function turnTo(to) {
  await speak(to).catch(() => notify('This language could not be loaded.'));
  languages.value = root.lang;
  show(mode, readings[mode] ?? null);
}
languages.addEventListener('change', () => {
  keep('language', languages.value);
  turnTo(/** @type {keyof typeof LANGUAGES} */ (languages.value));
});
turnTo(preferred());

const opened = new URLSearchParams(location.search);
if (opened.has('camera')) tabs[modes.indexOf('camera')].click();
if (opened.has('shared')) import('./offline.js').then(({ takeShared }) => takeShared()).then(readFiles);
/** @type {{launchQueue?: {setConsumer: (take: (launch: {files: {getFile: () => Promise<File>}[]}) => void) => void}}} */
(window).launchQueue?.setConsumer(async ({ files }) => {
  if (files.length) readFiles([await files[0].getFile()]);
});

// ── The reader, which has begun before this page did ───────────────────────────────────────────────

reader.tell({
  ready({ variant, modelCard }) {
    at('variant').textContent = variant === 'baseline' ? 'WebAssembly' : t('WebAssembly with SIMD');
    card = modelCard;
    root.dataset.variant = variant;
    root.dataset.ready = 'true';
    if (Number(recall('learnt'))) recallCorrections();
    setTimeout(settle, 5000);
  },
  failed({ message }) {
    root.dataset.ready = 'failed';
    at('loading').textContent = t(message);
  },
  hung() {
    root.dataset.ready = 'false';
    notify(t('The reader had stopped answering. It was started again.'));
  },
});
