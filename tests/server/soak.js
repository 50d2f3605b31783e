// Polite and hostile clients at one server, for TIME seconds: `make soak` (600). SERVER names another build of it.
//
// The server has room for 200 connections and more clients than that, most of them hostile, while its site changes under
// it again and again. Polite clients compare every byte with the files. A connection that the server closes before
// the first byte of an answer is opened again, as browsers do, and counted. At the end nothing may be lost: no wrong
// byte, nobody kept waiting, no descriptor, no memory (measured when nobody is connected, after each half), no crash.
// Prints JSON; exit status 1 if anything is wrong.
import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { connect, get, makeFolder, parseAnswers, shipped, sleep, start } from './helper.js';

const seconds = Number(process.env.TIME ?? 600);
const command = process.env.SERVER ?? shipped;
const limits = { connections: 200, header: 4, idle: 6, send: 5 };
const clients = { polite: 60, hostile: 300 };

// ── The site, twice ───────────────────────────────────────────────────────────────────────────────────

const sizes = {
  'empty.txt': 0,
  'small.txt': 1000,
  'page.html': 20_000,
  'middle.bin': 60_000,
  'large.bin': 300_000,
  'huge.bin': 3 << 20,
};
const packers = {
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: gzipSync,
};
const place = makeFolder();
/** What may come for a target in a coding: one body of each site. */
const bodies = new Map();
for (const name of ['a', 'b']) {
  mkdirSync(join(place, name));
  const write = (target, coding, file, body) => {
    writeFileSync(join(place, name, file), body);
    bodies.set(`${target} ${coding}`, [...(bodies.get(`${target} ${coding}`) ?? []), body]);
  };
  for (const [file, size] of Object.entries(sizes)) {
    const body = file.endsWith('.html') ? Buffer.from(randomBytes(size / 2).toString('hex')) : randomBytes(size);
    write(`/${file}`, 'plain', file, body);
    if (file === 'page.html')
      for (const [coding, pack] of Object.entries(packers))
        write(`/${file}`, coding, `${file}.${{ br: 'br', gzip: 'gz' }[coding]}`, pack(body));
  }
}
const point = (name) => {
  symlinkSync(name, join(place, 'next'));
  renameSync(join(place, 'next'), join(place, 'current'));
};
point('a');

// ── Counting ──────────────────────────────────────────────────────────────────────────────────────────

const counts = {};
const count = (what, n = 1) => (counts[what] = (counts[what] ?? 0) + n);
const faults = [];
const fault = (text) => faults.push(text);
const waits = []; // ms that polite requests took, with what it took to get a connection
const pick = (list) => list[randomInt(list.length)];
let going = true;
const attackers = new Set();

// ── Polite clients ────────────────────────────────────────────────────────────────────────────────────

/** A connection that reads answers one by one. */
class Reader {
  constructor(socket) {
    this.socket = socket;
    this.parts = [];
    this.length = 0;
    this.closed = false;
    this.wake = () => {};
    socket.on('data', (data) => (this.parts.push(data), (this.length += data.length), this.wake()));
    for (const name of ['end', 'error', 'close']) socket.on(name, () => ((this.closed = true), this.wake()));
  }
  all() {
    this.parts = [Buffer.concat(this.parts)];
    return this.parts[0];
  }
  /** The next answer to such a request, or null where the connection ended before its first byte. */
  async answer(method) {
    let need = 1;
    for (;;) {
      while (this.length < need && !this.closed) await new Promise((done) => (this.wake = done));
      if (this.length < need) {
        if (this.length > 0) throw new Error(`an answer of ${this.length} bytes ended before ${need}`);
        return null;
      }
      const bytes = this.all();
      const end = bytes.indexOf('\r\n\r\n') + 4;
      const head = bytes.toString('latin1', 0, end);
      const body =
        method === 'HEAD' || head.startsWith('HTTP/1.1 304') ? 0 : Number(/\r\nContent-Length: (\d+)/.exec(head)?.[1]);
      if (end >= 4 && bytes.length >= end + body) {
        this.parts = [bytes.subarray(end + body)];
        this.length -= end + body;
        return parseAnswers(bytes.subarray(0, end + body), [method])[0];
      }
      need = end >= 4 ? end + body : bytes.length + 1;
    }
  }
}

