// folders.js — where data sets are: below data/, and below the folders that DIGITS_DATA names, parted by ':'.
// SOURCES.md says which sets there are.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** In the order they are looked through. */
export const dataFolders = () => ['data', ...(process.env.DIGITS_DATA?.split(':') ?? []).filter(Boolean)];

/** The first of them that has this file or folder; undefined if none has. @param {string} path @param {string[]} [folders] */
export const findData = (path, folders = dataFolders()) =>
  folders.map((folder) => join(folder, path)).find((file) => existsSync(file));
