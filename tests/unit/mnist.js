// Where MNIST is, if it is here, and IDX files read into memory.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The folder that `make data` fills, or the one beside the checkout; undefined if there is none. */
export const mnist = () => ['data', '../shared/data/mnist'].find((folder) =>
  ['', '.gz'].some((ending) => existsSync(join(folder, `t10k-images-idx3-ubyte${ending}`))));

/** @param {string} folder @param {string} prefix train or t10k */
export function readPictures(folder, prefix) {
  const path = (/** @type {string} */ rest) => {
    const plain = join(folder, `${prefix}-${rest}`);
    return existsSync(plain) ? plain : `${plain}.gz`;
  };
  const read = (/** @type {string} */ file) => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file));
  const imagesPath = path('images-idx3-ubyte'), labelsPath = path('labels-idx1-ubyte');
  return { imagesPath, labelsPath, pixels: read(imagesPath).subarray(16), labels: read(labelsPath).subarray(8) };
}