const tags = new Map(); // entity tag → the body that it stands for
const known = new Map(); // target and coding → a tag that was seen
/** A request that a browser could make, and what its answer may be. */
function ask() {
  const target = pick([...Object.keys(sizes).map((name) => `/${name}`), '/nothing']);
  const coding = target === '/page.html' ? pick(['plain', 'br', 'gzip']) : 'plain';
  const tag = known.get(`${target} ${coding}`) ?? '"none"';
  const first = randomInt(Math.max(1, sizes[target.slice(1)] ?? 0));
  const last = first + randomInt(100_000);
  const kind = pick([
    { statuses: [200] },
    { statuses: [200], method: 'HEAD' },
    { statuses: [200, 304], headers: { 'If-None-Match': tag } },
    { statuses: [206, 416], headers: { Range: `bytes=${first}-${last}` }, part: () => [first, last] },
    {
      statuses: [200, 206, 416],
      headers: { Range: `bytes=${first}-`, 'If-Range': tag },
      part: () => [first, Infinity],
    },
    {
      statuses: [200, 206],
      headers: { Range: `bytes=-${last + 1}` },
      part: (size) => [Math.max(0, size - last - 1), Infinity],
    },
  ]);
  const headers = { Host: 'a', ...(coding === 'plain' ? {} : { 'Accept-Encoding': coding }), ...kind.headers };
  const lines = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const { method = 'GET', part, statuses } = kind;
  return {
    target,
    coding,
    tag,
    method,
    part,
    first,
    statuses: target === '/nothing' ? [404] : statuses,
    text: `${method} ${target} HTTP/1.1\r\n${lines}\r\n`,
  };
}

/** Why this is no right answer to the request, or undefined. */
function wrong({ target, coding, tag, method, part, first, statuses }, { status, headers, body }) {
  if (!statuses.includes(status)) return `status ${status}`;
  if (status === 404) return;
  const { etag } = headers;
  const candidates = bodies.get(`${target} ${coding}`);
  if (status === 304) return etag === tag ? undefined : '304 for another tag';
  if (status === 416)
    return candidates.some(({ length }) => first >= length) ? undefined : '416 for a part that there is';
  if ((headers['content-encoding'] ?? 'plain') !== coding) return 'coding';
  if (method === 'HEAD')
    return candidates.some(({ length }) => length === Number(headers['content-length'])) ? undefined : 'length';
  const same = (whole) => {
    const [from, to] = status === 206 ? part(whole.length) : [0, Infinity];
    const range = status === 206 ? `bytes ${from}-${Math.min(to, whole.length - 1)}/${whole.length}` : undefined;
    return headers['content-range'] === range && body.equals(whole.subarray(from, to + 1));
  };
  const whole = (tags.has(etag) ? [tags.get(etag)] : candidates).find(same);
  if (!whole) return 'bytes';
  if (status === 206 && statuses.includes(200) && statuses.includes(416) && etag !== tag)
    return 'a part of what the tag does not stand for';
  if (status === 200) {
    tags.set(etag, whole);
    known.set(`${target} ${coding}`, etag);
  }
}

// Where the machine lets this process stand still, it may miss the server's deadlines; it is not to be told as a fault of
// the server. Bytes are right all the same.
let stoodStill = 0; // when it last did, for more than a second
let looked = Date.now();
setInterval(() => {
  if (Date.now() - looked > 1100) {
    stoodStill = Date.now();
    count('stood still');
  }
  looked = Date.now();
}, 100).unref();
const excused = (since) => stoodStill >= since;

/** One visit: some requests on one connection, in a pipeline or one after the other, whole or in pieces. */
async function visit(port) {
  let todo = Array.from({ length: 1 + randomInt(12) }, ask);
  const begin = Date.now();
  for (let since = begin; todo.length > 0; ) {
    const reader = new Reader(await connect(port));
    const { socket } = reader;
    const opened = Date.now();
    const pipelined = pick([true, false]);
    const slow = pick([true, false, false, false]);
    for (let sent = 0, done = 0; todo.length > 0; done++) {
      if (done === sent) {
        const batch = pipelined ? todo : todo.slice(0, 1);
        const text = batch.map((request) => request.text).join('');
        sent += batch.length;
        const cut = randomInt(text.length);
        socket.write(text.slice(0, cut));
        if (slow) await sleep(20);
        socket.write(text.slice(cut));
      }
      if (slow) socket.pause(), await sleep(50), socket.resume();
      const answer = await reader
        .answer(todo[0].method)
        .catch((error) => (excused(opened) ? null : Promise.reject(error)));
      if (!answer || (answer.status === 408 && excused(opened))) {
        count('opened again');
        break;
      }
      const why = wrong(todo[0], answer);
      if (why) fault(`${why}: ${todo[0].text} → ${answer.lines.join(' | ')}`);
      count('answers checked');
      count('bytes checked', answer.body.length);
      waits.push(Date.now() - since);
      since = Date.now();
      todo = todo.slice(1);
    }
    socket.destroy();
  }
  count('visits');
}

