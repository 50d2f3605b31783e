// The server over raw sockets, table by table: what it serves, what it refuses, how it behaves
// when bytes come in pieces or not at all, and how it starts and ends.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { binary, connect, get, makeFolder, parseAnswers, readAll, run, sleep, start, talk } from './helper.js';

const big = randomBytes(6 << 20);
const types = {
  'index.html': 'text/html; charset=utf-8',
  'styles.css': 'text/css; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'module.mjs': 'text/javascript; charset=utf-8',
  'digits.wasm': 'application/wasm',
  'data.json': 'application/json',
  'manifest.webmanifest': 'application/manifest+json',
  'icon.svg': 'image/svg+xml',
  'icon.png': 'image/png',
  'photo.jpg': 'image/jpeg',
  'photo.jpeg': 'image/jpeg',
  'favicon.ico': 'image/x-icon',
  'digits.safetensors': 'application/octet-stream',
  'robots.txt': 'text/plain; charset=utf-8',
  'LOUD.HTML': 'text/html; charset=utf-8',
  'no-ending': 'application/octet-stream',
  'odd.ending': 'application/octet-stream',
  'sub.html/no-ending': 'application/octet-stream',
};
const policy = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; " +
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(self)',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

const site = makeFolder({
  ...Object.fromEntries(Object.keys(types).map((name) => [name, `content of ${name}`])),
  'empty.txt': '',
  'big.bin': big,
  'with space.txt': 'space',
  'é.txt': 'accent',
  'sub/index.html': 'index of sub',
  'sub/deep/page.html': 'deep',
  '.hidden': 'secret',
  '.git/config': 'secret',
  'sub/.env': 'secret',
});
const outside = makeFolder({ 'secret.txt': 'secret' });
symlinkSync(join(outside, 'secret.txt'), join(site, 'link.txt'));
symlinkSync(outside, join(site, 'linked'));
execFileSync('mkfifo', [join(site, 'pipe')]);

let server, port;
before(async () => {
  server = await start(['--root', site]);
  port = server.port;
});
after(async () => assert.equal(await server?.stop(), 0));

