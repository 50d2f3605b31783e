// app.js — puts the page together: the reader, the three modes and the result. What drawing does not need is loaded
// when it is first opened: photo, camera, corrections, the explanation, other languages.

import { Draw } from './features/draw/draw.js';
import { takeFiles } from './features/photo/files.js';
import en from './i18n/en/app.js';
import { LANGUAGES, preferred, reason, speak, translator } from './i18n/i18n.js';
import { reader } from './start.js';
import { lazily } from './ui/lazily.js';
import { Notice } from './ui/notice.js';
import { ResultView } from './ui/result.js';
import { keep, recall } from './ui/settings.js';
import { listenForShortcuts } from './ui/shortcuts.js';
import { makeTabs } from './ui/tabs.js';

/** @typedef {import('./engine.js').Digit} Digit */
/** @typedef {import('./engine.js').Reading} Reading */
/** @typedef {'draw' | 'photo' | 'camera'} Mode */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));
/** @param {string} id @param {() => void} act */
const onClick = (id, act) => at(id).addEventListener('click', act);

const root = document.documentElement;
const t = translator(en);
const notice = new Notice(at('notice'));
/** @type {HTMLDialogElement} */
const dialog = at('dialog');
root.dataset.ready = 'false';

// ── What was read last in each mode; the open one is shown ─────────────────────────────────────────

/** @type {Mode} */
let mode = 'draw';
/** @type {Partial<Record<Mode, {reading: Reading | null, unread?: boolean, past?: boolean}>>} */
const readings = {};

const result = new ResultView(
  {
    result: at('result'),
    reading: at('reading'),
    glyphs: at('glyphs'),
    confidence: at('confidence'),
    which: at('which'),
    bars: at('bars'),
    time: at('time'),
    seen: at('seen'),
    said: at('said'),
    noDigit: at('no-digit'),
  },
  correct,
);

/** @param {Mode} from @param {Reading | null} reading @param {{unread?: boolean, past?: boolean}} [state] */
function show(from, reading, state) {
  readings[from] = { reading, ...state };
  if (from === mode) showMode();
}

const showMode = () => result.show(readings[mode]?.reading ?? null, readings[mode]);

/** Says what went wrong, in the panel where it did. @param {Mode} where */
const trouble = (where) => (/** @type {string} */ message) => {
  at(`${where}-trouble`).textContent = message;
};
/** @param {Mode} where */
const partFailed = (where) => () => trouble(where)(t('app.partFailed'));

onClick('copy', async () => {
  try {
    await navigator.clipboard.writeText(readings[mode]?.reading?.text ?? '');
    notice.show(t('app.copied'));
  } catch {
    notice.show(t('app.copyFailed'));
  }
});

/** Once there is nothing more urgent: keeps the app for the next visit, which may be offline. */
const prepareOffline = lazily(async () =>
  (await import('./offline.js')).prepare((load) => notice.show(t('app.update'), t('app.updateNow'), load, 0)),
);

// ── The three modes ────────────────────────────────────────────────────────────────────────────────

const draw = new Draw(
  { panel: at('draw'), pad: at('pad'), undo: at('undo'), redo: at('redo'), clear: at('clear') },
  reader,
  {
    reading(reading, unread) {
      show('draw', reading, { unread });
      if (reading?.text) setTimeout(prepareOffline);
    },
    failed: (error) => trouble('draw')(error ? reason(en, error) : ''),
    penDown: (down) => {
      at('said').textContent = t(down ? 'draw.penDown' : 'draw.penUp');
    },
  },
);

const photo = lazily(
  async () =>
    new (await import('./features/photo/photo.js')).Photo(
      { stage: at('photo-stage'), picture: at('picture'), overlay: at('photo-boxes') },
      reader,
      { reading: (reading) => show('photo', reading), trouble: trouble('photo') },
    ),
);

/** @type {HTMLInputElement} */
const file = at('file');
takeFiles(file, (file) => {
  open('photo');
  photo().then((photo) => photo.read(file), partFailed('photo'));
});

const camera = lazily(
  async () =>
    new (await import('./features/camera/camera.js')).Camera(
      {
        video: at('video'),
        overlay: at('camera-boxes'),
        stage: at('camera-stage'),
        shutter: at('shutter'),
        freeze: at('freeze'),
        torch: at('torch'),
        lens: at('lens'),
      },
      reader,
      { reading: (reading, past) => show('camera', reading, { past }), trouble: trouble('camera') },
    ),
);

/** @param {(camera: import('./features/camera/camera.js').Camera) => void} work */
const withCamera = (work) => camera().then(work, partFailed('camera'));

onClick('shutter', () => withCamera((camera) => (camera.running ? camera.stop() : camera.start())));
onClick('video', () => withCamera((camera) => (camera.running ? camera.freeze() : camera.start())));

