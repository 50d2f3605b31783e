// Puts X.br and X.gz beside each file X of a site, for build/serve and for CDNs: node serve/pack.js DIR
//
// Only where that saves a twentieth or more. What is packed already and not older than X stays; what packs nothing any
// more goes.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const codings = {
  '.br': (bytes) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  '.gz': (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION, memLevel: 9 }),
};
const packs = (name) => /\.(br|gz)$/.test(name);

const [root] = process.argv.slice(2);
const files = readdirSync(root, { recursive: true })
  .map((name) => join(root, name))
  .filter((file) => statSync(file).isFile());
for (const file of files.filter(packs)) if (!existsSync(file.slice(0, -3))) rmSync(file);
for (const file of files.filter((name) => !packs(name))) {
  const bytes = readFileSync(file);
  for (const [ending, pack] of Object.entries(codings)) {
    const target = file + ending;
    if (existsSync(target) && statSync(target).mtimeMs >= statSync(file).mtimeMs) continue;
    const packed = pack(bytes);
    if (packed.length <= bytes.length * 0.95) writeFileSync(target, packed);
    else rmSync(target, { force: true });
  }
}