// ── Hostile clients ───────────────────────────────────────────────────────────────────────────────────

const request = (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
/** What comes until the server closes, which it must within `ms`. */
async function closedWithin(socket, ms, what) {
  const parts = [];
  socket.on('data', (data) => parts.push(data));
  const since = Date.now();
  const late = setTimeout(
    () => (going && !excused(since) && fault(`${what}: not closed after ${ms} ms`), socket.destroy()),
    ms,
  );
  await new Promise((done) => socket.once('end', done).once('close', done));
  clearTimeout(late);
  return Buffer.concat(parts);
}
/** Stays connected for so long, unless the end comes. */
const stay = (socket, ms) => Promise.race([sleep(ms), new Promise((done) => socket.once('close', done))]);
const slack = 8000; // for the tick, and for this process, which is busy, too

const hostile = {
  silent: (socket) => closedWithin(socket, limits.header * 1000 + slack, 'silent'),
  'a byte now and then': async (socket) => {
    socket.write('GET / HTTP/1.1\r\n');
    const timer = setInterval(() => socket.write('a'), 150);
    await closedWithin(socket, limits.header * 1000 + slack, 'a byte now and then');
    clearInterval(timer);
  },
  'no reading': async (socket) => {
    socket.pause();
    socket.write(request('/middle.bin').repeat(200));
    await stay(socket, 2000 + randomInt(4000));
  },
  'little reading': async (socket) => {
    socket.pause();
    socket.write(request('/huge.bin'));
    for (let i = 0; i < 20 && going; i++) socket.read(1), await sleep(100);
  },
  'half a request': (socket) => (socket.end('GET / HTTP/1.1\r\nHo'), closedWithin(socket, slack, 'half a request')),
  'reset in a request': async (socket) => (
    socket.write('GET / HT'), await sleep(randomInt(200)), socket.resetAndDestroy()
  ),
  'reset in an answer': async (socket) => {
    socket.write(request('/huge.bin'));
    await new Promise((done) => ['data', 'end', 'close'].forEach((name) => socket.once(name, done)));
    socket.resetAndDestroy();
  },
  'closed unread': (socket) => void socket.write(request('/large.bin').repeat(5)),
  'a long line': (socket) => refused(socket, `GET /${'a'.repeat(100_000)}`, 414),
  'large headers': (socket) =>
    refused(socket, `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(50)}\r\n`, 431),
  'many headers': (socket) => refused(socket, `GET / HTTP/1.1\r\nHost: a\r\n${'a:b\r\n'.repeat(500)}\r\n`, 431),
  smuggling: (socket) =>
    refused(
      socket,
      `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${request('/small.txt')}`,
      400,
    ),
  traversal: (socket) => refused(socket, request('/%2e%2e/%2e%2e/etc/passwd'), 400),
  garbage: async (socket) => {
    socket.write(randomBytes(1 + randomInt(40_000)));
    socket.end();
    await closedWithin(socket, limits.header * 1000 + slack, 'garbage');
  },
  'a flood of requests': async (socket) => {
    socket.write(request('/nothing').repeat(3000));
    socket.pause();
    await stay(socket, 1000);
  },
};
/** Sends this; where an answer comes, it is this refusal alone. (None comes to whom the server closed to make room.) */
async function refused(socket, bytes, status) {
  socket.write(bytes);
  const all = await closedWithin(socket, limits.header * 1000 + slack, `refused with ${status}`);
  const [answer, ...more] = parseAnswers(all);
  if (answer && (answer.status !== status || more.length > 0))
    fault(`${bytes.slice(0, 100)} → ${all.subarray(0, 200)}`);
  count(answer ? 'refused' : 'refused without an answer');
}

/** Many connections at once that stay silent. */
async function flood(port) {
  const sockets = [];
  await Promise.all(
    Array.from({ length: 150 }, () =>
      connect(port).then(
        (socket) => sockets.push(socket.on('error', () => {})),
        () => count('not connected'),
      ),
    ),
  );
  count('flooded', sockets.length);
  await sleep(500);
  sockets.forEach((socket) => (pick([true, false]) ? socket.destroy() : socket.resetAndDestroy()));
}

// ── The soak ──────────────────────────────────────────────────────────────────────────────────────────

const options = [
  '--max-connections',
  String(limits.connections),
  ...['header', 'idle', 'send'].flatMap((name) => [`--${name}-timeout`, String(limits[name])]),
];
const own = await start(['--root', join(place, 'current'), '--metrics', '/metrics', ...options], { command });
const { pid } = own.child;
const processes = [pid, Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))]; // the server, and who reads the site for it
const descriptors = () => processes.map((id) => readdirSync(`/proc/${id}/fd`).length);
const memory = (what) =>
  processes.map((id) =>
    Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]),
  );
