// idx.js — a data set in MNIST's IDX files, for JavaScript; idx.c reads them for the trainer, web/idx.js makes them.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A folder's pictures of 784 bytes and their labels, gzipped or not. @param {string} folder @param {string} prefix train or t10k */
export function readPictures(folder, prefix) {
  const path = (/** @type {string} */ rest) => {
    const plain = join(folder, `${prefix}-${rest}`);
    return existsSync(plain) ? plain : `${plain}.gz`;
  };
  const read = (/** @type {string} */ file) =>
    file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file);
  const imagesPath = path('images-idx3-ubyte'),
    labelsPath = path('labels-idx1-ubyte');
  return { imagesPath, labelsPath, pixels: read(imagesPath).subarray(16), labels: read(labelsPath).subarray(8) };
}
