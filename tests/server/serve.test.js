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

import { cases } from './conformance_cases.js';
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
  'dated.txt': 'of 1994',
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
utimesSync(join(site, 'dated.txt'), 784111777, 784111777);
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

  const missing = [
    '/nothing',
    '/App.js',
    '/app.js/',
    '/sub',
    '/sub.html/',
    '//',
    '//app.js',
    '/.hidden',
    '/%2ehidden',
    '/.git/config',
    '/sub/.env',
    '/link.txt',
    '/linked/secret.txt',
    '/pipe',
    '/%c0%ae%c0%ae/app.js',
    '/%ef%bc%8e%ef%bc%8e/app.js',
    '/..;/app.js',
    '/%25',
    '/%252e%252e/x',
    '/%252e%252e%252fapp.js',
    '/...',
    '/..app.js',
    '/app.js.',
    `/${'a'.repeat(3000)}`,
  ];
  for (const target of missing)
    test(`${target.slice(0, 40)} is 404`, async () => {
      const answer = await get(port, target);
      assert.equal(answer.status, 404);
      assert.equal(answer.body.toString(), '404 Not Found');
      assert.equal(answer.headers.connection, undefined, 'the connection goes on');
    });
});

describe('traversal and bad targets are 400', () => {
  const targets = [
    '/../etc/passwd',
    '/..',
    '/sub/..',
    '/sub/../app.js',
    '/.',
    '/./app.js',
    '/sub/.',
    '/%2e%2e/etc/passwd',
    '/%2E./x',
    '/.%2e/x',
    '/sub/%2e%2e',
    '/..%2fapp.js',
    '/sub%2findex.html',
    '/%5c..%5cx',
    '/..\\x',
    '/a%00.html',
    '/%00',
    '/%0d%0aX:y',
    '/%7f',
    '/%',
    '/%4',
    '/%4g',
    '/%g4',
    '/%%34%31',
    '/%u002e%u002e/app.js',
    '/sub/%2e%2E/app.js',
    '/sub/..%5capp.js',
    '/%2e%2e%2fapp.js',
    '/..%00/app.js',
    '/x#part',
    '/x?#part',
    'app.js',
    '*',
    'localhost:80',
    'http:///app.js',
    'ftp://localhost/app.js',
    '../app.js',
    '?x',
    '/\xc3\xa9.txt',
    '/a\tb',
  ];
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
    any: [() => '*', 304],
    'a list with it': [(t) => `"a", W/"b" ,\t${t}, "c"`, 304],
    'a list with empty elements': [(t) => `, ,${t},`, 304],
    'a tag with a comma before it': [(t) => `"a, b", ${t}`, 304],
    'white space around': [(t) => `  ${t}  \t`, 304],
    'another tag': [() => '"x"', 200],
    'a list without it': [() => '"x", "y"', 200],
    'the tag within another': [(t) => `"x${t.slice(1)}`, 200],
    'the tag cut short': [(t) => t.slice(0, -1), 200],
    'without quotes': [(t) => t.slice(1, -1), 200],
    nothing: [() => '', 200],
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
    const [answer] = await talk(
      port,
      `GET /app.js HTTP/1.1\r\nHost: a\r\nif-none-match: "x"\r\nIF-NONE-MATCH: ${etag}\r\n\r\n`,
    );
    assert.equal(answer.status, 304);
  });
  test('If-None-Match: * on a missing file is 404', async () => {
    assert.equal((await get(port, '/nothing', { headers: { 'If-None-Match': '*' } })).status, 404);
  });
});