const state = () => ({ descriptors: descriptors(), rss_kb: memory('VmRSS'), own_kb: memory('RssAnon') }); // own: without the site's pages
const reloads = () => own.log().split('loaded the site anew').length - 1;

const at = new Map(); // what each client is at
async function repeat(name, work, pause) {
  const key = Symbol(name);
  at.set(key, name);
  while (going) {
    try {
      await work((what) => at.set(key, what));
    } catch (error) {
      fault(String(error.stack));
    }
    await sleep(randomInt(pause));
  }
  at.delete(key);
}
async function attack(tell) {
  const name = pick(Object.keys(hostile));
  tell(name);
  const socket = await connect(own.port);
  socket.on('error', () => {});
  attackers.add(socket);
  count('hostile connections');
  await hostile[name](socket);
  socket.destroy();
  attackers.delete(socket);
}
const begin = Date.now();
async function report() {
  await sleep(Math.min(10_000, seconds * 100));
  const now =
    `${Math.round((Date.now() - begin) / 1000)} s: ${counts['answers checked'] ?? 0} answers checked, ` +
    `${counts['hostile connections'] ?? 0} hostile connections, ${faults.length} faults, ${memory('VmRSS')[0]} KB`;
  if (seconds >= 60) console.error(now);
}
/** All clients at work, then none; what is left is the server's own. */
async function half() {
  let site = 0;
  going = true;
  setTimeout(() => ((going = false), attackers.forEach((socket) => socket.destroy())), seconds * 500);
  const all = Promise.all([
    ...Array.from({ length: clients.polite }, () => repeat('visit', () => visit(own.port), 200)),
    ...Array.from({ length: clients.hostile }, () => repeat('attack', attack, 400)),
    repeat('flood', () => flood(own.port), 3000),
    repeat('reload', () => (point(['b', 'a'][site++ % 2]), own.child.kill('SIGHUP'), sleep(1000)), 1000),
    repeat('report', report, 10),
  ]);
  await Promise.race([all, sleep(seconds * 500 + 60_000)]);
  if (at.size > 0) fault(`after a minute there still are: ${[...at.values()].join(', ')}`);
  for (let i = 0; i < 100 && String(descriptors()) !== String(before.descriptors); i++) await sleep(100);
  if (String(descriptors()) !== String(before.descriptors)) fault('descriptors are lost');
  return state();
}
await get(own.port, '/small.txt');
await sleep(500);
const before = state();
const halves = [await half(), await half()];
// An allocator may keep what all connections had at once, 18 KB each: a few bytes lost by each of the many would be more.
// (What is lost in a short time the build with sanitizers tells, at its end; it keeps what was freed.)
if (command === shipped && halves[1].own_kb[0] > before.own_kb[0] + 18 * limits.connections) fault('memory has grown');

const metrics = [...(await get(own.port, '/metrics')).body.toString().matchAll(/^digits_(\S+) (\d+)$/gm)];
const exit = await own.stop();
if (exit !== 0) fault(`the server ended with ${exit}`);
const said = own
  .log()
  .split('\n')
  .filter((line) => line && !/^digits: (loaded the site anew|note: )/.test(line));
if (said.length > 0) fault(`the server said: ${said.join('\n').slice(0, 4000)}`);
waits.sort((a, b) => a - b);
const wait = (share) => waits[Math.floor(share * (waits.length - 1))];
if (!(wait(1) < 60_000)) fault('a polite client waited for a minute');
for (const what of ['visits', 'hostile connections', 'flooded', 'refused'])
  if (!counts[what]) fault(`nothing of: ${what}`);
if (reloads() === 0) fault('the site was never loaded anew');
console.log(
  JSON.stringify({
    seconds,
    counts,
    wait_ms: { median: wait(0.5), p99: wait(0.99), most: wait(1) },
    reloads: reloads(),
    before,
    half_way: halves[0],
    end: halves[1],
    exit,
    faults: faults.length,
    metrics: Object.fromEntries(metrics.map(([, name, value]) => [name, Number(value)])),
  }),
);
for (const text of faults.slice(0, 20)) console.error(text);
process.exit(faults.length > 0 ? 1 : 0);
