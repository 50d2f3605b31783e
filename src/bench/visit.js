// From navigation to the first prediction that could be made, in Chromium, each visit with an empty cache: ours, an empty
// page, and the least page for each other engine with the same network; on localhost, and on a line of 10 Mbit/s and
// 40 ms. Ours is also timed to a drawing of an earlier page, read and shown; and on the second visit, and without a net.
// `make bench-visit`: JSON lines, medians, and how much longer than the empty page in the same round.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { chromium } from 'playwright-core';

const ROUNDS = Number(process.argv[2] ?? 7);
const modules = 'src/bench/peers/node_modules';
const roots = {
  site: 'build/site',
  bench: 'build/bench',
  ort: `${modules}/onnxruntime-web/dist`,
  tfjs: `${modules}/@tensorflow/tfjs-backend-wasm/dist`,
  litert: `${modules}/@litertjs/core/wasm`,
};
const TYPES = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const peer = (name) => `<!doctype html><title>bench</title><script type="module">
  import { contestants } from '/bench/contestants.js';
  const weights = new Uint8Array(await (await fetch('/site/digits.safetensors')).arrayBuffer());
  const at = { ort: location.origin + '/ort/', tfjs: '/tfjs/', litert: '/litert/' };
  const predict = await contestants['${name}']({ weights, at }, 1);
  await predict(new Uint8Array(784));
  document.documentElement.dataset.ready = 'true';
</script>`;
const pages = {
  'an empty page': '<!doctype html><html data-ready="true"><title>bench</title>',
  digits: null,
  ...Object.fromEntries(['ONNX Runtime Web, floats', 'TensorFlow.js WASM', 'LiteRT'].map((name) => [name, peer(name)])),
};

/** A line that all visits share, with its time and its bytes a second: for a page, its workers and all that they load. */
const LINES = { localhost: null, '10 Mbit/s, 40 ms': { ms: 40, rate: 10e6 / 8 } };
/** @type {{ms: number, rate: number} | null} */
let line = null;
let free = 0; // when the line will have carried all that it was given
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Sends an answer over the line, in pieces, so that answers side by side share it. */
async function send(response, status, headers, body = Buffer.alloc(0)) {
  if (!line) return response.writeHead(status, headers).end(body);
  await sleep(line.ms);
  response.writeHead(status, headers);
  for (let at = 0; at < body.length; at += 4096) {
    const piece = body.subarray(at, at + 4096);
    free = Math.max(free, performance.now()) + (1000 * piece.length) / line.rate;
    await sleep(free - performance.now());
    response.write(piece);
  }
  response.end();
}

/** Everything as small as brotli makes it, as a good host would send it. */
const packed = new Map();
let sent = { bytes: 0, requests: 0 };
const server = createServer(async (request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname);
  const [, root, ...rest] = path.split('/'),
    file = rest.join('/') || 'index.html';
  let body = packed.get(path);
  if (!body) {
    try {
      const raw = root === 'page' ? Buffer.from(pages[rest.join('/')]) : readFileSync(join(roots[root], file));
      const quality = raw.length > 4e6 ? 9 : 11; // quality 11 of 10 MB takes half a minute
      body = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
      packed.set(path, body);
    } catch {
      return send(response, 404, {});
    }
  }
  sent.requests++;
  const headers = { ETag: `"${body.length}"`, 'Cache-Control': 'no-cache' };
  if (request.headers['if-none-match'] === headers.ETag) return send(response, 304, headers);
  sent.bytes += body.length;
  const type = root === 'page' ? 'text/html' : (TYPES[extname(file)] ?? 'application/octet-stream');
  return send(response, 200, { ...headers, 'Content-Type': type, 'Content-Encoding': 'br' }, body);
});
await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
const origin = `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });

/** A one, as the page keeps what was drawn. */
const INK = JSON.stringify([Array.from({ length: 20 }, (_, i) => [200, 100 + 10 * i])]);

/** @param {import('playwright-core').BrowserContext} context @param {string} name @param {boolean} [drawn] */
async function visit(context, name, drawn = false) {
  const page = await context.newPage();
  await page.addInitScript(
    (ink) => {
      if (ink) sessionStorage.setItem('ink', ink);
      const there = () =>
        ink
          ? document.querySelector('[data-testid=reading]')?.textContent === '1'
          : document.documentElement?.dataset.ready === 'true';
      const note = () =>
        there() ? Object.assign(globalThis, { readyAfter: performance.now() }) : requestAnimationFrame(note);
      note();
    },
    drawn ? INK : '',
  );
  sent = { bytes: 0, requests: 0 };
  await page.goto(`${origin}/${name === 'digits' ? 'site/' : `page/${name}`}`);
  const ms = await (await page.waitForFunction('globalThis.readyAfter', null, { timeout: 120_000 })).jsonValue();
  const seen = { ms: /** @type {number} */ (ms), ...sent };
  return { page, seen };
}

/** In the page: waits until its service worker keeps it. */
const kept = () =>
  new Promise((done) => {
    if (navigator.serviceWorker.controller) done(undefined);
    navigator.serviceWorker.addEventListener('controllerchange', done);
  });

const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
try {
  for (const [name, speed] of Object.entries(LINES)) {
    /** @type {Record<string, {ms: number, bytes: number, requests: number, more: number}[]>} */
    const all = {};
    for (let round = -1; round < ROUNDS; round++) {
      // the first round fills what the server keeps
      let empty = 0;
      for (const contestant of Object.keys(pages)) {
        const note = (what, seen) => round < 0 || (all[what] ??= []).push({ ...seen, more: seen.ms - empty });
        const context = await browser.newContext();
        line = speed;
        const { page, seen } = await visit(context, contestant);
        if (contestant === 'an empty page') empty = seen.ms;
        note(contestant, seen);
        await page.close();
        if (contestant === 'digits') {
          const again = await visit(context, contestant);
          note('digits, second visit', again.seen);
          line = null;
          await again.page.evaluate(kept); // the app is on the device: see settle() in app.js
          await again.page.close();
          await context.setOffline(true);
          note('digits, without a net', (await visit(context, contestant)).seen);
          line = speed;
          const other = await browser.newContext();
          note('digits, a drawing read and shown', (await visit(other, contestant, true)).seen);
          await other.close();
        }
        await context.close();
      }
    }
    for (const [what, visits] of Object.entries(all)) {
      const { bytes, requests } = visits[0];
      console.log(
        JSON.stringify({
          line: name,
          name: what,
          ms_to_first_prediction: Math.round(middle(visits.map(({ ms }) => ms))),
          more_than_empty: Math.round(middle(visits.map(({ more }) => more))),
          best_ms: Math.round(Math.min(...visits.map(({ ms }) => ms))),
          brotli_bytes: bytes,
          requests,
        }),
      );
    }
  }
} finally {
  await browser.close();
  server.close();
}
