// The server over raw sockets, table by table: what it serves, what it refuses, and what comes of
// bytes in pieces. How it holds out is in robustness.test.js.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { brotliCompressSync, gunzipSync, gzipSync, brotliDecompressSync } from 'node:zlib';
import { once } from 'node:events';
import { readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { connect, get, makeClock, makeFolder, parseAnswers, readAll, sanitized, sleep, start, talk } from './helper.js';

const big = randomBytes(6 << 20);
const page = `<p>${'packs well '.repeat(500)}`;
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
  'permissions-policy':
    'camera=(self), accelerometer=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), ' +
    'microphone=(), midi=(), payment=(), serial=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

const site = makeFolder({
  ...Object.fromEntries(Object.keys(types).map((name) => [name, `content of ${name}`])),
  'empty.txt': '',
  'ten.txt': '0123456789',
  'page.html': page,
  'page.html.gz': gzipSync(page),
  'page.html.br': brotliCompressSync(page),
  'zipped.js': page,
  'zipped.js.gz': gzipSync(page),
  'stale.css': page,
  'stale.css.br': brotliCompressSync('older'),
  'larger.txt': 'short',
  'larger.txt.gz': gzipSync('short'),
  'alone.gz': gzipSync('no other coding of anything'),
  'app.3f2a9c04.js': 'hashed',
  'app-3f2a9c04d5e6.wasm': 'hashed',
  'v1.20240131.txt': 'hashed',
  'facade-deadbeef.js': 'a word, and no figure',
  'app.3f2a9c0.js': 'too short for a hash',
  'big.bin': big,
  'with space.txt': 'space',
  'é.txt': 'accent',
  '100%.txt': 'percent',
  '%61.txt': 'decoded once',
  'sub/index.html': 'index of sub',
  'sub/deep/page.html': 'deep',
  '.hidden': 'secret',
  '.git/config': 'secret',
  'sub/.env': 'secret',
});
utimesSync(join(site, 'stale.css.br'), 1, 1);
const outside = makeFolder({ 'secret.txt': 'secret' });
symlinkSync(join(outside, 'secret.txt'), join(site, 'link.txt'));
symlinkSync(outside, join(site, 'linked'));
execFileSync('mkfifo', [join(site, 'pipe')]);

const clock = makeClock(); // stands still
let server, port;
before(async () => {
  server = await start(['--root', site, '--metrics', '/metrics'], { command: sanitized, clock });
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
    '/100%25.txt': 'percent',
    '/%2561.txt': 'decoded once',
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
    '/pipe', '/%c0%ae%c0%ae/app.js', '/%ef%bc%8e%ef%bc%8e/app.js', '/..;/app.js', '/%25', '/%252e%252e/x', '/%252e%252e%252fapp.js', '/...', '/..app.js', '/app.js.', `/${'a'.repeat(3000)}`];
  for (const target of missing)
    test(`${target.slice(0, 40)} is 404`, async () => {
      const answer = await get(port, target);
      assert.equal(answer.status, 404);
      assert.equal(answer.body.toString(), '404 Not Found');
      assert.equal(answer.headers.connection, undefined, 'the connection goes on');
    });
});

