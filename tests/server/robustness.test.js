// The server that ships, under hard times: slow, silent and many clients, a lack of descriptors, the end, a new site,
// and what its process is still allowed to do. Where time decides, it is the sanitized build, with a clock that the
// test moves.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import {
  connect,
  get,
  makeClock,
  makeFolder,
  parseAnswers,
  run,
  sanitized,
  shipped,
  sleep,
  start,
  talk,
} from './helper.js';

const big = randomBytes(6 << 20);
const site = makeFolder({ 'index.html': 'the page', 'app.js': 'content of app.js', 'big.bin': big });
const request = (target, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

/** Starts a server for one test, which must end well. */
async function serving(args, work, options) {
  const own = await start(['--root', site, ...args], options);
  try {
    await work(own);
  } finally {
    assert.equal(await own.stop(), 0);
  }
}
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;
const metric = async (own, name) =>
  Number(
    new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\d+)$`, 'm').exec((await get(own.port, '/metrics')).body)?.[1],
  );
/** Waits until the server has said this on standard error. */
async function said(own, what) {
  for (let i = 0; i < 250 && !what.test(own.log()); i++) await sleep(20);
  assert.match(own.log(), what);
}
/** Resolves with the bytes that came once the other side has closed; a reset counts as closing. */
const closing = (socket) => {
  const parts = [];
  socket.on('data', (data) => parts.push(data)).on('error', () => {});
  return new Promise((done) =>
    socket.once('close', () => done(Buffer.concat(parts))).once('end', () => socket.destroy()),
  );
};

/** The same with a clock that the test moves. */
const servingAt = (args, work) => {
  const clock = makeClock();
  return serving(args, (own) => work(own, clock), { command: sanitized, clock });
};
/** Moves the clock; when this is done, the server has seen it and closed whose time is over. */
async function pass(own, clock, ms) {
  clock.advance(ms);
  for (let i = 0; i < 2; i++) await get(own.port, '/');
}
/** A connection whose end the test can look for: { socket, all, open() }. */
async function open(own) {
  const socket = await connect(own.port);
  let closed = false;
  const all = closing(socket).finally(() => (closed = true));
  return { socket, all, open: async () => (await sleep(50), !closed) };
}
const tick = 250; // ms between two looks of the server at its timeouts

describe('timeouts', { concurrency: true }, () => {
  test('a silent client is closed without an answer', () =>
    servingAt(['--header-timeout', '1'], async (own, clock) => {
      const client = await open(own);
      await pass(own, clock, 999);
      assert.ok(await client.open());
      await pass(own, clock, tick);
      assert.equal((await client.all).length, 0);
    }));
  test('a byte now and then does not hold a slot: 408', () =>
    servingAt(['--header-timeout', '1'], async (own, clock) => {
      const client = await open(own);
      client.socket.write('GET / HTTP/1.1\r\n');
      for (let i = 0; i < 9; i++) {
        await pass(own, clock, 100);
        client.socket.write('a');
      }
      assert.ok(await client.open());
      await pass(own, clock, 100 + tick);
      const [{ status, headers }] = parseAnswers(await client.all);
      assert.equal(status, 408);
      assert.equal(headers.connection, 'close');
    }));
  test('between requests it may be silent for the idle time, and no longer', () =>
    servingAt(['--header-timeout', '1', '--idle-timeout', '3'], async (own, clock) => {
      const client = await open(own);
      for (const target of ['/', '/app.js']) {
        client.socket.write(request(target));
        await sleep(50);
        await pass(own, clock, 2999);
        assert.ok(await client.open());
      }
      await pass(own, clock, tick);
      assert.equal(parseAnswers(await client.all).length, 2);
    }));
  test('the idle time begins when the response is taken', () =>
    servingAt(
      ['--idle-timeout', '1', '--root', makeFolder({ 'index.html': big.subarray(0, 1 << 20), small: '' })],
      async (own, clock) => {
        const { socket, all } = await open(own);
        socket.pause();
        socket.write(request('/'));
        await sleep(100);
        clock.advance(2500);
        for (let i = 0; i < 2; i++) await get(own.port, '/small');
        socket.write(request('/', 'Connection: close\r\n'));
        await sleep(100);
        socket.resume();
        const answers = parseAnswers(await all);
        assert.equal(answers.length, 2);
        for (const { body } of answers) assert.ok(body.equals(big.subarray(0, 1 << 20)));
      },
    ));
  test('who takes a response a few bytes at a time is closed', () =>
    servingAt(
      ['--send-timeout', '1', '--root', makeFolder({ 'index.html': 'x', 'large.bin': randomBytes(4 << 20) })],
      async (own, clock) => {
        // 4 MiB may take 8.7 minutes; a part of 8 KB after 4 MiB of others may not.
        const { socket, all } = await open(own);
        socket.pause();
        socket.write(request('/large.bin', 'Range: bytes=0-8000\r\n').repeat(2000));
        for (let i = 0; i < 10; i++) {
          await sleep(20);
          socket.read(1);
          await pass(own, clock, 250);
        }
        socket.resume();
        assert.ok((await all).length < 2000 * 8000);
      },
    ));
});

describe('many clients', { concurrency: true }, () => {
  test('for one too many, the one that has waited longest goes', () =>
    servingAt(['--max-connections', '2', '--metrics', '/metrics'], async (own, clock) => {
      const first = await open(own);
      first.socket.write(request('/'));
      await sleep(100);
      clock.advance(100);
      const second = await open(own);
      await sleep(50);
      clock.advance(600);
      assert.equal((await get(own.port, '/')).status, 200);
      assert.equal(parseAnswers(await first.all).length, 1);
      second.socket.end(request('/'));
      assert.equal(parseAnswers(await second.all).length, 1, 'the second one is still there');
      assert.equal(await metric(own, 'digits_connections_evicted_total'), 1);
    }));
  test('who has just come has a moment to ask; the next one waits for its turn', () =>
    servingAt(['--max-connections', '2'], async (own, clock) => {
      const two = [await connect(own.port), await connect(own.port)];
      let done = false;
      const third = get(own.port, '/').finally(() => (done = true));
      clock.advance(499);
      await sleep(600);
      assert.ok(!done);
      clock.advance(1 + tick);
      assert.equal((await third).status, 200);
      two.forEach((socket) => socket.destroy());
    }));
  test('a flood of silent and slow ones does not keep a page from loading', () =>
    serving(['--max-connections', '50', '--header-timeout', '60'], async (own) => {
      const flood = await Promise.all(Array.from({ length: 300 }, () => connect(own.port)));
      flood.forEach((socket, i) => (socket.on('error', () => {}), i % 2 && socket.write('GET / HTTP/1.1\r\nX: ')));
      for (let i = 0; i < 3; i++) assert.equal((await get(own.port, '/big.bin')).body.length, big.length);
      flood.forEach((socket) => socket.destroy());
    }));
  test('who is being answered is never sent away', () =>
    serving(['--max-connections', '2'], async (own) => {
      const busy = [await connect(own.port), await connect(own.port)];
      const all = busy.map(
        (socket) => (socket.pause(), socket.write(request('/big.bin', 'Connection: close\r\n')), closing(socket)),
      );
      busy.forEach((socket) => socket.pause());
      await sleep(700);
      const third = get(own.port, '/');
      await sleep(300);
      busy.forEach((socket) => socket.resume());
      for (const bytes of await Promise.all(all)) assert.ok(parseAnswers(bytes)[0].body.equals(big));
      assert.equal((await third).status, 200);
    }));
  test('nor who has not yet taken all of an answer that the kernel has', () =>
    serving(
      ['--max-connections', '2', '--root', makeFolder({ 'index.html': big.subarray(0, 1 << 20) })],
      async (own) => {
        const taking = [await connect(own.port), await connect(own.port)];
        const all = taking.map((socket) => (socket.write(request('/')), closing(socket)));
        taking.forEach((socket) => socket.pause());
        await sleep(700);
        const third = get(own.port, '/');
        await sleep(300);
        taking.forEach((socket) => socket.write(request('/', 'Connection: close\r\n')));
        await sleep(100);
        taking.forEach((socket) => socket.resume());
        for (const bytes of await Promise.all(all))
          for (const { body } of [...parseAnswers(bytes), { body: null }].slice(0, 2))
            assert.ok(body?.equals(big.subarray(0, 1 << 20)));
        assert.equal((await third).status, 200);
      },
    ));

  const ticks = (own) =>
    readFileSync(`/proc/${own.child.pid}/stat`, 'utf8')
      .split(') ')[1]
      .split(' ')
      .slice(11, 13)
      .reduce((a, b) => a + Number(b), 0);
  test('out of descriptors it does not spin, and goes on', () =>
    serving(
      [],
      async (own) => {
        const used = descriptors(own.child.pid);
        execFileSync('prlimit', ['--pid', String(own.child.pid), `--nofile=${used + 20}:${used + 20}`]);
        const busy = await Promise.all(Array.from({ length: 30 }, () => connect(own.port)));
        busy.forEach((socket) => (socket.on('error', () => {}), socket.pause(), socket.write(request('/big.bin'))));
        for (let i = 0; i < 100 && descriptors(own.child.pid) < used + 20; i++) await sleep(20);
        assert.equal(descriptors(own.child.pid), used + 20);
        const before = ticks(own);
        await sleep(1000);
        assert.ok(ticks(own) - before <= 20, `${ticks(own) - before} ticks of 10 ms of processor time, waiting`);
        const whole = get(own.port, '/');
        busy.forEach((socket) => socket.destroy());
        assert.equal((await whole).status, 200);
        for (let i = 0; i < 100 && descriptors(own.child.pid) > used; i++) await sleep(20);
        assert.equal(descriptors(own.child.pid), used, 'no descriptor is lost');
      },
      { command: sanitized },
    )); // the other is nobody's, whose limits others may not set
  test('few descriptors are few connections, and that is said', async () => {
    const own = await start(['-c', 'ulimit -n 20; exec "$0" --root "$1"', shipped, site], { command: 'sh' });
    await said(own, /enough for 4 connections only/);
    const idle = await Promise.all(Array.from({ length: 12 }, () => connect(own.port)));
    assert.equal((await get(own.port, '/')).status, 200);
    idle.forEach((socket) => socket.destroy());
    assert.equal(await own.stop(), 0);
  });
  test('clients that go away in the middle do no harm', () =>
    serving([], async (own) => {
      for (let i = 0; i < 60; i++) {
        const socket = await connect(own.port);
        socket.on('error', () => {});
        socket.write(i % 2 ? request('/big.bin') : 'GET / HT');
        if (i % 3 === 0) socket.resetAndDestroy();
        else socket.destroy();
      }
      assert.equal((await get(own.port, '/')).status, 200);
    }));
});

describe('the end', { concurrency: true }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'])
    test(`${signal}: what was asked is answered, who waits goes, nobody else comes in`, async () => {
      const own = await start(['--root', site], { command: sanitized, clock: makeClock() });
      const idle = await connect(own.port);
      const idleAll = closing(idle);
      idle.write(request('/'));
      const busy = await connect(own.port);
      busy.pause();
      const busyAll = closing(busy);
      busy.pause();
      busy.write(request('/big.bin'));
      const asking = await connect(own.port);
      const askingAll = closing(asking);
      asking.write('GET /app.js HTTP/1.1\r\n');
      await sleep(200);
      const ended = own.stop(signal);
      assert.equal(parseAnswers(await idleAll).length, 1);
      await assert.rejects(connect(own.port), { code: 'ECONNREFUSED' });
      asking.write('Host: a\r\n\r\n');
      busy.resume();
      const [answer] = parseAnswers(await askingAll);
      assert.equal(answer.body.toString(), 'content of app.js');
      assert.equal(answer.headers.connection, 'close');
      assert.ok(parseAnswers(await busyAll)[0].body.equals(big));
      assert.equal(await ended, 0); // the clock stands still: there is nothing that it waits for
    });
  /** A server with a response under way, and the end of it: { own, clock, ended(), code }. */
  async function ending(...args) {
    const clock = makeClock();
    const own = await start(['--root', site, ...args], { command: sanitized, clock });
    const busy = await connect(own.port);
    busy.on('error', () => {}).pause();
    busy.write(request('/big.bin'));
    await sleep(100);
    own.child.kill('SIGTERM');
    await sleep(400);
    assert.equal(own.child.exitCode, null);
    return { own, clock, busy };
  }
  test('it waits for the drain time, and no longer', async () => {
    const { own, clock, busy } = await ending('--drain-timeout', '1');
    clock.advance(999);
    await sleep(600);
    assert.equal(own.child.exitCode, null);
    clock.advance(1);
    const [code] = await once(own.child, 'close');
    assert.equal(code, 0);
    busy.destroy();
  });
  test('a second signal ends it at once', async () => {
    const { own, busy } = await ending();
    assert.equal(await own.stop('SIGTERM'), 0);
    busy.destroy();
  });
  test('it can be started again at once on the same port', async () => {
    const own = await start(['--root', site, '--drain-timeout', '0']);
    const socket = await connect(own.port);
    socket.on('error', () => {});
    assert.equal(await own.stop(), 0);
    const again = await start(['--root', site], { env: { PORT: String(own.port) } });
    assert.equal(again.port, own.port);
    socket.destroy();
    assert.equal(await again.stop(), 0);
  });
  test('its reader ends with it, however it ends', async () => {
    const own = await start(['--root', site]);
    const [reader] = readFileSync(`/proc/${own.child.pid}/task/${own.child.pid}/children`, 'utf8').trim().split(' ');
    assert.equal(await own.stop('SIGKILL'), 'SIGKILL');
    await sleep(200);
    const left = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0];
    let state = 'gone';
    try {
      state = left(reader);
    } catch {}
    assert.ok(['gone', 'Z'].includes(state), state); // Z: where nobody collects orphans
  });
});

describe('a new site', { concurrency: true }, () => {
  const loaded = (own, times) => said(own, new RegExp(`((loaded|stays as it is)[^]*){${times}}`));
  test('a change on disk is seen at SIGHUP and not before', async () => {
    const root = makeFolder({ 'index.html': 'before', 'gone.txt': 'here', 'big.bin': big });
    await serving(['--root', root], async (own) => {
      const body = async (target) => (await get(own.port, target)).body.toString();
      const busy = await connect(own.port);
      const all = closing(busy);
      busy.pause();
      busy.write(request('/big.bin', 'Connection: close\r\n'));
      writeFileSync(join(root, 'index.html'), 'after');
      writeFileSync(join(root, 'big.bin'), 'small');
      writeFileSync(join(root, 'new.txt'), 'new');
      rmSync(join(root, 'gone.txt'));
      assert.deepEqual(
        [await body('/'), await body('/gone.txt'), await body('/new.txt')],
        ['before', 'here', '404 Not Found'],
      );
      own.child.kill('SIGHUP');
      await loaded(own, 1);
      assert.deepEqual(
        [await body('/'), await body('/gone.txt'), await body('/new.txt')],
        ['after', '404 Not Found', 'new'],
      );
      assert.equal(await body('/big.bin'), 'small');
      busy.resume();
      assert.ok(parseAnswers(await all)[0].body.equals(big), 'the answer under way is of the old site');
    });
  });
  test('a root that is a link may be pointed elsewhere', async () => {
    const place = makeFolder({ 'one/index.html': 'one', 'two/index.html': 'two' });
    symlinkSync('one', join(place, 'current'));
    await serving(['--root', join(place, 'current')], async (own) => {
      symlinkSync('two', join(place, 'next'));
      renameSync(join(place, 'next'), join(place, 'current'));
      own.child.kill('SIGHUP');
      await loaded(own, 1);
      assert.equal((await get(own.port, '/')).body.toString(), 'two');
    });
  });
  test('a site that cannot be read leaves the old one in place', async () => {
    const root = makeFolder({ 'index.html': 'here' });
    await serving(['--root', root, '--metrics', '/metrics'], async (own) => {
      rmSync(root, { recursive: true });
      own.child.kill('SIGHUP');
      await loaded(own, 1);
      assert.match(own.log(), /No such file/);
      assert.equal((await get(own.port, '/')).body.toString(), 'here');
      assert.equal(await metric(own, 'digits_failed_loads_total'), 1);
    });
  });
  test('without its reader it keeps its site, and says so', () =>
    serving([], async (own) => {
      const [reader] = readFileSync(`/proc/${own.child.pid}/task/${own.child.pid}/children`, 'utf8').trim().split(' ');
      process.kill(Number(reader), 'SIGKILL');
      await loaded(own, 1);
      own.child.kill('SIGHUP');
      await said(own, /the process that opens files is gone/);
      assert.equal((await get(own.port, '/')).body.toString(), 'the page');
    }));
  test('under load no request is dropped, and no answer is of two sites', async () => {
    const letters = ['a', 'b'];
    const root = makeFolder({ 'page.txt': letters[0].repeat(200_000), 'small.txt': letters[0].repeat(1000) });
    await serving(['--root', root, '--metrics', '/metrics'], async (own) => {
      const used = descriptors(own.child.pid);
      let going = true;
      let answers = 0;
      const clients = Array.from({ length: 8 }, async (_, i) => {
        while (going) {
          const targets = Array.from({ length: 20 }, (_, j) => ((i + j) % 2 ? '/page.txt' : '/small.txt'));
          const got = await talk(own.port, targets.map((target) => request(target)).join(''));
          assert.equal(got.length, targets.length);
          for (const { status, body } of got) {
            assert.equal(status, 200);
            assert.ok(letters.some((letter) => body.equals(Buffer.alloc(body.length, letter))));
            assert.ok([1000, 200_000].includes(body.length));
          }
          answers += got.length;
        }
      });
      for (let i = 1; i <= 10; i++) {
        for (const name of ['page.txt', 'small.txt']) {
          writeFileSync(join(root, 'new'), letters[i % 2].repeat(name === 'page.txt' ? 200_000 : 1000));
          renameSync(join(root, 'new'), join(root, name));
        }
        own.child.kill('SIGHUP');
        await loaded(own, i);
      }
      going = false;
      await Promise.all(clients);
      assert.ok(answers > 100, `${answers} answers`);
      assert.equal(await metric(own, 'digits_loads_total'), 11);
      assert.equal(descriptors(own.child.pid), used, 'the old sites are gone');
    });
  });
});

describe('logs, metrics, health', { concurrency: true }, () => {
  const hostile = 'GET /"\\\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n';
  const ask = async (own) => {
    await talk(own.port, request('/app.js', 'User-Agent: wh"at\\ever\r\nReferer: http://a/b\r\n'));
    await talk(own.port, hostile);
    await sleep(300);
    return own.out().trim().split('\n').slice(1);
  };
  test('Combined Log Format', () =>
    serving(['--log', 'combined'], async (own) => {
      const lines = await ask(own);
      const time = String.raw`\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]`;
      assert.equal(lines.length, 2);
      assert.match(
        lines[0],
        new RegExp(
          String.raw`^127\.0\.0\.1 - - ${time} "GET /app\.js HTTP/1\.1" 200 17 "http://a/b" "wh\\x22at\\x5cever"$`,
        ),
      );
      assert.match(lines[1], new RegExp(String.raw`^127\.0\.0\.1 - - ${time} "GET /\\x22\\x5c.*" 400 15 "-" "-"$`));
    }));
  test('JSON', () =>
    servingAt(['--log', 'json'], async (own) => {
      const [first, second, ...more] = (await ask(own)).map((line) => JSON.parse(line));
      assert.deepEqual(more, []);
      assert.deepEqual(first, {
        time: '2001-09-09T01:46:40Z',
        address: '127.0.0.1',
        status: 200,
        bytes: 17,
        request: 'GET /app.js HTTP/1.1',
        referer: 'http://a/b',
        agent: 'wh"at\\ever',
      });
      assert.equal(second.status, 400);
      assert.ok(second.request.startsWith('GET /"\\'));
    }));
  test('off by default', () => serving([], async (own) => assert.deepEqual(await ask(own), [])));
  test('nobody who reads the log: lines are lost and counted, nobody waits', () =>
    serving(['--log', 'json', '--metrics', '/metrics'], async (own) => {
      own.child.stdout.pause();
      for (let i = 0; i < 10; i++) await talk(own.port, request(`/${'x'.repeat(500)}`).repeat(100));
      assert.ok((await metric(own, 'digits_log_lines_lost_total')) > 0);
      own.child.stdout.resume();
    }));
  test('metrics count, and are off by default', () =>
    serving(['--metrics', '/m'], async (own) => {
      for (const target of ['/', '/', '/nothing']) await get(own.port, target);
      const { status, body } = await get(own.port, '/m');
      assert.equal(status, 200);
      assert.match(
        body.toString(),
        /^digits_responses_total\{code="200"\} 2\ndigits_responses_total\{code="404"\} 1$/m,
      );
      for (const line of body.toString().trim().split('\n'))
        assert.match(line, /^(# (HELP|TYPE) digits_[a-z_]+ .+|digits_[a-z_]+(\{code="\d{3}"\})? \d+)$/);
      assert.equal((await get(own.port, '/metrics')).status, 404);
    }));
  test('--health', async () => {
    let port;
    await serving([], async (own) => {
      ({ port } = own);
      assert.equal((await run(['--health'], { env: { PORT: String(port) } })).code, 0);
    });
    const { code, err } = await run(['--health'], { env: { PORT: String(port) } });
    assert.equal(code, 1);
    assert.match(err, /refused/);
  });
});

describe('sandbox', { concurrency: true }, () => {
  const status = (pid) =>
    Object.fromEntries(
      readFileSync(`/proc/${pid}/status`, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(/:\s*/)),
    );
  test('the server is nobody, without capabilities, and may not gain any', () =>
    serving([], async (own) => {
      const { CapEff, CapPrm, CapInh, NoNewPrivs, Seccomp, Uid, Gid } = status(own.child.pid);
      for (const set of [CapEff, CapPrm, CapInh]) assert.match(set, /^0+$/);
      assert.deepEqual([NoNewPrivs, Seccomp], ['1', '2']);
      assert.ok(!/\b0\b/.test(Uid) && !/\b0\b/.test(Gid));
    }));
  test('its reader has no capabilities and is filtered, too', () =>
    serving([], async (own) => {
      const [reader] = readFileSync(`/proc/${own.child.pid}/task/${own.child.pid}/children`, 'utf8').trim().split(' ');
      const { CapEff, NoNewPrivs, Seccomp } = status(reader);
      assert.deepEqual([Number(CapEff), NoNewPrivs, Seccomp], [0, '1', '2']);
    }));
  test('its program moves in memory, and has no memory that is written and run', () => {
    const elf = execFileSync('readelf', ['-hldW', shipped]).toString();
    assert.match(elf, /Type: +DYN/);
    assert.match(elf, /GNU_RELRO/);
    assert.match(elf, /FLAGS.*NOW/);
    assert.match(elf, /GNU_STACK.* RW /);
    assert.doesNotMatch(elf, / RWE /);
  });
  test('it has a few descriptors, and none of a file', () =>
    serving([], async (own) => {
      const kinds = execFileSync('ls', ['-l', `/proc/${own.child.pid}/fd`])
        .toString()
        .match(/(?<=-> ).*/g);
      for (const kind of kinds) assert.match(kind, /^(socket:|pipe:|anon_inode:\[(signalfd|eventpoll)\]|\/memfd:site)/);
    }));
});

describe('start', { concurrency: true }, () => {
  test('one line says where, how many files and how large', async () => {
    const own = await start(['--root', makeFolder({ 'index.html': 'x'.repeat(1500), 'a/b.txt': 'y' })]);
    assert.equal(own.line, `digits: http://localhost:${own.port}/ (2 files, 2 KB)`);
    await own.stop();
  });
  const terminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
  test('on a terminal, until Ctrl-C', { skip: !terminal && 'this machine lends no terminals' }, async () => {
    const own = await start(['-qec', `exec '${shipped}' --root '${site}' --log json`, '/dev/null'], {
      command: 'script',
    });
    assert.equal((await get(own.port, '/')).status, 200);
    own.child.stdin.write('\x03');
    const [code] = await once(own.child, 'close');
    assert.equal(code, 0);
    assert.match(own.out(), /"status":200/);
  });
  test('symbolic links are left out, and that is said', async () => {
    const root = makeFolder({ 'index.html': 'x' });
    symlinkSync('/etc/passwd', join(root, 'link.txt'));
    await serving(['--root', root], async (own) => {
      await said(own, /not served: \/link\.txt: a symbolic link/);
      assert.equal((await get(own.port, '/link.txt')).status, 404);
    });
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
  const roots = {
    missing: /No such file/,
    empty: /no files/,
    only: /no files/,
    'file.txt': /Not a directory/,
    d: /too deep/,
  };
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
  for (const args of [
    ['--nothing'],
    ['x'],
    ['--root'],
    ['--idle-timeout', '0'],
    ['--max-connections', 'x'],
    ['--bind', 'example.org'],
    ['--hsts=x'],
    ['--log', 'xml'],
    ['--metrics', 'm'],
    ['--drain-timeout', '3601'],
  ])
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
    copyFileSync(shipped, command);
    let own = await start([], { command, cwd: join(place, 'work') });
    assert.equal((await get(own.port, '/')).body.toString(), 'beside');
    await own.stop();
    copyFileSync(shipped, join(place, 'serve'));
    own = await start([], { command: join(place, 'serve'), cwd: join(place, 'work') });
    assert.equal((await get(own.port, '/')).body.toString(), 'here');
    await own.stop();
  });
});
