// mnist.js — finds MNIST, or downloads it into data/. Run by itself, it prints the folder that holds the set:
//
//   node src/dataset/mnist.js
//
// A set that is there already, in data/ or in mnist/ below a folder that DIGITS_DATA names, is used as it is. MNIST_MIRRORS (addresses parted by
// spaces) takes the place of the mirrors below.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { dataFolders } from './folders.js';

const MIRRORS = [
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://raw.githubusercontent.com/fgnt/mnist/master/',
];

/** Where a set may be; it is downloaded into the first. */
const FOLDERS = ['data', ...dataFolders().map((folder) => join(folder, 'mnist'))];

/** sha256 of the files uncompressed: mirrors compress them differently. @type {Record<string, string>} */
export const SUMS = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};

/** @param {string} folder @returns {(name: string) => boolean} */
const has = (folder) => (name) => existsSync(join(folder, name)) || existsSync(join(folder, `${name}.gz`));

/** The folder with the four files, gzipped or not; undefined if there is none. */
export const mnistHere = (folders = FOLDERS, names = Object.keys(SUMS)) =>
  folders.find((folder) => names.every(has(folder)));

/** The same; what is missing is downloaded. */
export async function findMnist({ mirrors = MIRRORS, folders = FOLDERS, sums = SUMS, say = console.error } = {}) {
  const names = Object.keys(sums);
  const there = mnistHere(folders, names);
  if (there) return there;

  const [folder] = folders;
  await mkdir(folder, { recursive: true });
  for (const name of names.filter((name) => !has(folder)(name))) {
    await write(join(folder, `${name}.gz`), await get(`${name}.gz`, sums[name]));
  }
  return folder;

  /** The file as the first mirror has it whose content is right. @param {string} file @param {string} sum */
  async function get(file, sum) {
    for (const mirror of mirrors) {
      const url = new URL(file, mirror.replace(/\/?$/, '/')).href;
      say(`MNIST: ${url}`);
      try {
        return await download(url, sum);
      } catch (error) {
        say(`MNIST: … did not work: ${error.cause?.message || error.cause?.code || error.message}`);
      }
    }
    throw new Error(`no mirror could give ${file}. Put the four files into ${folder}/ by hand (gzipped or not),
or name another mirror: MNIST_MIRRORS="https://…/" make data`);
  }
}

/** @param {string} url @param {string} sum */
async function download(url, sum) {
  // Ten megabytes in five minutes: a mirror that hangs must not hang us.
  const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  if (!response.ok) throw new Error(`the server says ${response.status}`);
  const file = Buffer.from(await response.arrayBuffer());
  const found = createHash('sha256').update(gunzipSync(file)).digest('hex');
  if (found !== sum) throw new Error(`this is not the MNIST file (its sha256 is ${found})`);
  return file;
}

/** Under its final name only when whole, whatever interrupts us. @param {string} path @param {Buffer} content */
async function write(path, content) {
  try {
    await writeFile(`${path}.part`, content);
    await rename(`${path}.part`, path);
  } finally {
    await rm(`${path}.part`, { force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await findMnist({ mirrors: process.env.MNIST_MIRRORS?.split(/\s+/).filter(Boolean) }));
  } catch (error) {
    console.error(`MNIST: ${error.message}`);
    process.exitCode = 1;
  }
}