describe('If-Match', () => {
  const cases = {
    'the tag': [(t) => t, 200],
    any: [() => '*', 200],
    'a list with it': [(t) => `"a", ${t}`, 200],
    'the tag, weak': [(t) => `W/${t}`, 412],
    another: [() => '"x"', 412],
    nothing: [() => '', 412],
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
});

// The clock stands at Sun, 09 Sep 2001 01:46:40 GMT; dated.txt is of Sun, 06 Nov 1994 08:49:37 GMT.
describe('Last-Modified', () => {
  const modified = 'Sun, 06 Nov 1994 08:49:37 GMT';
  const [before, after] = ['Sun, 06 Nov 1994 08:49:36 GMT', 'Sun, 06 Nov 1994 08:49:38 GMT'];
  const status = async (headers, method) => (await get(port, '/dated.txt', { headers, method })).status;
  test('is said, but not of a file that is of the future', async () => {
    assert.equal((await get(port, '/dated.txt')).headers['last-modified'], modified);
    assert.equal((await get(port, '/app.js')).headers['last-modified'], undefined);
  });
  const dates = {
    [modified]: 304,
    [after]: 304,
    [before]: 200,
    'Tue, 01 Jan 2030 00:00:00 GMT': 304,
    'Thu, 01 Jan 1970 00:00:00 GMT': 200,
    'Sunday, 06-Nov-94 08:49:37 GMT': 304,
    'Sunday, 06-Nov-94 08:49:36 GMT': 200,
    'Wednesday, 06-Nov-30 08:49:37 GMT': 304,
    'Friday, 06-Nov-51 08:49:37 GMT': 304,
    'Friday, 06-Nov-52 08:49:37 GMT': 200, // 50 years from now, and 51: in 1952
    'Sun Nov  6 08:49:37 1994': 304,
    'Sun Nov  6 08:49:36 1994': 200,
    'Sun Nov 16 08:49:36 1994': 304,
    // not dates: ignored
    '': 200,
    0: 200,
    '-1': 200,
    yesterday: 200,
    784111777: 200,
    'Sun, 06 Nov 1994 08:49:37': 200,
    'Sun, 06 Nov 1994 08:49:37 UTC': 200,
    'Sun, 6 Nov 1994 08:49:37 GMT': 200,
    'Sun, 06 nov 1994 08:49:37 GMT': 200,
    'Sun, 06 Nov 1994 24:00:00 GMT': 200,
    'Sun, 06 Nov 1994 08:60:00 GMT': 200,
    'Sun, 32 Nov 2000 08:49:37 GMT': 200,
    'Sun, 00 Nov 2000 08:49:37 GMT': 200,
    '2000-11-06T08:49:37Z': 200,
    'Sun, 06 Nov 2000 08:49:37 GMT+1': 200,
  };
  for (const [date, wanted] of Object.entries(dates))
    test(`If-Modified-Since: ${date} is ${wanted}`, async () => {
      assert.equal(await status({ 'If-Modified-Since': date }), wanted);
      assert.equal(await status({ 'If-Modified-Since': date }, 'HEAD'), wanted);
    });
  test('If-Unmodified-Since', async () => {
    const since = async (date, more = {}) => status({ 'If-Unmodified-Since': date, ...more });
    assert.deepEqual(
      [await since(before), await since(modified), await since(after), await since('yesterday')],
      [412, 200, 200, 200],
    );
    const { etag } = (await get(port, '/dated.txt')).headers;
    assert.equal(await since(before, { 'If-Match': etag }), 200, 'If-Match goes before it');
  });
  test('If-None-Match goes before If-Modified-Since', async () => {
    const { etag } = (await get(port, '/dated.txt')).headers;
    assert.equal(await status({ 'If-None-Match': '"x"', 'If-Modified-Since': after }), 200);
    assert.equal(await status({ 'If-None-Match': etag, 'If-Modified-Since': before }), 304);
  });
  test('two dates are none', async () => {
    const [answer] = await talk(
      port,
      `GET /dated.txt HTTP/1.1\r\nHost: a\r\n${`If-Modified-Since: ${after}\r\n`.repeat(2)}\r\n`,
    );
    assert.equal(answer.status, 200);
  });
  test('a 304 has no Last-Modified, as it has the tag', async () => {
    const { headers } = await get(port, '/dated.txt', { headers: { 'If-Modified-Since': after } });
    assert.equal(headers['last-modified'], undefined);
    assert.match(headers.etag, /^"/);
  });
  test('of a file without date, dates are ignored', async () => {
    const headers = { 'If-Modified-Since': 'Sun, 06 Nov 2094 08:49:37 GMT', 'If-Unmodified-Since': before };
    assert.equal((await get(port, '/app.js', { headers })).status, 200);
  });
  test('a date in If-Range is no strong validator', async () =>
    assert.equal(await status({ Range: 'bytes=0-0', 'If-Range': modified }), 200));
});

describe('ranges', () => {
  // Of /ten.txt, "0123456789": the Range, then the part that comes, or the status.
  const cases = {
    'bytes=0-0': '0',
    'bytes=0-9': '0123456789',
    'bytes=2-4': '234',
    'bytes=9-9': '9',
    'bytes=5-': '56789',
    'bytes=0-': '0123456789',
    'bytes=8-100': '89',
    'bytes=-3': '789',
    'bytes=-10': '0123456789',
    'bytes=-11': '0123456789',
    'bytes=-99999999999999999999999': '0123456789',
    'Bytes=1-1': '1',
    'bytes=1-99999999999999999999999': '123456789',
    'bytes=007-8': '78',
    'bytes=10-': 416,
    'bytes=10-20': 416,
    'bytes=-0': 416,
    'bytes=99999999999999999999999-': 416,
    'bytes=18446744073709551615-18446744073709551615': 416,
    'bytes=4-2': 200,
    'bytes=': 200,
    'bytes=-': 200,
    'bytes=a-b': 200,
    'bytes=1-2,4-5': 200,
    'bytes=1': 200,
    'bytes=--1': 200,
    'bytes=1--2': 200,
    'bytes 1-2': 200,
    'bytes=+1-2': 200,
    'bytes= 1-2': 200,
    'lines=1-2': 200,
    'bytes=1-2x': 200,
    '': 200,
    '=': 200,
    'bytes=0x1-2': 200,
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
    for (const [first, last] of [
      [0, 0],
      [1, 200_000],
      [99_999, 3_000_001],
      [big.length - 1, big.length - 1],
    ]) {
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
    const [answer] = await talk(
      port,
      'GET /ten.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\nRange: bytes=1-1\r\n\r\n',
    );
    assert.equal(answer.status, 200);
  });
  const conditions = {
    'the tag': [(t) => t, 206],
    'the tag, weak': [(t) => `W/${t}`, 200],
    'another tag': [() => '"x"', 200],
    'a date': [() => 'Sun, 06 Nov 2094 08:49:37 GMT', 200],
    nothing: [() => '', 200],
    any: [() => '*', 200],
    'a list': [(t) => `${t}, "x"`, 200],
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
    const lines = [accept]
      .flat()
      .map((value) => `Accept-Encoding: ${value}\r\n`)
      .join('');
    const [{ status, headers, body }] = await talk(port, `GET ${target} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
    assert.equal(status, 200);
    assert.equal(headers['content-encoding'], coding);
    assert.equal(headers.vary, 'Accept-Encoding');
    assert.equal(unpack[coding](body).toString(), page);
    return headers;
  };
  // Of a page that is there plain, in gzip and in br.
  const cases = [
    [[], undefined],
    ['', undefined],
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['BR', 'br'],
    ['x-gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, br;q=0.9', 'gzip'],
    ['gzip;q=0.5, br;q=0.6', 'br'],
    ['gzip;q=0.001', 'gzip'],
    ['br;q=0', undefined],
    ['br;q=0.000, gzip', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0, *;q=0.1', 'br'],
    ['identity', undefined],
    ['identity, br', 'br'],
    ['identity;q=0.5, gzip;q=0.4', undefined],
    ['identity;q=0.5, *;q=0.6', 'br'],
    ['gzip;q=0.3, br;q=0, *;q=0.5', undefined],
    ['identity;q=0', undefined],
    ['identity;q=0, br', 'br'],
    ['br ; q=1', 'br'],
    ['br;Q=0.5', 'br'],
    ['\tgzip\t,\t', 'gzip'],
    [',,br,,', 'br'],
    [['gzip', 'br'], 'br'],
    [['br;q=0', 'br;q=0.5'], 'br'],
    ['br;q=2', undefined],
    ['br;q=1.001', undefined],
    ['br;q=0.0001', undefined],
    ['br;q=', undefined],
    ['br;q=-1', undefined],
    ['br;q=.5', undefined],
    ['br;q=1;q=1', undefined],
    ['br;x=1', undefined],
    ['br;', undefined],
    ['brotli', undefined],
    ['b r', undefined],
    ['"br"', undefined],
    ['deflate', undefined],
    ['br;q=0.', undefined],
    ['br;q=1.', 'br'],
    ['br;q=nan, gzip', 'gzip'],
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
  const plain = {
    '/stale.css': 'the packed file is older',
    '/larger.txt': 'the packed file is larger',
    '/app.js': 'none is packed',
  };
  for (const [target, why] of Object.entries(plain))
    test(`${target} comes plain: ${why}`, async () => {
      const { headers } = await get(port, target, { headers: { 'Accept-Encoding': 'br, gzip' } });
      assert.equal(headers['content-encoding'], undefined);
      assert.equal(headers.vary, undefined);
    });
  test('a packed file has no address of its own, unless there is nothing that it packs', async () => {
    const of = async (target) => (await get(port, target)).status;
    assert.deepEqual(
      [await of('/page.html.br'), await of('/page.html.gz'), await of('/stale.css.br'), await of('/alone.gz')],
      [404, 404, 404, 200],
    );
  });
});

describe('how long a browser may keep it', () => {
  const forever = 'public, max-age=31536000, immutable';
  const cases = {
    '/': 'no-cache',
    '/index.html': 'no-cache',
    '/manifest.webmanifest': 'no-cache',
    '/nothing': 'no-cache',
    '/app.3f2a9c04.js': forever,
    '/app-3f2a9c04d5e6.wasm': forever,
    '/v1.20240131.txt': forever,
    '/facade-deadbeef.js': 'no-cache',
    '/app.3f2a9c0.js': 'no-cache',
  };
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

for (const [kind, list] of Object.entries(cases))
  describe(kind, () => {
    for (const [name, [bytes, expected]] of Object.entries(list))
      test(`${name}: ${[expected].flat().join(' or ') || 'closed'}`, async () => {
        const answers = await talk(port, bytes, [bytes.startsWith('HEAD') ? 'HEAD' : 'GET']);
        const wanted = [expected].flat();
        assert.equal(answers.length, wanted.length ? 1 : 0);
        if (answers.length === 0) return;
        const [{ status, headers, body }] = answers;
        assert.ok(wanted.includes(status), `status ${status}`);
        assert.equal(headers.allow, status === 405 ? 'GET, HEAD' : undefined);
        if (status < 400) return;
        assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
        if (!bytes.startsWith('HEAD')) assert.match(body.toString(), new RegExp(`^${status} `));
        if (status < 405 || (status > 405 && status !== 501)) assert.equal(headers.connection, 'close');
      });
  });

describe('raw requests', () => {
  for (const bytes of ['', '\r\n', 'G', 'GET / HTTP/1.1\r\nHost: a\r\n'])
    test(`${JSON.stringify(bytes)} and no more is closed without an answer`, async () => {
      assert.deepEqual(await talk(port, bytes), []);
    });

  test('after a fault nothing of the same connection is served', async () => {
    const answers = await talk(port, 'GET /%00 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.deepEqual(
      answers.map((a) => a.status),
      [400],
    );
  });
  test('a body is not taken for a request', async () => {
    const inner = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    const answers = await talk(port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
    assert.deepEqual(
      answers.map((a) => a.status),
      [405],
    );
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
    const own = await start(['--root', site, '--hsts-subdomains'], { command: sanitized });
    for (const target of ['/', '/nothing', '/%00'])
      assert.equal(
        (await get(own.port, target)).headers['strict-transport-security'],
        'max-age=31536000; includeSubDomains',
      );
    assert.equal((await get(port, '/')).headers['strict-transport-security'], undefined);
    assert.equal(await own.stop(), 0);
  });
  test('web/_headers tells a CDN the same', () => {
    const [, all] = /^\/\*\n((?:  .*\n)+)/m.exec(readFileSync('web/_headers', 'utf8'));
    const told = all
      .trim()
      .split('\n')
      .map((line) => /^ *([^:]+): (.*)$/.exec(line))
      .map(([, name, value]) => [name.toLowerCase(), value]);
    assert.deepEqual(Object.fromEntries(told), policy);
  });
});

describe('bytes in pieces', () => {
  const request = 'GET /app.js HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n';
  test('split in two at every byte', async () => {
    const both = request + request.replace('app.js', 'nothing');
    await Promise.all(
      Array.from({ length: both.length - 1 }, async (_, i) => {
        const socket = await connect(port);
        const all = readAll(socket);
        socket.write(both.slice(0, i + 1));
        await sleep(20);
        socket.end(both.slice(i + 1));
        const answers = parseAnswers(await all);
        assert.deepEqual(
          answers.map((a) => a.status),
          [200, 404],
          `split after ${i + 1}`,
        );
        assert.equal(answers[0].body.toString(), 'content of app.js');
      }),
    );
  });
  test('byte by byte', async () => {
    const socket = await connect(port);
    const all = readAll(socket);
    for (const byte of request) {
      socket.write(byte);
      await sleep(2);
    }
    socket.end();
    assert.deepEqual(
      parseAnswers(await all).map((a) => a.status),
      [200],
    );
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
    assert.deepEqual(
      answers.map((a) => a.status),
      [200, 200, 404, 200, 405, 200],
    );
    assert.deepEqual(
      answers.map((a) => a.headers.connection),
      [undefined, undefined, undefined, undefined, undefined, 'close'],
    );
  });
  test('HTTP/1.0 closes, or stays when asked to', async () => {
    const socket = await connect(port);
    const all = readAll(socket, 5000);
    socket.write('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /app.js HTTP/1.0\r\n\r\n');
    const answers = parseAnswers(await all);
    assert.deepEqual(
      answers.map((a) => a.headers.connection),
      ['keep-alive', 'close'],
    );
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
    if (
      Object.values(networkInterfaces())
        .flat()
        .some((i) => i.address === '::1')
    )
      hosts.push('::1');
    for (const host of hosts) {
      const socket = await connect(port, host);
      const all = readAll(socket);
      socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      assert.equal(parseAnswers(await all)[0].status, 200);
    }
  });
});