describe('files', () => {
  for (const [name, type] of Object.entries(types))
    test(`${name} is ${type}`, async () => {
      const answer = await get(port, `/${name}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], type);
      assert.equal(answer.body.toString(), `content of ${name}`);
    });

  const found = {
    '/': 'content of index.html',
    '/?': 'content of index.html',
    '/app.js?v=1&x=%zz/../': 'content of app.js',
    '/sub/': 'index of sub',
    '/sub/deep/page.html': 'deep',
    '/with%20space.txt': 'space',
    '/%C3%A9.txt': 'accent',
    '/%61pp.js': 'content of app.js',
    '/empty.txt': '',
    'http://localhost/app.js': 'content of app.js',
    'HTTP://localhost:5000': 'content of index.html',
    'https://digits.example?q': 'content of index.html',
  };
  for (const [target, body] of Object.entries(found))
    test(`${target} is found`, async () => {
      const answer = await get(port, target);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.toString(), body);
    });

  const missing = ['/nothing', '/App.js', '/app.js/', '/sub', '/sub.html/', '//', '//app.js',
    '/.hidden', '/%2ehidden', '/.git/config', '/sub/.env', '/link.txt', '/linked/secret.txt',
    '/pipe', '/...', '/..app.js', '/app.js.', `/${'a'.repeat(3000)}`];
  for (const target of missing)
    test(`${target.slice(0, 40)} is 404`, async () => {
      const answer = await get(port, target);
      assert.equal(answer.status, 404);
      assert.equal(answer.body.toString(), '404 Not Found');
      assert.equal(answer.headers.connection, undefined, 'the connection goes on');
    });

  test('files come from memory: a change on disk is not seen', async () => {
    const root = makeFolder({ 'index.html': 'before', 'gone.txt': 'still here' });
    const own = await start(['--root', root]);
    writeFileSync(join(root, 'index.html'), 'after');
    unlinkSync(join(root, 'gone.txt'));
    assert.equal((await get(own.port, '/')).body.toString(), 'before');
    assert.equal((await get(own.port, '/gone.txt')).body.toString(), 'still here');
    assert.equal(await own.stop(), 0);
  });
});

describe('traversal and bad targets are 400', () => {
  const targets = ['/../etc/passwd', '/..', '/sub/..', '/sub/../app.js', '/.', '/./app.js', '/sub/.',
    '/%2e%2e/etc/passwd', '/%2E./x', '/.%2e/x', '/sub/%2e%2e', '/..%2fapp.js', '/sub%2findex.html',
    '/%5c..%5cx', '/..\\x', '/a%00.html', '/%00', '/%0d%0aX:y', '/%7f', '/%', '/%4', '/%4g', '/%g4',
    '/%%34%31', '/%252e%252e/x', '/%25', '/x#part', '/x?#part', 'app.js', '*', 'localhost:80',
    'http:///app.js', 'ftp://localhost/app.js', '../app.js', '?x', '/\xc3\xa9.txt', '/a\tb'];
  for (const target of targets)
    test(target, async () => {
      const answer = await get(port, target);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.connection, 'close');
      assert.ok(!answer.body.includes('secret'));
    });
});

describe('conditional requests', () => {
  let etag, other;
  before(async () => {
    etag = (await get(port, '/app.js')).headers.etag;
    other = (await get(port, '/')).headers.etag;
  });
  test('the entity tag is strong, of the content, and the same after a restart', async () => {
    assert.match(etag, /^"[\x21\x23-\x7e]+"$/);
    assert.notEqual(etag, other);
    const root = makeFolder({ 'a.txt': 'one', 'b.txt': 'one', 'c.txt': 'two', 'app.js': 'content of app.js' });
    const own = await start(['--root', root]);
    const tag = async (target) => (await get(own.port, target)).headers.etag;
    assert.equal(await tag('/app.js'), etag);
    assert.equal(await tag('/a.txt'), await tag('/b.txt'));
    assert.notEqual(await tag('/a.txt'), await tag('/c.txt'));
    await own.stop();
  });
  const cases = {
    'the tag': [(t) => t, 304],
    'the tag, weak': [(t) => `W/${t}`, 304],
    'any': [() => '*', 304],
    'a list with it': [(t) => `"a", W/"b" ,\t${t}, "c"`, 304],
    'a list with empty elements': [(t) => `, ,${t},`, 304],
    'a tag with a comma before it': [(t) => `"a, b", ${t}`, 304],
    'white space around': [(t) => `  ${t}  \t`, 304],
    'another tag': [() => '"x"', 200],
    'a list without it': [() => '"x", "y"', 200],
    'the tag within another': [(t) => `"x${t.slice(1)}`, 200],
    'the tag cut short': [(t) => t.slice(0, -1), 200],
    'without quotes': [(t) => t.slice(1, -1), 200],
    'nothing': [() => '', 200],
    'a small w': [(t) => `w/${t}`, 200],
    'any in a list': [() => '"x", *', 200],
    'junk, then the tag': [(t) => `"x" y, ${t}`, 200],
  };
  for (const [name, [value, status]] of Object.entries(cases))
    for (const method of ['GET', 'HEAD'])
      test(`${method} If-None-Match with ${name} is ${status}`, async () => {
        const answer = await get(port, '/app.js', { method, headers: { 'If-None-Match': value(etag) } });
        assert.equal(answer.status, status);
        assert.equal(answer.headers.etag, etag);
        assert.equal('content-length' in answer.headers, status === 200);
      });
  test('two If-None-Match lines are one list', async () => {
    const [answer] = await talk(port,
      `GET /app.js HTTP/1.1\r\nHost: a\r\nif-none-match: "x"\r\nIF-NONE-MATCH: ${etag}\r\n\r\n`);
    assert.equal(answer.status, 304);
  });
  test('If-None-Match: * on a missing file is 404', async () => {
    assert.equal((await get(port, '/nothing', { headers: { 'If-None-Match': '*' } })).status, 404);
  });
});

describe('HEAD has the headers of GET and no body', () => {
  for (const target of ['/', '/app.js', '/digits.wasm', '/big.bin', '/empty.txt', '/nothing', '/%00'])
    test(target, async () => {
      const lines = async (method) =>
        (await get(port, target, { method })).lines.filter((line) => !line.startsWith('Date:'));
      assert.deepEqual(await lines('HEAD'), await lines('GET'));
    });
});

// Each is sent as it stands, and is answered by these statuses.
const raw = {
  'HTTP/1.0 without Host': ['GET / HTTP/1.0\r\n\r\n', 200],
  'empty lines before the request': ['\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 200],
  'a body of length 0': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', 200],
  'an upgrade is ignored': ['GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n', 200],
  'IPv6 Host': ['GET / HTTP/1.1\r\nHost: [::1]:5000\r\n\r\n', 200],
  'POST': ['POST / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  'POST with a body': ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 405],
  'PUT chunked': ['PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 405],
  'DELETE': ['DELETE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  'OPTIONS *': ['OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  'TRACE': ['TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  'CONNECT': ['CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  'a method of nobody': ['BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  'a small-letter method': ['get / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  'no method': [' / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'TLS': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  'HTTP/2.0': ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
  'HTTP/1.2': ['GET / HTTP/1.2\r\nHost: a\r\n\r\n', 505],
  'HTTP/0.9': ['GET / HTTP/0.9\r\nHost: a\r\n\r\n', 505],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
  'HTTP/1': ['GET / HTTP/1\r\nHost: a\r\n\r\n', [400, 505]],
  'http/1.1': ['GET / http/1.1\r\nHost: a\r\n\r\n', 400],
  'RTSP': ['GET / RTSP/1.0\r\nHost: a\r\n\r\n', 400],
  'ICE': ['SOURCE / ICE/1.0\r\nHost: a\r\n\r\n', [400, 405]],
  'no version': ['GET /\r\nHost: a\r\n\r\n', [400, 505]],
  'no target': ['GET HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'two spaces before the target': ['GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'two spaces before the version': ['GET /  HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'a space after the version': ['GET / HTTP/1.1 \r\nHost: a\r\n\r\n', [400, 505]],
  'a space in the target': ['GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'no Host': ['GET / HTTP/1.1\r\n\r\n', 400],
  'two Hosts': ['GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  'an empty Host': ['GET / HTTP/1.1\r\nHost: \r\n\r\n', 400],
  'a Host with a space': ['GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  'a Host with a slash': ['GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  'a GET with a body': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 400],
  'a GET, chunked': ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  'two lengths': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello', 400],
  'a signed length': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello', 400],
  'length and chunks': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  'a huge length': [`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\n`, 400],
  'bare LF': ['GET / HTTP/1.1\nHost: a\n\n', 400],
  'bare LF at the end': ['GET / HTTP/1.1\r\nHost: a\r\n\n', 400],
  'bare CR in a value': ['GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n', 400],
  'CR CR LF': ['GET / HTTP/1.1\r\nHost: a\r\r\n\r\n', 400],
  'NUL in a value': ['GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400],
  'NUL in the target': ['GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'a folded line': ['GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
  'a space before the colon': ['GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  'a line without colon': ['GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n', 400],
  'a line without name': ['GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n', 400],
  'a name with 8 bits': ['GET / HTTP/1.1\r\nHost: a\r\nX\xe9: x\r\n\r\n', 400],
  'a long line': [`GET /?${'a'.repeat(8000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 200],
  'a line too long': [`GET /?${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  'a line that never ends': [`GET /${'a'.repeat(100_000)}`, 414],
  'a HEAD line too long': [`HEAD /?${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  'many headers': [`GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(99)}\r\n`, 200],
  'one header too many': [`GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(100)}\r\n`, 431],
  'a large head': [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(16_000)}\r\n\r\n`, 200],
  'a head too large': [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(17_000)}\r\n\r\n`, 431],
  'a head that never ends': [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(300_000)}`, 431],
};
describe('raw requests', () => {
  for (const [name, [bytes, expected]] of Object.entries(raw))
    test(`${name}: ${expected}`, async () => {
      const answers = await talk(port, bytes, [bytes.startsWith('HEAD') ? 'HEAD' : 'GET']);
      assert.equal(answers.length, 1);
      const [{ status, headers, body }] = answers;
      assert.ok([expected].flat().includes(status), `status ${status}`);
      assert.equal(headers.allow, status === 405 ? 'GET, HEAD' : undefined);
      if (status >= 400) {
        assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
        if (!bytes.startsWith('HEAD')) assert.match(body.toString(), new RegExp(`^${status} `));
        if (status !== 405) assert.equal(headers.connection, 'close');
      }
    });

  for (const bytes of ['', '\r\n', 'G', 'GET / HTTP/1.1\r\nHost: a\r\n'])
    test(`${JSON.stringify(bytes)} and no more is closed without an answer`, async () => {
      assert.deepEqual(await talk(port, bytes), []);
    });

  test('after a fault nothing of the same connection is served', async () => {
    const answers = await talk(port, 'GET /%00 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.deepEqual(answers.map((a) => a.status), [400]);
  });
  test('a body is not taken for a request', async () => {
    const inner = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    const answers = await talk(port,
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
    assert.deepEqual(answers.map((a) => a.status), [405]);
    assert.equal(answers[0].headers.connection, 'close');
  });
});

describe('headers on every status', () => {
  const requests = {
    200: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    304: 'GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n',
    400: 'GET / HTTP/1.1\r\n\r\n',
    404: 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n',
    405: 'POST / HTTP/1.1\r\nHost: a\r\n\r\n',
    414: `GET /${'a'.repeat(9000)}`,
    431: `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(200)}`,
    505: 'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
  };
  for (const [status, bytes] of Object.entries(requests))
    test(status, async () => {
      const [answer] = await talk(port, bytes);
      assert.equal(answer.status, Number(status));
      for (const [name, value] of Object.entries(policy)) assert.equal(answer.headers[name], value);
      assert.match(answer.headers.date, /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
      assert.ok(Math.abs(Date.parse(answer.headers.date) - Date.now()) < 5000);
    });
});

describe('bytes in pieces', () => {
  const request = 'GET /app.js HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n';
  test('split in two at every byte', async () => {
    const both = request + request.replace('app.js', 'nothing');
    await Promise.all(Array.from({ length: both.length - 1 }, async (_, i) => {
      const socket = await connect(port);
      const all = readAll(socket);
      socket.write(both.slice(0, i + 1));
      await sleep(20);
      socket.end(both.slice(i + 1));
      const answers = parseAnswers(await all);
      assert.deepEqual(answers.map((a) => a.status), [200, 404], `split after ${i + 1}`);
      assert.equal(answers[0].body.toString(), 'content of app.js');
    }));
  });
  test('byte by byte', async () => {
    const socket = await connect(port);
    const all = readAll(socket);
    for (const byte of request) {
      socket.write(byte);
      await sleep(2);
    }
    socket.end();
    assert.deepEqual(parseAnswers(await all).map((a) => a.status), [200]);
  });
  test('a fault is answered before the head is whole', async () => {
    const socket = await connect(port);
    const all = readAll(socket, 5000);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nX: \0');
    assert.equal(parseAnswers(await all)[0].status, 400);
  });
});

describe('connections', () => {
  test('one after the other on one connection, open in between', async () => {
    const socket = await connect(port);
    const all = readAll(socket);
    const targets = ['/', '/app.js', '/nothing', '/empty.txt'];
    for (const target of targets) {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await once(socket, 'data');
      await sleep(10);
    }
    socket.write('POST / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const answers = parseAnswers(await all);
    assert.deepEqual(answers.map((a) => a.status), [200, 200, 404, 200, 405, 200]);
    assert.deepEqual(answers.map((a) => a.headers.connection),
      [undefined, undefined, undefined, undefined, undefined, 'close']);
  });
  test('HTTP/1.0 closes, or stays when asked to', async () => {
    const socket = await connect(port);
    const all = readAll(socket, 5000);
    socket.write('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /app.js HTTP/1.0\r\n\r\n');
    const answers = parseAnswers(await all);
    assert.deepEqual(answers.map((a) => a.headers.connection), ['keep-alive', 'close']);
  });
  test('2,000 pipelined requests are answered in order', async () => {
    const names = ['app.js', 'styles.css', 'nothing', 'data.json', 'index.html'];
    const list = Array.from({ length: 2000 }, (_, i) => names[(i * 7) % names.length]);
    const methods = list.map((_, i) => (i % 3 ? 'GET' : 'HEAD'));
    const bytes = list.map((name, i) => `${methods[i]} /${name} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
    const answers = await talk(port, bytes, methods);
    assert.equal(answers.length, 2000);
    answers.forEach((answer, i) => {
      const body = list[i] === 'nothing' ? '404 Not Found' : `content of ${list[i]}`;
      assert.equal(answer.headers['content-length'], String(body.length));
      assert.equal(answer.body.toString(), methods[i] === 'GET' ? body : '');
    });
  });
  test('after "Connection: close" no pipelined request is answered', async () => {
    const one = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    assert.equal((await talk(port, one + one)).length, 1);
  });
  test('a large file arrives whole, and twice in a pipeline', async () => {
    const bytes = 'GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2);
    for (const answer of await talk(port, bytes)) assert.ok(answer.body.equals(big));
  });
  test('a large file, taken slowly, arrives whole, and nobody else waits', async () => {
    const socket = await connect(port);
    socket.end('GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n');
    const parts = [];
    socket.pause();
    await sleep(300);
    const begin = Date.now();
    assert.equal((await get(port, '/app.js')).status, 200);
    assert.ok(Date.now() - begin < 1000);
    for (let open = true; open; ) {
      const data = socket.read();
      if (data) parts.push(data);
      await Promise.race([sleep(data ? 5 : 1), once(socket, 'end').then(() => (open = false))]);
    }
    socket.destroy();
    const [answer] = parseAnswers(Buffer.concat(parts));
    assert.ok(answer.body.equals(big));
  });
  test('clients that go away in the middle do no harm', async () => {
    for (let i = 0; i < 50; i++) {
      const socket = await connect(port);
      socket.on('error', () => {});
      socket.write(i % 2 ? 'GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n' : 'GET / HT');
      if (i % 3 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    assert.equal((await get(port, '/')).status, 200);
  });
  test('IPv4 and IPv6', async () => {
    const hosts = ['127.0.0.1'];
    if (Object.values(networkInterfaces()).flat().some((i) => i.address === '::1')) hosts.push('::1');
    for (const host of hosts) {
      const socket = await connect(port, host);
      const all = readAll(socket);
      socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      assert.equal(parseAnswers(await all)[0].status, 200);
    }
  });
});

describe('limits', () => {
  test('a silent client and one that trickles are closed', async () => {
    const own = await start(['--root', site, '--idle', '1']);
    const begin = Date.now();
    const silent = await connect(own.port);
    const trickling = await connect(own.port);
    trickling.on('error', () => {});
    const timer = setInterval(() => trickling.write('a'), 200);
    trickling.write('GET /');
    const [nothing] = await Promise.all([readAll(silent, 8000), readAll(trickling, 8000)]);
    clearInterval(timer);
    assert.equal(nothing.length, 0);
    assert.ok(Date.now() - begin >= 900);
    assert.equal(await own.stop(), 0);
  });
  test('a client that takes nothing is closed', async () => {
    const own = await start(['--root', site, '--idle', '1']);
    const socket = await connect(own.port);
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4));
    await sleep(3500);
    const open = readFileSync(`/proc/net/tcp6`, 'utf8') + readFileSync(`/proc/net/tcp`, 'utf8');
    const at = `:${own.port.toString(16).toUpperCase().padStart(4, '0')} `;
    const established = open.split('\n').filter((l) => l.split(/\s+/)[2]?.concat(' ').endsWith(at) && l.split(/\s+/)[4] === '01');
    assert.equal(established.length, 0);
    socket.destroy();
    assert.equal(await own.stop(), 0);
  });
  test('over the limit of connections the next one waits for its turn', async () => {
    const own = await start(['--root', site, '--connections', '2']);
    const first = await connect(own.port);
    const second = await connect(own.port);
    await sleep(50);
    let answered = false;
    const third = get(own.port, '/').then((answer) => ((answered = true), answer));
    await sleep(300);
    assert.equal(answered, false);
    first.destroy();
    assert.equal((await third).status, 200);
    second.destroy();
    assert.equal(await own.stop(), 0);
  });
  test('out of descriptors it waits without spinning, and goes on', async () => {
    const own = await start(['-c', 'ulimit -n 16; exec "$0" --root "$1"', binary, site], { command: 'sh' });
    const sockets = await Promise.all(Array.from({ length: 30 }, () => connect(own.port)));
    await sleep(200);
    const ticks = () => readFileSync(`/proc/${own.child.pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((a, b) => a + Number(b), 0);
    const used = ticks();
    await sleep(1000);
    assert.ok(ticks() - used <= 20, `${ticks() - used} ticks of 10 ms in a second of waiting`);
    sockets.forEach((socket) => socket.destroy());
    assert.equal((await get(own.port, '/')).status, 200);
    assert.equal(await own.stop(), 0);
  });
});

describe('start and end', () => {
  test('one line says where, how many files and how large', async () => {
    const own = await start(['--root', makeFolder({ 'index.html': 'x'.repeat(1500), 'a/b.txt': 'y' })]);
    assert.equal(own.line, `digits: http://localhost:${own.port}/ (2 files, 2 KB)`);
    await own.stop();
  });
  test('symbolic links are left out, and that is said', () => assert.match(server.log(), /2 symbolic link/));
  for (const signal of ['SIGTERM', 'SIGINT'])
    test(`${signal} ends it with 0, connections open or not`, async () => {
      const own = await start(['--root', site]);
      const idle = await connect(own.port);
      const busy = await connect(own.port);
      [idle, busy].forEach((socket) => socket.on('error', () => {}));
      busy.pause();
      busy.write('GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n');
      await sleep(100);
      const begin = Date.now();
      assert.equal(await own.stop(signal), 0);
      assert.ok(Date.now() - begin < 3000);
      assert.equal(own.log().includes('ERROR'), false);
      idle.destroy();
      busy.destroy();
    });
  test('it can be started again at once on the same port', async () => {
    const own = await start(['--root', site]);
    const socket = await connect(own.port);
    socket.on('error', () => {});
    assert.equal(await own.stop(), 0);
    const again = await start(['--root', site], { env: { PORT: String(own.port) } });
    assert.equal(again.port, own.port);
    socket.destroy();
    await again.stop();
  });
  for (const host of ['127.0.0.1', '0.0.0.0', '::'])
    test(`a port in use (${host}) is a clear message`, async (t) => {
      const other = net.createServer();
      other.listen(0, host);
      const failed = await Promise.race([once(other, 'listening').then(() => null), once(other, 'error')]);
      if (failed) return t.diagnostic(`this machine has no ${host}`);
      const taken = other.address().port;
      const { code, out, err } = await run(['--root', site], { env: { PORT: String(taken) } });
      other.close();
      assert.equal(code, 1);
      assert.equal(out, '');
      assert.match(err, new RegExp(`port ${taken} is in use`));
      assert.match(err, new RegExp(`PORT=${taken + 1} make run`));
    });

  const folder = makeFolder({ 'only/.hidden': '', 'file.txt': 'x' });
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, ...Array(20).fill('d')), { recursive: true });
  const roots = { missing: /No such file/, empty: /no files/, only: /no files/, 'file.txt': /Not a directory/, d: /too deep/ };
  for (const [name, message] of Object.entries(roots))
    test(`root "${name}" is a clear message`, async () => {
      const { code, out, err } = await run(['--root', join(folder, name)]);
      assert.equal(code, 1);
      assert.equal(out, '');
      assert.match(err, message);
      assert.ok(err.includes(join(folder, name)) && err.includes('make build'));
    });

  for (const value of ['65536', '-1', '+80', '80x', ' 80', '0x50', '99999999999999999999', 'http'])
    test(`PORT=${JSON.stringify(value)} is refused`, async () => {
      const { code, err } = await run(['--root', site], { env: { PORT: value } });
      assert.equal(code, 2);
      assert.ok(err.includes('PORT is'));
    });
  for (const args of [['--nothing'], ['x'], ['--root'], ['--idle', '0'], ['--connections', 'x']])
    test(`arguments ${args.join(' ')} are refused`, async () => {
      const { code, err } = await run(args);
      assert.equal(code, 2);
      assert.match(err, /--help/);
    });
  test('--help', async () => {
    const { code, out } = await run(['--help']);
    assert.equal(code, 0);
    assert.match(out, /--root DIR[^]*PORT/);
  });
  test('without --root: the folder "site" beside the program, else ./site', async () => {
    const place = makeFolder({ 'bin/site/index.html': 'beside', 'work/site/index.html': 'here' });
    const command = join(place, 'bin/serve');
    copyFileSync(binary, command);
    let own = await start([], { command, cwd: join(place, 'work') });
    assert.equal((await get(own.port, '/')).body.toString(), 'beside');
    await own.stop();
    copyFileSync(binary, join(place, 'serve'));
    own = await start([], { command: join(place, 'serve'), cwd: join(place, 'work') });
    assert.equal((await get(own.port, '/')).body.toString(), 'here');
    await own.stop();
  });
});
