// Starts the server on a folder of the test's own, and talks to it over raw sockets, so that
// every byte of a request is the test's choice. What it answers is asked of the build with sanitizers;
// how it holds out, of the one that ships. A missing binary is a failure.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const shipped = resolve(here, '../../build/serve');
export const sanitized = resolve(here, '../../build/asan/serve');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const leftovers = [];
const clear = () => leftovers.splice(0).forEach((clean) => clean());
process.on('exit', clear);
if (process.env.NODE_TEST_CONTEXT) after(() => setTimeout(clear, 5000).unref()); // a server that a failed test left behind would keep this process waiting

/** A new folder with these files, { 'sub/name': content }, that the user nobody can read; gone when the tests end. */
export function makeFolder(files = {}) {
  const root = mkdtempSync(join(tmpdir(), 'digits-serve-'));
  chmodSync(root, 0o755);
  leftovers.push(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

/** Runs the server to its end: { code, out, err }. For starts that are to fail. */
export async function run(args, { env = {}, command = shipped, cwd } = {}) {
  const child = spawn(command, args, { env: { ...process.env, PORT: '0', ...env }, cwd });
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const [code] = await once(child, 'close');
  clearTimeout(late);
  return { code, out, err };
}

/** A clock that stands still until it is moved, for the sanitized build (tests/server/clock.c): start(…, { clock }). */
export function makeClock(unix = 1_000_000_000) {
  const path = join(makeFolder(), 'clock');
  const fd = openSync(path, 'w+', 0o644);
  leftovers.push(() => closeSync(fd));
  let ms = 0;
  const write = () => writeSync(fd, new BigInt64Array([BigInt(ms), BigInt(unix)]), 0, 16, 0);
  write();
  return { path, advance: (more) => ((ms += more), write()), setUnix: (seconds) => ((unix = seconds), write()) };
}

/** Starts the server: { port, line, child, log(), out(), stop(signal?) → exit code }. */
export async function start(args, { env = {}, command = shipped, cwd, clock } = {}) {
  if (clock) env = { ...env, TEST_CLOCK: clock.path };
  const child = spawn(command, args, { env: { ...process.env, PORT: '0', ...env }, cwd });
  leftovers.push(() => child.exitCode === null && child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (data) => (err += data));
  const closed = once(child, 'close');
  let out = '';
  const line = await new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => fail(new Error(`the server ended with ${code}: ${err}`)));
    child.stdout.on('data', (data) => {
      out += data;
      if (out.includes('\n')) done(out.split('\n')[0]);
    });
  });
  const port = Number(/:(\d+)\//.exec(line)?.[1]);
  const stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null) child.kill(signal);
    const [code, by] = await closed;
    return code ?? by;
  };
  return { port, line, child, stop, log: () => err, out: () => out };
}

export async function connect(port, host = '127.0.0.1') {
  const socket = net.connect({ port, host, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the other side closes; fails when that takes over `ms`. */
export function readAll(socket, ms = 20_000) {
  return new Promise((done, fail) => {
    const parts = [];
    const late = setTimeout(() => {
      socket.destroy();
      fail(new Error(`not closed in time; so far: ${Buffer.concat(parts).subarray(0, 300)}`));
    }, ms);
    socket.on('data', (data) => parts.push(data));
    socket.on('error', (error) => (clearTimeout(late), fail(error)));
    socket.on('end', () => {
      clearTimeout(late);
      socket.destroy();
      done(Buffer.concat(parts));
    });
  });
}

/** Cuts bytes into answers. `methods` says which were HEAD: no body follows those heads. */
export function parseAnswers(bytes, methods = []) {
  const answers = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) throw new Error(`no whole answer head: ${bytes.subarray(at, at + 200)}`);
    const [line, ...lines] = bytes.toString('latin1', at, end).split('\r\n');
    const match = /^HTTP\/1\.1 (\d{3}) [\x20-\x7e]+$/.exec(line);
    if (!match) throw new Error(`bad status line: ${line}`);
    const headers = {};
    for (const text of lines) {
      const [, name, value] = /^([A-Za-z-]+): (.*)$/.exec(text) ?? [];
      if (!name || name.toLowerCase() in headers) throw new Error(`bad or repeated: ${text}`);
      headers[name.toLowerCase()] = value;
    }
    const status = Number(match[1]);
    const empty = status === 304 || methods[answers.length] === 'HEAD';
    const length = empty ? 0 : Number(headers['content-length']);
    const body = bytes.subarray(end + 4, end + 4 + length);
    if (body.length !== length) throw new Error(`body of ${body.length}, not ${length}`);
    answers.push({ status, headers, body, lines: [line, ...lines] });
    at = end + 4 + length;
  }
  return answers;
}

/** Sends these bytes, says that no more come, and gives all answers. */
export async function talk(port, bytes, methods) {
  const socket = await connect(port);
  const all = readAll(socket);
  socket.end(bytes, 'latin1');
  return parseAnswers(await all, methods);
}

/** One well-formed request and its answer. */
export async function get(port, target, { method = 'GET', headers = {} } = {}) {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([k, v]) => `${k}: ${v}\r\n`);
  const answers = await talk(port, `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, [method]);
  if (answers.length !== 1) throw new Error(`${answers.length} answers to ${target}`);
  return answers[0];
}
