// app.js — puts the page together: the reader, the three modes, the keys.

import { Camera } from './camera.js';
import { Pad } from './ink.js';
import { Photo } from './photo.js';
import { Reader } from './reader.js';
import { View } from './view.js';

/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {'draw' | 'photo' | 'camera'} Mode */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));

const root = document.documentElement;
const help = /** @type {HTMLDialogElement} */ (at('help'));
const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[role=tab]')]);
const modes = /** @type {Mode[]} */ (tabs.map((tab) => tab.dataset.mode));

const view = new View({ result: at('result'), reading: at('reading'), glyphs: at('glyphs'),
  confidence: at('confidence'), which: at('which'), bars: at('bars'), time: at('time'), seen: at('seen') });

// ── What was read last in each mode; the open one is shown ─────────────────────────────────────────

/** @type {Mode} */
let mode = 'draw';
/** @type {Partial<Record<Mode, Reading | null>>} */
const readings = {};

/** @param {Mode} from @param {Reading | null} reading */
function show(from, reading) {
  readings[from] = reading;
  if (from === mode) view.show(reading);
}

/** Says what went wrong, in the panel where it did. @param {Mode} where */
const trouble = (where) => (/** @type {string} */ message) => { at(`${where}-trouble`).textContent = message; };

// ── The reader ─────────────────────────────────────────────────────────────────────────────────────

const reader = new Reader({
  ready({ variant, modelCard }) {
    at('variant').textContent = variant === 'simd' ? 'WebAssembly with SIMD' : 'WebAssembly';
    at('card').replaceChildren(...Object.entries(modelCard).flatMap(([name, value]) => {
      const term = document.createElement('dt'), text = document.createElement('dd');
      [term.textContent, text.textContent] = [name.replaceAll('_', ' '), value];
      return [term, text];
    }));
    root.dataset.variant = variant;
    root.dataset.ready = 'true';
  },
  failed({ message }) {
    root.dataset.ready = 'failed';
    at('loading').textContent = message;
  },
  hung() {
    root.dataset.ready = 'false';
    at('notice').textContent = 'The reader had stopped answering. It was started again.';
    setTimeout(() => { at('notice').textContent = ''; }, 8000);
  },
});

// ── Draw ───────────────────────────────────────────────────────────────────────────────────────────

const pad = new Pad(at('pad'), () => {
  at('draw').dataset.empty = String(!pad.strokes.length);
  /** @type {HTMLButtonElement} */ (at('undo')).disabled = !pad.canUndo;
  /** @type {HTMLButtonElement} */ (at('redo')).disabled = !pad.canRedo;
  /** @type {HTMLButtonElement} */ (at('clear')).disabled = !pad.strokes.length;
  readInk();
});

async function readInk(again = false) {
  trouble('draw')('');
  const strokes = pad.strokes;
  if (!strokes.length) return show('draw', null);
  try {
    const reading = await reader.readStrokes(strokes);
    // null: newer ink is being read. And a sheet that was cleared meanwhile stays empty.
    if (reading && pad.strokes.length) show('draw', reading);
  } catch (error) {
    const { code, message } = /** @type {import('./reader.js').ReadingError} */ (error);
    if (code === 'HUNG' && !again) return readInk(true); // once: ink that hangs the reader must not do so for ever
    show('draw', null); // the ink has changed: the reading before is not its reading
    trouble('draw')(message);
  }
}

at('undo').addEventListener('click', () => pad.undo());
at('redo').addEventListener('click', () => pad.redo());
at('clear').addEventListener('click', () => pad.clear());

// ── Photo ──────────────────────────────────────────────────────────────────────────────────────────

const photo = new Photo({ stage: at('photo-stage'), picture: at('picture'), overlay: at('photo-boxes') }, reader,
  { reading: (reading) => show('photo', reading), trouble: trouble('photo') });
const file = /** @type {HTMLInputElement} */ (at('file'));

/** @param {FileList | undefined} files */
function readFiles(files) {
  if (!files?.length) return false;
  open('photo');
  photo.read(files[0]);
  return true;
}

file.addEventListener('change', () => {
  readFiles(file.files ?? undefined);
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

const camera = new Camera({ video: at('video'), overlay: at('camera-boxes') }, reader, {
  reading: (reading) => show('camera', reading),
  trouble: trouble('camera'),
  running(on) {
    at('camera-stage').dataset.filled = String(on);
    at('shutter').textContent = on ? 'Stop' : 'Start camera';
  },
});

at('shutter').addEventListener('click', () => (camera.running ? camera.stop() : camera.start()));
at('video').addEventListener('click', () => camera.running || camera.start());

// ── Tabs ───────────────────────────────────────────────────────────────────────────────────────────

/** @param {Mode} next */
function open(next) {
  if (mode === 'camera' && next !== mode) camera.stop();
  mode = next;
  tabs.forEach((tab, i) => {
    const chosen = modes[i] === mode;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    at(modes[i]).hidden = !chosen;
  });
  if (mode === 'camera') trouble('camera')(camera.hindrance);
  view.show(readings[mode] ?? null);
}

tabs.forEach((tab, i) => {
  tab.addEventListener('click', () => {
    open(modes[i]);
    if (mode === 'camera' && !camera.running) camera.start();
  });
  tab.addEventListener('keydown', ({ key }) => {
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: -1 }[key];
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
  const { key, shiftKey } = event, command = event.ctrlKey || event.metaKey;
  if (help.open || event.altKey) return;
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

at('keys').addEventListener('click', () => help.showModal());
