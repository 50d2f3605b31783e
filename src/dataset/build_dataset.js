// build_dataset.js — what the digit network is trained on besides MNIST: pen strokes, collected digits of others, amounts on
// cheques, digits of other templates and of fonts, and what is no digit.
//
//     node src/dataset/build_dataset.js MNIST [FOLDER]
//
// Writes FOLDER/train-*-ubyte (IDX; data/extra by default) and prints the folder. The same every time, from the same sets;
// a set that is not there is named on stderr, and the pictures lack it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadDigits } from '../../web/engine.js';
import { encodeIdx } from '../../web/idx.js';
import { FILES, letters, penned, scanned } from './collected.js';
import { templates } from './templates.js';
import { findData, dataFolders } from './folders.js';
import { fonts } from './fonts/fonts.js';
import { readPictures } from './idx.js';
import { dots, halves, pairs, remains, scribbles } from './overlaps.js';
import { cheques } from './cheques.js';
import { joined, strokes } from './strokes.js';

/** MNIST's part to train on: all but the last twelfth (train.h). @param {string} folder */
function readMnist(folder) {
  const { pixels, labels } = readPictures(folder, 'train'),
    count = labels.length - Math.floor(labels.length / 12);
  return { pixels: pixels.subarray(0, 784 * count), labels: labels.subarray(0, count) };
}

/** Numbers in [0, 1), the same for the same seed (Marsaglia's xorshift, 2003). @param {number} seed */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [mnist, folder = 'data/extra'] = process.argv.slice(2);
  if (!mnist) {
    console.error('usage: node src/dataset/build_dataset.js MNIST [FOLDER]');
    process.exit(2);
  }
  for (const path of ['strokes/strokes.jsonl.gz', 'strings/labels.tsv', ...FILES]) {
    if (!findData(path))
      console.error(`MISSING: ${path} is in none of ${dataFolders().join(', ')}: the training set lacks it`);
  }
  // A network of its own reads the cheques: the set must not depend on the weights that are trained on it.
  const weights = pathToFileURL('models/teachers/1.safetensors');
  const digits = await loadDigits({ base: pathToFileURL('build/site/'), weights });
  const set = readMnist(mnist),
    random = seededRandom(20261122);
  const pictures = [
    ...strokes(digits),
    ...penned(digits),
    ...scanned(digits),
    ...letters(digits),
    ...joined(digits, random),
    ...cheques(digits),
    ...templates(digits, random),
    ...fonts(digits, random),
    ...remains(digits, set, 6000, random),
    ...pairs(digits, set, 4000, random),
    ...halves(digits, set, 2000, random),
    ...scribbles(digits, 1500, random),
    ...dots(digits, 600, random),
  ];
  mkdirSync(folder, { recursive: true });
  /** @param {string} name @param {Uint8Array} file */
  const write = (name, file) => writeFileSync(join(folder, name), file);
  write('train-images-idx3-ubyte', encodeIdx([pictures.length, 28, 28], Buffer.concat(pictures.map(([ink]) => ink))));
  write('train-labels-idx1-ubyte', encodeIdx([pictures.length], Buffer.from(pictures.map(([, label]) => label))));
  console.log(folder);
}