describe('traversal and bad targets are 400', () => {
  const targets = ['/../etc/passwd', '/..', '/sub/..', '/sub/../app.js', '/.', '/./app.js', '/sub/.',
    '/%2e%2e/etc/passwd', '/%2E./x', '/.%2e/x', '/sub/%2e%2e', '/..%2fapp.js', '/sub%2findex.html',
    '/%5c..%5cx', '/..\\x', '/a%00.html', '/%00', '/%0d%0aX:y', '/%7f', '/%', '/%4', '/%4g', '/%g4',
    '/%%34%31', '/%u002e%u002e/app.js', '/sub/%2e%2E/app.js', '/sub/..%5capp.js', '/%2e%2e%2fapp.js', '/..%00/app.js', '/x#part', '/x?#part', 'app.js', '*', 'localhost:80',
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
    const own = await start(['--root', root], { command: sanitized });
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

describe('If-Match', () => {
  const cases = {
    'the tag': [(t) => t, 200],
    'any': [() => '*', 200],
    'a list with it': [(t) => `"a", ${t}`, 200],
    'the tag, weak': [(t) => `W/${t}`, 412],
    'another': [() => '"x"', 412],
    'nothing': [() => '', 412],
  };
  for (const [name, [value, status]] of Object.entries(cases))
    test(`${name} is ${status}`, async () => {
      const { etag } = (await get(port, '/app.js')).headers;
      const answer = await get(port, '/app.js', { headers: { 'If-Match': value(etag) } });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.connection, undefined, 'the connection goes on');
    });
  test('it goes before If-None-Match', async () => {
    const { etag } = (await get(port, '/app.js')).headers;
    const both = async (match) =>
      (await get(port, '/app.js', { headers: { 'If-None-Match': etag, 'If-Match': match } })).status;
    assert.deepEqual([await both(etag), await both('"x"')], [304, 412]);
  });
  test('dates are ignored, as files have none', async () => {
    const date = 'Sun, 06 Nov 2094 08:49:37 GMT';
    const headers = { 'If-Modified-Since': date, 'If-Unmodified-Since': 'Sun, 06 Nov 1994 08:49:37 GMT' };
    assert.equal((await get(port, '/app.js', { headers })).status, 200);
  });
});

describe('ranges', () => {
  // Of /ten.txt, "0123456789": the Range, then the part that comes, or the status.
  const cases = {
    'bytes=0-0': '0', 'bytes=0-9': '0123456789', 'bytes=2-4': '234', 'bytes=9-9': '9', 'bytes=5-': '56789',
    'bytes=0-': '0123456789', 'bytes=8-100': '89', 'bytes=-3': '789', 'bytes=-10': '0123456789',
    'bytes=-11': '0123456789', 'bytes=-99999999999999999999999': '0123456789', 'Bytes=1-1': '1',
    'bytes=1-99999999999999999999999': '123456789', 'bytes=007-8': '78',
    'bytes=10-': 416, 'bytes=10-20': 416, 'bytes=-0': 416, 'bytes=99999999999999999999999-': 416,
    'bytes=18446744073709551615-18446744073709551615': 416,
    'bytes=4-2': 200, 'bytes=': 200, 'bytes=-': 200, 'bytes=a-b': 200, 'bytes=1-2,4-5': 200, 'bytes=1': 200,
    'bytes=--1': 200, 'bytes=1--2': 200, 'bytes 1-2': 200, 'bytes=+1-2': 200, 'bytes= 1-2': 200, 'lines=1-2': 200,
    'bytes=1-2x': 200, '': 200, '=': 200, 'bytes=0x1-2': 200,
  };
  for (const [range, expected] of Object.entries(cases))
    test(`${range || 'nothing'}: ${expected}`, async () => {
      const { status, headers, body } = await get(port, '/ten.txt', { headers: { Range: range } });
      assert.equal(status, typeof expected === 'string' ? 206 : expected);
      const first = '0123456789'.indexOf(expected);
      if (status === 206) {
        assert.equal(body.toString(), expected);
        assert.equal(headers['content-range'], `bytes ${first}-${first + expected.length - 1}/10`);
        assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
      } else if (status === 416) assert.equal(headers['content-range'], 'bytes */10');
      else {
        assert.equal(body.toString(), '0123456789');
        assert.equal(headers['content-range'], undefined);
        assert.equal(headers['accept-ranges'], 'bytes');
      }
    });
  test('a part of a large file, across what is sent at a time', async () => {
    for (const [first, last] of [[0, 0], [1, 200_000], [99_999, 3_000_001], [big.length - 1, big.length - 1]]) {
      const answer = await get(port, '/big.bin', { headers: { Range: `bytes=${first}-${last}` } });
      assert.equal(answer.status, 206);
      assert.ok(answer.body.equals(big.subarray(first, last + 1)));
    }
  });
  test('of an empty file', async () => {
    const of = async (Range) => (await get(port, '/empty.txt', { headers: { Range } })).status;
    assert.deepEqual([await of('bytes=0-'), await of('bytes=-5')], [416, 200]);
  });
  test('HEAD has no ranges', async () =>
    assert.equal((await get(port, '/ten.txt', { method: 'HEAD', headers: { Range: 'bytes=0-0' } })).status, 200));
  test('two Range lines are none', async () => {
    const [answer] = await talk(port, 'GET /ten.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\nRange: bytes=1-1\r\n\r\n');
    assert.equal(answer.status, 200);
  });
  const conditions = {
    'the tag': [(t) => t, 206], 'the tag, weak': [(t) => `W/${t}`, 200], 'another tag': [() => '"x"', 200],
    'a date': [() => 'Sun, 06 Nov 2094 08:49:37 GMT', 200], 'nothing': [() => '', 200],
    'any': [() => '*', 200], 'a list': [(t) => `${t}, "x"`, 200],
  };
  for (const [name, [value, status]] of Object.entries(conditions))
    test(`If-Range with ${name} is ${status}`, async () => {
      const { etag } = (await get(port, '/ten.txt')).headers;
      const headers = { Range: 'bytes=1-2', 'If-Range': value(etag) };
      assert.equal((await get(port, '/ten.txt', { headers })).status, status);
    });
  test('If-None-Match goes before Range', async () => {
    const { etag } = (await get(port, '/ten.txt')).headers;
    assert.equal((await get(port, '/ten.txt', { headers: { Range: 'bytes=1-2', 'If-None-Match': etag } })).status, 304);
  });
  test('a part of a packed file is a part of the packed bytes', async () => {
    const headers = { 'Accept-Encoding': 'br', Range: 'bytes=3-9' };
    const { body, headers: got } = await get(port, '/page.html', { headers });
    const packed = brotliCompressSync(page);
    assert.ok(body.equals(packed.subarray(3, 10)));
    assert.equal(got['content-range'], `bytes 3-9/${packed.length}`);
    assert.equal(got['content-encoding'], 'br');
  });
});

describe('content codings', () => {
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync, undefined: (bytes) => bytes };
  const check = async (target, accept, coding) => {
    const lines = [accept].flat().map((value) => `Accept-Encoding: ${value}\r\n`).join('');
    const [{ status, headers, body }] = await talk(port, `GET ${target} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
    assert.equal(status, 200);
    assert.equal(headers['content-encoding'], coding);
    assert.equal(headers.vary, 'Accept-Encoding');
    assert.equal(unpack[coding](body).toString(), page);
    return headers;
  };
  // Of a page that is there plain, in gzip and in br.
  const cases = [
    [[], undefined], ['', undefined], ['br', 'br'], ['gzip', 'gzip'], ['BR', 'br'], ['x-gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'], ['gzip, br;q=0.9', 'gzip'], ['gzip;q=0.5, br;q=0.6', 'br'],
    ['gzip;q=0.001', 'gzip'], ['br;q=0', undefined], ['br;q=0.000, gzip', 'gzip'], ['*', 'br'], ['*;q=0', undefined],
    ['br;q=0, *', 'gzip'], ['gzip;q=0, *;q=0.1', 'br'], ['identity', undefined], ['identity, br', 'br'],
    ['identity;q=0.5, gzip;q=0.4', undefined], ['identity;q=0.5, *;q=0.6', 'br'], ['gzip;q=0.3, br;q=0, *;q=0.5', undefined],
    ['identity;q=0', undefined], ['identity;q=0, br', 'br'], ['br ; q=1', 'br'], ['br;Q=0.5', 'br'],
    ['\tgzip\t,\t', 'gzip'], [',,br,,', 'br'], [['gzip', 'br'], 'br'], [['br;q=0', 'br;q=0.5'], 'br'],
    ['br;q=2', undefined], ['br;q=1.001', undefined], ['br;q=0.0001', undefined], ['br;q=', undefined],
    ['br;q=-1', undefined], ['br;q=.5', undefined], ['br;q=1;q=1', undefined], ['br;x=1', undefined],
    ['br;', undefined], ['brotli', undefined], ['b r', undefined], ['"br"', undefined], ['deflate', undefined],
    ['br;q=0.', undefined], ['br;q=1.', 'br'], ['br;q=nan, gzip', 'gzip'],
  ];
  for (const [accept, coding] of cases)
    test(`${JSON.stringify(accept)}: ${coding ?? 'plain'}`, () => check('/page.html', accept, coding));
  test('every coding has a tag of its own, which only it is asked for by', async () => {
    const codings = ['', 'gzip', 'br'];
    const tags = [];
    for (const coding of codings) tags.push((await check('/page.html', coding, coding || undefined)).etag);
    assert.equal(new Set(tags).size, 3);
    for (const [i, coding] of codings.entries())
      for (const [j, tag] of tags.entries()) {
        const headers = { 'Accept-Encoding': coding, 'If-None-Match': tag };
        const answer = await get(port, '/page.html', { headers });
        assert.equal(answer.status, i === j ? 304 : 200);
        assert.equal(answer.headers.vary, 'Accept-Encoding');
        assert.equal(answer.headers['content-encoding'], i === j ? undefined : coding || undefined);
      }
  });
  test('of a file without br, gzip goes', () => check('/zipped.js', 'br, gzip', 'gzip'));
  const plain = { '/stale.css': 'the packed file is older', '/larger.txt': 'the packed file is larger', '/app.js': 'none is packed' };
  for (const [target, why] of Object.entries(plain))
    test(`${target} comes plain: ${why}`, async () => {
      const { headers } = await get(port, target, { headers: { 'Accept-Encoding': 'br, gzip' } });
      assert.equal(headers['content-encoding'], undefined);
      assert.equal(headers.vary, undefined);
    });
  test('a packed file has no address of its own, unless there is nothing that it packs', async () => {
    const of = async (target) => (await get(port, target)).status;
    assert.deepEqual([await of('/page.html.br'), await of('/page.html.gz'), await of('/stale.css.br'), await of('/alone.gz')],
      [404, 404, 404, 200]);
  });
});

describe('how long a browser may keep it', () => {
  const forever = 'public, max-age=31536000, immutable';
  const cases = { '/': 'no-cache', '/index.html': 'no-cache', '/manifest.webmanifest': 'no-cache', '/nothing': 'no-cache',
    '/app.3f2a9c04.js': forever, '/app-3f2a9c04d5e6.wasm': forever, '/v1.20240131.txt': forever,
    '/facade-deadbeef.js': 'no-cache', '/app.3f2a9c0.js': 'no-cache' };
  for (const [target, value] of Object.entries(cases))
    test(`${target}: ${value}`, async () => assert.equal((await get(port, target)).headers['cache-control'], value));
});

describe('HEAD has the headers of GET and no body', () => {
  for (const target of ['/', '/app.js', '/digits.wasm', '/big.bin', '/empty.txt', '/nothing', '/%00', '/page.html'])
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
  'a method of nobody': ['BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 501],
  'a small-letter method': ['get / HTTP/1.1\r\nHost: a\r\n\r\n', 501],
  'no method': [' / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'TLS': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  'HTTP/2.0': ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
  'HTTP/1.2': ['GET / HTTP/1.2\r\nHost: a\r\n\r\n', 200],
  'HTTP/0.9': ['GET / HTTP/0.9\r\nHost: a\r\n\r\n', 505],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
  'HTTP/1': ['GET / HTTP/1\r\nHost: a\r\n\r\n', [400, 505]],
  'http/1.1': ['GET / http/1.1\r\nHost: a\r\n\r\n', 400],
  'RTSP': ['GET / RTSP/1.0\r\nHost: a\r\n\r\n', 400],
  'ICE': ['SOURCE / ICE/1.0\r\nHost: a\r\n\r\n', [400, 501]],
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
  ...Object.fromEntries(Object.entries({ 'a': 200, 'A.b-c_d~e': 200, 'a:': 200, 'a:80': 200, 'a:65535': 200, '127.0.0.1:5000': 200, '[::1]': 200,
    '[::ffff:127.0.0.1]:80': 200, 'a%20b': 200, "!$&'()*+,;=": 200, ':80': 400, 'a:b': 400, 'a:80:80': 400, 'a:65536': 400, 'a:-1': 400,
    'a:000000000000000000080': 200, '::1': 400, '[::1': 400, '::1]': 400, '[]': 400, '[::1]x': 400, '[::1]:x': 400, '[g::1]': 400, '[::1]]': 400,
    'u@a': 400, 'u:p@a:80': 400, 'a%2': 400, 'a%zz': 400, 'a?b': 400, 'a#b': 400, 'a\\b': 400, 'a,b c': 400, 'a"b': 400, 'a<b': 400, 'a\xe9': 400 })
    .map(([host, status]) => [`Host: ${host}`, [`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, status]])),
  'another name in the target than in Host': ['GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n', 200],
  'a bad name in the target': ['GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'a bad port in the target': ['GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  'a GET with a body': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 400],
  'a GET, chunked': ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  'two lengths': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello', 400],
  'a signed length': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello', 400],
  'length and chunks': ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  'a huge length': [`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\n`, 400],
  ...Object.fromEntries(['Content-Length: -1', 'Content-Length: ', 'Content-Length: 0x0', 'Content-Length: 1 2', 'Content-Length: 5, 5',
    'Content-Length: 0\r\nContent-Length: 0', 'Content-Length: 5\r\ncontent-length: 5', 'Content-Length: \x0b5', 'Content_Length: 5\r\nContent-Length : 5',
    'Transfer-Encoding: identity', 'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: xchunked',
    'Transfer-Encoding: \x0bchunked', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding : chunked', 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked',
    'transfer-encoding: CHUNKED', 'Transfer-Encoding: ', 'X: y\r\n Transfer-Encoding: chunked', 'X: y\rTransfer-Encoding: chunked', 'X: y\nTransfer-Encoding: chunked']
    .map((line) => [`smuggling by ${JSON.stringify(line)}`, [`GET / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n0\r\n\r\nGET /app.js HTTP/1.1\r\nHost: a\r\n\r\n`, 400]])),
  'chunks in HTTP/1.0': ['GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
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
    206: 'GET /ten.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=1-\r\n\r\n',
    412: 'GET / HTTP/1.1\r\nHost: a\r\nIf-Match: "x"\r\n\r\n',
    416: 'GET /ten.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=10-\r\n\r\n',
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
      assert.equal(answer.headers.date, 'Sun, 09 Sep 2001 01:46:40 GMT');
    });
  test('408', async () => {
    const own = await start(['--root', site, '--header-timeout', '1'], { command: sanitized });
    const socket = await connect(own.port);
    socket.write('GET / HT');
    const [answer] = parseAnswers(await readAll(socket));
    assert.equal(answer.status, 408);
    for (const [name, value] of Object.entries(policy)) assert.equal(answer.headers[name], value);
    assert.equal(await own.stop(), 0);
  });
  test('the metrics, too', async () => {
    const answer = await get(port, '/metrics');
    for (const [name, value] of Object.entries(policy)) assert.equal(answer.headers[name], value);
    assert.match(answer.body.toString(), /^digits_responses_total\{code="200"\} [1-9]\d*$/m);
  });
  test('--hsts', async () => {
    const own = await start(['--root', site, '--hsts=subdomains'], { command: sanitized });
    for (const target of ['/', '/nothing', '/%00'])
      assert.equal((await get(own.port, target)).headers['strict-transport-security'], 'max-age=31536000; includeSubDomains');
    assert.equal((await get(port, '/')).headers['strict-transport-security'], undefined);
    assert.equal(await own.stop(), 0);
  });
  test('web/_headers tells a CDN the same', () => {
    const [, all] = /^\/\*\n((?:  .*\n)+)/m.exec(readFileSync('web/_headers', 'utf8'));
    const told = all.trim().split('\n').map((line) => /^ *([^:]+): (.*)$/.exec(line)).map(([, name, value]) => [name.toLowerCase(), value]);
    assert.deepEqual(Object.fromEntries(told), policy);
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
    assert.equal((await get(port, '/app.js')).status, 200);
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
