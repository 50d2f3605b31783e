// Bytes of a first visit up to the first prediction in Draw, as JSON lines: `make bench-size`.
//
// A browser visits the site through a proxy of ours, which sees every request, whoever makes it: page, worker, style
// sheet. Each file counts once, raw and as brotli at its best would send it; headers don't count.
import assert from 'node:assert/strict';
import { createServer, get } from 'node:http';
import { brotliCompressSync } from 'node:zlib';
import { launch, ready } from '../../tests/e2e/helper.js';

const { port, browser, close } = await launch();
const files = new Map();
let predicted = false;
const proxy = createServer((request, response) => {
  predicted ||= request.url === '/predicted'; // what comes later, for the next visit, does not count
  get({ port, path: request.url, headers: { host: request.headers.host } }, (answer) => {
    const parts = [];
    answer
      .on('data', (part) => parts.push(part))
      .on('end', () => {
        const body = Buffer.concat(parts);
        if (answer.statusCode === 200 && !predicted) files.set(request.url, body);
        response.writeHead(answer.statusCode, answer.headers).end(body);
      });
  });
});
await new Promise((done) => proxy.listen(0, '127.0.0.1', done));

try {
  const page = await browser.newPage();
  await page.addInitScript(() =>
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-testid=reading]')?.textContent) return;
      observer.disconnect();
      const request = new XMLHttpRequest();
      request.open('GET', '/predicted', false); // at once, before anything else
      request.send();
    }).observe(document, { subtree: true, childList: true, characterData: true }),
  );
  await page.goto(`http://localhost:${proxy.address().port}/`);
  await ready(page);
  const pad = await page.getByTestId('pad').boundingBox();
  await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height * 0.2);
  await page.mouse.down();
  await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height * 0.8, { steps: 10 });
  await page.mouse.up();
  await page.getByTestId('reading').filter({ hasText: /\d/ }).waitFor();
} finally {
  proxy.close();
  await close();
}

const lines = [...files].map(([file, body]) => ({ file, raw: body.length, brotli: brotliCompressSync(body).length }));
assert(
  lines.some(({ file }) => file.endsWith('.wasm')),
  'a prediction without WebAssembly?',
);
const total = (key) => lines.reduce((sum, line) => sum + line[key], 0);
for (const line of lines) console.log(JSON.stringify(line));
console.log(JSON.stringify({ files: lines.length, raw_total: total('raw'), brotli_total: total('brotli') }));
