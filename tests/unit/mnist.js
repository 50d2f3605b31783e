// Where MNIST is, if it is here.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolders } from '../../src/dataset/folders.js';

/** The folder that `make data` fills, or mnist/ below one that DIGITS_DATA names; undefined if there is none. */
export const mnist = () =>
  ['data', ...dataFolders().map((folder) => `${folder}/mnist`)].find((folder) =>
    ['', '.gz'].some((ending) => existsSync(join(folder, `t10k-images-idx3-ubyte${ending}`))),
  );
