// Where MNIST is, if it is here.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that `make data` fills, or the one beside the checkout; undefined if there is none. */
export const mnist = () => ['data', '../shared/data/mnist'].find((folder) =>
  ['', '.gz'].some((ending) => existsSync(join(folder, `t10k-images-idx3-ubyte${ending}`))));