const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[role=tab]')]);
const open = makeTabs(
  tabs,
  /** @param {Mode} next */ (next) => {
    if (mode === 'camera' && next !== mode) withCamera((camera) => camera.stop());
    mode = next;
    if (mode !== 'draw') reader.loadImages().catch(() => {}); // whoever reads a picture says it
    if (mode === 'camera') withCamera((camera) => trouble('camera')(camera.hindrance));
    showMode();
  },
  (chosen) => {
    if (chosen === 'camera') withCamera((camera) => camera.running || mode !== 'camera' || camera.start());
  },
);
const openCamera = () => tabs.find((tab) => tab.dataset.mode === 'camera')?.click();

// ── Corrections ────────────────────────────────────────────────────────────────────────────────────

const corrections = lazily(async () =>
  new (await import('./features/corrections/corrections.js')).Corrections(reader, () => {
    draw.read();
    if (readings.photo) photo().then((photo) => photo.again());
    if (mode === 'camera') withCamera((camera) => camera.again());
  }).open(),
);

/** The visitor says what the digit shown is, or the ink that could not be read. @param {number} label
 * @param {Digit | null} digit */
async function correct(label, digit) {
  try {
    const pixels = digit?.pixels ?? (await reader.ask('normalizeStrokes', draw.pad.strokes));
    const { said, undo } = await (await corrections()).correct(pixels, label);
    notice.show(said, undo.name, undo.act);
  } catch (error) {
    notice.show(reason(en, error));
  }
}

// ── What opens above the page ──────────────────────────────────────────────────────────────────────

const loadDialogStyles = lazily(
  () =>
    new Promise((resolve) => {
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: 'dialogs.css' });
      link.onload = link.onerror = resolve; // bare, it is of use all the same
      document.head.append(link);
    }),
);

/** Opens the dialog that a module fills. @param {(dialog: HTMLDialogElement) => Promise<void>} fill */
async function openDialog(fill) {
  try {
    await loadDialogStyles();
    await fill(dialog);
    dialog.showModal();
  } catch (error) {
    notice.show(reason(en, error));
  }
}

/** Of the network that reads here. @type {Record<string, string>} */
let modelCard = {};

onClick('corrections', () => openDialog(async (dialog) => (await corrections()).show(dialog)));
onClick('explain', () =>
  openDialog(async (dialog) => {
    const digit = result.digit;
    if (!digit) return;
    const { showExplanation } = await import('./features/explain/panel.js');
    showExplanation(dialog, digit, await reader.ask('explain', digit.pixels), modelCard);
  }),
);
const settings = { letters: true };
const showKeys = () => openDialog(async (dialog) => (await import('./ui/keys.js')).showKeys(dialog, settings));
onClick('keys', showKeys);

listenForShortcuts({
  dialog,
  settings,
  pad: () => (mode === 'draw' ? draw.pad : null),
  keys: {
    d: () => {
      open('draw');
      at('pad').focus();
    },
    p: () => {
      open('photo');
      file.focus();
    },
    c: () => {
      openCamera();
      at('shutter').focus();
    },
    '?': showKeys,
  },
});

// ── Language, and how the page was opened ──────────────────────────────────────────────────────────

/** @type {HTMLSelectElement} */
const languages = at('language');
for (const [tag, name] of Object.entries(LANGUAGES)) {
  languages.append(Object.assign(new Option(name, tag), { lang: tag }));
}

/** @param {keyof typeof LANGUAGES} to */
async function setLanguage(to) {
  await speak(to).catch(() => notice.show(t('app.languageFailed')));
  languages.value = root.lang;
  showMode();
}
languages.addEventListener('change', () => {
  keep('language', languages.value);
  setLanguage(/** @type {keyof typeof LANGUAGES} */ (languages.value));
});
setLanguage(preferred(recall('language'), ...navigator.languages));

if (new URLSearchParams(location.search).has('camera')) openCamera();

// ── The reader, which has begun before this page did ───────────────────────────────────────────────

reader.tell({
  ready({ variant, modelCard: card }) {
    at('plain').hidden = !(at('simd').hidden = variant === 'baseline');
    modelCard = card;
    root.dataset.variant = variant;
    root.dataset.ready = 'true';
    if (Number(recall('corrections') ?? recall('learnt'))) {
      // its name before 2026
      corrections()
        .then((corrections) => corrections.apply())
        .catch(() => notice.show(t('corrections.loadFailed')));
    }
    setTimeout(prepareOffline, 5000);
  },
  failed(error) {
    root.dataset.ready = 'failed';
    delete at('loading').dataset.i18n;
    at('loading').textContent = reason(en, error);
  },
  hung() {
    root.dataset.ready = 'false';
    notice.show(t('app.hung'));
  },
});
