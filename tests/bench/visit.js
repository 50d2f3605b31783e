// From navigation to the first prediction that could be made, in Chromium, each visit with an empty cache: ours, an empty
// page, and the least page for each other engine with the same network; on localhost, and on a line of 10 Mbit/s and
// 40 ms. Then our second visit. `make bench-visit`: JSON lines, medians.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { chromium } from 'playwright-core';

const ROUNDS = Number(process.argv[2] ?? 7);
const modules = 'tests/bench/peers/node_modules';
const roots = { site: 'build/site', bench: 'build/bench', ort: `${modules}/onnxruntime-web/dist`,
  tfjs: `${modules}/@tensorflow/tfjs-backend-wasm/dist`, litert: `${modules}/@litertjs/core/wasm` };
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html',
  '.css': 'text/css', '.svg': 'image/svg+xml' };
const peer = (name) => `<!doctype html><title>bench</title><script type="module">
  import { contestants } from '/bench/contestants.js';
  const weights = new Uint8Array(await (await fetch('/site/digits.safetensors')).arrayBuffer());
  const at = { ort: location.origin + '/ort/', tfjs: '/tfjs/', litert: '/litert/' };
  const predict = await contestants['${name}']({ weights, at }, 1);
  await predict(new Uint8Array(784));
  document.documentElement.dataset.ready = 'true';
</script>`;
const pages = { 'an empty page': '<!doctype html><html data-ready="true"><title>bench</title>', digits: null,
  ...Object.fromEntries(['ONNX Runtime Web, floats', 'TensorFlow.js WASM', 'LiteRT'].map((name) => [name, peer(name)])) };

/** Everything as small as brotli makes it, as a good host would send it. */
const packed = new Map();
let sent = { bytes: 0, requests: 0 };
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname);
  const [, root, ...rest] = path.split('/'), file = rest.join('/') || 'index.html';
  try {
    let body = packed.get(path);
    if (!body) {
      const raw = root === 'page' ? Buffer.from(pages[rest.join('/')]) : readFileSync(join(roots[root], file));
      const quality = raw.length > 4e6 ? 9 : 11; // quality 11 of 10 MB takes half a minute
      body = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
      packed.set(path, body);
    }
    sent.requests++;
    const etag = `"${body.length}"`;
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { ETag: etag }).end();
    sent.bytes += body.length;
    const type = root === 'page' ? 'text/html' : TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, 'Content-Encoding': 'br', 'Cache-Control': 'no-cache', ETag: etag }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
const origin = `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });

/** @param {import('playwright-core').BrowserContext} context @param {string} name @param {boolean} slow */
async function visit(context, name, slow) {
  const page = await context.newPage();
  if (slow) {
    const session = await context.newCDPSession(page);
    await session.send('Network.emulateNetworkConditions', { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 });
  }
  await page.addInitScript(() => {
    const note = () => {
      if (document.documentElement?.dataset.ready !== 'true') return requestAnimationFrame(note);
      return Object.assign(globalThis, { readyAfter: performance.now() });
    };
    note();
  });
  sent = { bytes: 0, requests: 0 };
  await page.goto(`${origin}/${name === 'digits' ? 'site/' : `page/${name}`}`);
  const ms = await (await page.waitForFunction('globalThis.readyAfter', null, { timeout: 120_000 })).jsonValue();
  await page.close();
  return { ms: /** @type {number} */ (ms), ...sent };
}

try {
  for (const slow of [false, true]) {
    const seen = {};
    for (let round = -1; round < ROUNDS; round++) { // the first round fills what the server keeps
      for (const name of Object.keys(pages)) {
        const context = await browser.newContext();
        const first = await visit(context, name, slow);
        const second = name === 'digits' ? await visit(context, name, slow) : null;
        if (round >= 0) {
          (seen[name] ??= []).push(first);
          if (second) (seen['digits, second visit'] ??= []).push(second);
        }
        await context.close();
      }
    }
    for (const [name, visits] of Object.entries(seen)) {
      visits.sort((a, b) => a.ms - b.ms);
      const { ms, bytes, requests } = visits[visits.length >> 1];
      console.log(JSON.stringify({ line: slow ? '10 Mbit/s, 40 ms' : 'localhost', name, ms_to_first_prediction: Math.round(ms),
        best_ms: Math.round(visits[0].ms), brotli_bytes: bytes, requests }));
    }
  }
} finally {
  await browser.close();
  server.close();
}
