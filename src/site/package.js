// The reader as an npm package: node src/site/package.js [FOLDER], then `npm pack FOLDER`. After `make site`.
//
// The files are the site's own, so that what web developers get is what the page runs; types come from the comments.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? 'build/package', site = 'build/site';
const { license, description } = JSON.parse(readFileSync('package.json', 'utf8'));
const scripts = ['engine.js', 'digit-pad.js', 'ink.js'];
const data = ['digits.wasm', 'digits-simd.wasm', 'digits-relaxed.wasm', 'digits-image.wasm', 'digits.safetensors'];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const file of [...scripts, ...data]) cpSync(join(site, file), join(folder, file));
cpSync('LICENSE', join(folder, 'LICENSE'));
execFileSync('node_modules/.bin/tsc', ['web/engine.js', 'web/digit-pad.js', '--allowJs', '--declaration', '--emitDeclarationOnly',
  '--skipLibCheck', '--target', 'es2022', '--module', 'es2022', '--moduleResolution', 'bundler', '--lib', 'es2023,dom,dom.iterable',
  '--types', 'node', '--ignoreConfig', '--outDir', folder], { stdio: 'inherit' });
writeFileSync(join(folder, 'package.json'), `${JSON.stringify({
  name: 'digits-reader', version: '1.0.0', description: description.replace(/ Only tools.*/, ''), license, type: 'module',
  exports: {
    '.': { types: './engine.d.ts', default: './engine.js' },
    './digit-pad.js': { types: './digit-pad.d.ts', default: './digit-pad.js' },
    './*': './*',
  },
  sideEffects: ['./digit-pad.js'],
  engines: { node: '>=20' },
}, null, 2)}\n`);
writeFileSync(join(folder, 'README.md'), `# digits-reader

Reads handwritten digits: strokes, pictures, files. In browsers, workers, Node and Deno; no dependencies.

    import { loadDigits } from 'digits-reader';
    const digits = await loadDigits();
    digits.readStrokes([[[10, 10], [60, 10], [30, 90]]]).text;    // '7'

Or as a field in a page: \`import 'digits-reader/digit-pad.js'\`, then \`<digit-pad></digit-pad>\`. A bundler must copy the
.wasm and .safetensors files beside its output, or \`loadDigits({ base })\` says where they are.
`);
