// src/dataset/mnist.js against mirrors of our own, with small files in the place of MNIST's.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { findMnist } from '../../src/dataset/mnist.js';

const contents = { images: Buffer.alloc(50_000, 'picture'), labels: Buffer.from('0123456789') };
const sums = Object.fromEntries(
  Object.entries(contents).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
);

/** What each mirror answers. */
const mirrors = {
  good: (response, file) => response.end(file),
  other: (response) => response.end(gzipSync('something else')),
  cut: (response, file) => response.end(file.subarray(0, file.length / 2)),
  dropped: (response, file) => {
    response.writeHead(200, { 'Content-Length': file.length });
    response.write(file.subarray(0, 10), () => response.destroy());
  },
  page: (response) => response.end('<h1>Please sign in</h1>'),
  gone: (response) => response.writeHead(404).end(),
};

describe('findMnist', () => {
  let server, base, requests, home, said;
  before(async () => {
    server = createServer((request, response) => {
      requests.push(request.url);
      const [, mirror, name] = request.url.match(/^\/(\w+)\/(\w+)\.gz$/);
      mirrors[mirror](response, gzipSync(contents[name]));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${server.address().port}`;
    home = mkdtempSync(join(tmpdir(), 'digits-data-'));
  });
  after(() => {
    server.close();
    rmSync(home, { recursive: true });
  });
  beforeEach(() => {
    requests = [];
    said = '';
    rmSync(home, { recursive: true });
    mkdirSync(home);
  });

  const data = () => join(home, 'data');
  const find = (...names) =>
    findMnist({
      mirrors: names.map((name) => `${base}/${name}`),
      folders: [data(), join(home, 'shared')],
      sums,
      say: (line) => (said += `${line}\n`),
    });
  const fill = (folder, ...names) => {
    mkdirSync(join(home, folder), { recursive: true });
    for (const name of names) writeFileSync(join(home, folder, name), 'as it is');
  };

  test('downloads every file from the first mirror', async () => {
    assert.equal(await find('good', 'other'), data());
    assert.deepEqual(requests, ['/good/images.gz', '/good/labels.gz']);
    assert.deepEqual(readdirSync(data()), ['images.gz', 'labels.gz']);
    assert.deepEqual(readFileSync(join(data(), 'images.gz')), gzipSync(contents.images));
  });

  for (const bad of Object.keys(mirrors).filter((name) => name !== 'good')) {
    test(`goes on to the next mirror: ${bad}`, async () => {
      await find(bad, 'good');
      assert.deepEqual(requests, [`/${bad}/images.gz`, '/good/images.gz', `/${bad}/labels.gz`, '/good/labels.gz']);
      assert.deepEqual(readdirSync(data()), ['images.gz', 'labels.gz']);
    });
  }

  test('says what to do when no mirror works, and leaves no partial file', async () => {
    await assert.rejects(find(...Object.keys(mirrors).filter((name) => name !== 'good')), /by hand.*\n.*MNIST_MIRRORS/);
    assert.match(said, /sha256/);
    assert.match(said, /404/);
    assert.deepEqual(readdirSync(data()), []);
  });

  test('uses a set that is there, gzipped or not, without asking a mirror', async () => {
    fill('shared', 'images', 'labels.gz');
    assert.equal(await find('good'), join(home, 'shared'));
    fill('data', 'images.gz', 'labels');
    assert.equal(await find('good'), data());
    assert.deepEqual(requests, []);
    assert.equal(readFileSync(join(data(), 'labels'), 'utf8'), 'as it is');
  });

  test('downloads only what is missing', async () => {
    fill('data', 'images.gz');
    await find('good');
    assert.deepEqual(requests, ['/good/labels.gz']);
    assert.equal(readFileSync(join(data(), 'images.gz'), 'utf8'), 'as it is');
  });
});
