// Our speed beside other engines', in one run and in turns: `make bench`. JSON lines, and tables for people.
//
//   node src/bench/speed.js [ROUNDS] [--readme]    CHROMIUM=… names the browser; --readme puts the table into README.md
//
// The same weights for all, the shipped ones and a random MLP of 784-768-10; their classes on 1,000 pictures are compared
// first. Once in this Node, once in Chromium, one thread; what counts are ratios of medians.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import '../../tests/fixtures/relaxed.js';
import { madeDigits } from '../../tests/fixtures/idx.js';
import { compete, measureFloor } from './peers/contestants.js';
import { measureNative } from './peers/native.js';
import { seededRandom } from '../../tests/fixtures/handwriting.js';
import { randomWeights } from '../../tests/fixtures/network.js';

/** Classes that all engines must share; the MLP's weights are random, so that many pictures are near ties. */
const SAME = { shipped: 0.99, 'MLP 784-768-10': 0.5 };
const { values, positionals } = parseArgs({ options: { readme: { type: 'boolean' } }, allowPositionals: true });
const ROUNDS = Number(positionals[0] ?? 15),
  MS = 100,
  PICTURES = 1024;
const folder = mkdtempSync(join(tmpdir(), 'digits-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const { pixels } = madeDigits(PICTURES, 9);

const networks = {
  shipped: readFileSync('models/digits.safetensors'),
  'MLP 784-768-10': randomWeights('dense:768 dense:10', seededRandom(4)),
};
const integers = {},
  files = {};
for (const [name, bytes] of Object.entries(networks)) {
  files[name] = join(folder, `${name}.safetensors`);
  writeFileSync(files[name], bytes);
  execFileSync('build/digits', ['export', '--onnx', join(folder, 'model.onnx'), '--model', files[name]]);
  integers[name] = readFileSync(join(folder, 'model.onnx'));
}

const modules = 'src/bench/peers/node_modules';
const roots = {
  site: 'build/site',
  bench: 'build/bench',
  ort: `${modules}/onnxruntime-web/dist`,
  tfjs: `${modules}/@tensorflow/tfjs-backend-wasm/dist`,
  litert: `${modules}/@litertjs/core/wasm`,
  model: folder,
};
const TYPES = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};
const server = createServer((request, response) => {
  const [, root, ...rest] = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname).split('/');
  try {
    const body = root ? readFileSync(join(roots[root], ...rest)) : '<!doctype html><title>bench</title>';
    response
      .writeHead(200, { 'Content-Type': TYPES[extname(rest.at(-1) || 'page.html')] ?? 'application/octet-stream' })
      .end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });

const two = (x) => Number(x.toPrecision(3));

/** @param {string} where @param {string} network @param {Awaited<ReturnType<typeof compete>>} end @param {Record<string, number>} floor */
function show(where, network, { macs, results }, floor) {
  for (const batch of [1, 64]) {
    const racing = results.filter((r) => r.batch === batch),
      [own] = racing;
    console.error(`\n${where}, ${network} (${macs} multiply-accumulates), batch ${batch}`);
    for (const { name, ms, best_ms, same_classes } of racing) {
      const speed = macs / ms / 1e6,
        line = {
          where,
          network,
          batch,
          name,
          us_per_picture: two(1000 * ms),
          best_us: two(1000 * best_ms),
          times_ours: two(ms / own.ms),
          gmacs: two(speed),
          same_classes,
        };
      const peak = { 'digits, relaxed SIMD': 'i8_relaxed_dot_add16', 'digits, SIMD128': 'i16_dot_add' }[name];
      console.log(JSON.stringify(peak ? { ...line, share_of_peak: two(speed / floor[peak]) } : line));
      console.error(
        `  ${name.padEnd(28)}${`${two(1000 * ms)} µs`.padStart(10)}${`×${two(ms / own.ms)}`.padStart(8)}` +
          `${`${two(speed)} GMAC/s`.padStart(14)}${peak ? ` ${Math.round((100 * speed) / floor[peak])} % of peak` : ''}`,
      );
    }
  }
}

/** One row an engine: what a picture takes, and how many times ours that is. @param {Awaited<ReturnType<typeof compete>>['results']} results */
function table(results) {
  const cell = (name, batch) => {
    const [{ ms }, own] = [
      results.find((r) => r.name === name && r.batch === batch),
      results.find((r) => r.batch === batch),
    ];
    return `${two(1000 * ms)} µs | ×${two(ms / own.ms)}`;
  };
  const names = [...new Set(results.map(({ name }) => name))];
  return [
    '| in Chromium, one thread | one at a time | | 64 at a time | |',
    '|---|---:|---:|---:|---:|',
    ...names.map((name) => `| ${name} | ${cell(name, 1)} | ${cell(name, 64)} |`),
  ].join('\n');
}

/** Between two marks that stay. @param {string} text */
function putIntoReadme(text) {
  const readme = readFileSync('README.md', 'utf8'),
    marks = /(<!-- made by make bench -->\n)[^]*?(\n<!-- made so far -->)/;
  if (!marks.test(readme)) throw new Error('README.md has no marks for the table');
  writeFileSync('README.md', readme.replace(marks, `$1\n${text}\n$2`));
}

const wasm = readFileSync('build/bench/floor.wasm');
try {
  for (const [network, weights] of Object.entries(networks)) {
    console.error(`\nnative, ${network}, one picture at a time`);
    const peer = {
      name: 'ONNX Runtime native, floats',
      ...(await measureNative(weights, pixels, 1, { rounds: ROUNDS, ms: MS })),
    };
    const own = execFileSync('build/bench/native', [files[network], String((ROUNDS * MS) / 1000)])
      .toString()
      .trim()
      .split('\n');
    for (const line of [...own.map((text) => JSON.parse(text)), { where: 'native', batch: 1, ...peer }]) {
      console.log(JSON.stringify({ ...line, network }));
      console.error(`  ${line.name.padEnd(28)}${`${two(line.us_per_picture)} µs`.padStart(10)}`);
    }
  }
  for (const [network, weights] of Object.entries(networks)) {
    const floor = await measureFloor(wasm);
    console.log(JSON.stringify({ where: 'Node', peak_gmacs: floor }));
    show(
      'Node',
      network,
      await compete(
        {
          weights,
          integers: integers[network],
          at: {
            site: `${pathToFileURL('build/site')}/`,
            model: pathToFileURL(files[network]).href,
            ort: '',
            litert: '',
            tfjs: `${roots.tfjs}/`,
          },
        },
        pixels,
        { rounds: ROUNDS, ms: MS, same: SAME[network] },
      ),
      floor,
    );

    const page = await browser.newPage();
    const origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
    await page.goto(origin);
    const [end, floorThere] = await page.evaluate(
      async ([origin, network, weights, integers, pixels, rounds, ms, same]) => {
        const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const { compete, measureFloor } = await import(`${origin}/bench/contestants.js`);
        const floor = await measureFloor(await (await fetch('/bench/floor.wasm')).arrayBuffer());
        return [
          await compete(
            {
              weights: bytes(weights),
              integers: bytes(integers),
              at: {
                site: `${origin}/site/`,
                ort: `${origin}/ort/`,
                tfjs: `${origin}/tfjs/`,
                litert: `${origin}/litert/`,
                model: `${origin}/model/${network}.safetensors`,
              },
            },
            bytes(pixels),
            { rounds, ms, same },
          ),
          floor,
        ];
      },
      /** @type {const} */ ([
        origin,
        network,
        ...[weights, integers[network], pixels].map((x) => Buffer.from(x).toString('base64')),
        ROUNDS,
        MS,
        SAME[network],
      ]),
    );
    console.log(JSON.stringify({ where: 'Chromium', peak_gmacs: floorThere }));
    show('Chromium', network, end, floorThere);
    if (values.readme && network === 'shipped') putIntoReadme(table(end.results));
    await page.close();
  }
} finally {
  await browser.close();
  server.close();
}
