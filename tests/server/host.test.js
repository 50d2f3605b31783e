// What whoever runs the server tells it: where to listen, what to log to, which site; and what it does about files that
// cannot be served.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { connect, get, makeFolder, parseAnswers, readAll, run, shipped, sleep, start } from './helper.js';

const site = makeFolder({ 'index.html': 'the page' });
const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const root = process.getuid() === 0;

/** Starts a server for one test, which must end well. */
async function serving(args, work, options) {
  const own = await start(['--root', site, ...args], options);
  try {
    await work(own);
  } finally {
    assert.equal(await own.stop(), 0);
  }
}
async function until(what, ms = 5000) {
  for (let i = 0; i < ms / 20 && !what(); i++) await sleep(20);
  assert.ok(what(), String(what));
}
async function askUnix(path) {
  const socket = net.connect({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.write(request);
  return parseAnswers(await readAll(socket))[0];
}
const children = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

describe('--bind', { concurrency: true }, () => {
  const others = Object.values(networkInterfaces())
    .flat()
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  test('localhost is open to this machine alone', () =>
    serving(['--bind', 'localhost'], async (own) => {
      assert.match(own.line, /http:\/\/127\.0\.0\.1:\d+\//);
      assert.equal((await get(own.port, '/')).status, 200);
      for (const { address } of others) await assert.rejects(connect(own.port, address), { code: 'ECONNREFUSED' });
    }));
  test('make run says localhost', () =>
    assert.match(
      execFileSync('make', ['-n', '-o', 'build', '-o', 'build/config.mk', 'run']).toString(),
      /--bind localhost/,
    ));
  const v6 = Object.values(networkInterfaces())
    .flat()
    .some((i) => i.address === '::1');
  test('::1', { skip: !v6 && 'this machine has no IPv6' }, () =>
    serving(['--bind', '::1'], async (own) => {
      assert.match(own.line, /http:\/\/\[::1\]:\d+\//);
      await assert.rejects(connect(own.port), { code: 'ECONNREFUSED' });
      (await connect(own.port, '::1')).destroy();
    }),
  );
  test('a UNIX socket, all users may connect to; one that is left over is replaced, one in use is not', async () => {
    const path = join(makeFolder(), 'socket');
    const first = await start(['--root', site, '--bind', `unix:${path}`, '--log', 'combined']);
    assert.equal(first.line.split(' ')[1], `unix:${path}`);
    assert.equal(statSync(path).mode & 0o777, 0o666);
    assert.equal((await askUnix(path)).body.toString(), 'the page');
    await until(() => first.out().includes('- - - ['));
    assert.equal((await run(['--health', '--bind', `unix:${path}`])).code, 0);
    const { code, err } = await run(['--root', site, '--bind', `unix:${path}`]);
    assert.equal(code, 1);
    assert.match(err, /cannot listen on unix:.*in use/);
    assert.equal(await first.stop('SIGKILL'), 'SIGKILL');
    assert.ok(existsSync(path));
    const again = await start(['--root', site, '--bind', `unix:${path}`]);
    assert.equal((await askUnix(path)).status, 200);
    assert.equal(await again.stop(), 0);
  });
  test('an address that is not there is a clear message', async () => {
    const { code, err } = await run(['--root', site, '--bind', '192.0.2.1']);
    assert.equal(code, 1);
    assert.match(err, /cannot listen on 192\.0\.2\.1, port 0: Cannot assign/);
  });
});

describe('sockets that systemd passes', { concurrency: true }, () => {
  const activate = '/usr/bin/systemd-socket-activate';
  test('two of them', { skip: !existsSync(activate) && 'there is no systemd-socket-activate' }, async () => {
    const path = join(makeFolder(), 'socket');
    const free = net.createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address();
    free.close();
    await once(free, 'close');
    const child = spawn(activate, ['-l', `127.0.0.1:${port}`, '-l', path, shipped, '--root', site], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await until(() => existsSync(path));
    assert.equal((await get(port, '/')).body.toString(), 'the page');
    assert.equal((await askUnix(path)).body.toString(), 'the page');
    child.kill();
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
  });
  test('one that does not listen is refused', async () => {
    const { code, err } = await run(
      ['-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --root "$1" 3</dev/null', shipped, site],
      { command: 'sh' },
    );
    assert.equal(code, 1);
    assert.match(err, /LISTEN_FDS/);
  });
});

describe('processes', { concurrency: true }, () => {
  test('descriptors that the parent left open are closed in both', async () => {
    const stdio = ['pipe', 'pipe', 'pipe', openSync('/dev/null'), openSync('/etc/passwd'), openSync('/')];
    const child = spawn(shipped, ['--root', site], { env: { ...process.env, PORT: '0' }, stdio });
    await once(child.stdout, 'data');
    for (const pid of [child.pid, ...children(child.pid)])
      assert.doesNotMatch(execFileSync('ls', ['-l', `/proc/${pid}/fd`]).toString(), /null|passwd|-> \/$/m);
    child.kill();
    assert.equal((await once(child, 'close'))[0], 0);
  });
  test('without standard input, output and error it serves, and no message goes to a client', async () => {
    const free = net.createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address();
    free.close();
    const child = spawn('sh', ['-c', 'exec "$0" --root "$1" <&- >&- 2>&-', shipped, site], {
      env: { ...process.env, PORT: String(port) },
      stdio: 'ignore',
    });
    for (
      let i = 0;
      i < 100 &&
      !(await connect(port).then(
        (socket) => (socket.destroy(), true),
        () => false,
      ));
      i++
    )
      await sleep(20);
    assert.equal((await get(port, '/')).status, 200);
    child.kill('SIGHUP');
    assert.equal((await get(port, '/')).body.toString(), 'the page');
    child.kill();
    assert.equal((await once(child, 'close'))[0], 0);
  });
  test('started as root, both are nobody, and read what nobody may read', { skip: !root && 'not root' }, async () => {
    const folder = makeFolder({ 'index.html': 'x', 'secret.txt': 'x' });
    chmodSync(join(folder, 'secret.txt'), 0o600);
    await serving(['--root', folder], async (own) => {
      for (const pid of [own.child.pid, ...children(own.child.pid)])
        assert.match(
          readFileSync(`/proc/${pid}/status`, 'utf8'),
          /^Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534$/m,
        );
      await until(() => /not served: \/secret\.txt: Permission denied/.test(own.log()));
      assert.equal((await get(own.port, '/secret.txt')).status, 404);
    });
  });
  test('a load that is killed is one that failed; the next one works', async () => {
    const place = makeFolder({ 'one/index.html': 'one', 'two/index.html': '' });
    truncateSync(join(place, 'two/index.html'), 60 << 20); // takes a while to read
    symlinkSync('one', join(place, 'current'));
    await serving(['--root', join(place, 'current')], async (own) => {
      const [loader] = children(own.child.pid);
      symlinkSync('two', join(place, 'next'));
      renameSync(join(place, 'next'), join(place, 'current'));
      own.child.kill('SIGHUP');
      for (let pid; !pid; ) if ((([pid] = children(loader)), pid)) process.kill(pid, 'SIGKILL');
      await until(() => own.log().includes('the site stays as it is'));
      assert.match(own.log(), /was killed/);
      writeFileSync(join(place, 'two/index.html'), 'two');
      own.child.kill('SIGHUP');
      await until(() => own.log().includes('loaded the site anew'));
      assert.equal((await get(own.port, '/')).body.toString(), 'two');
    });
  });
});

describe('files that cannot be served are named, and the others served', { concurrency: true }, () => {
  const named = async (folder, what) => {
    await serving(['--root', folder], async (own) => {
      await until(() => what.test(own.log()));
      assert.equal((await get(own.port, '/')).status, 200);
    });
  };
  test('links, pipes, and names that no URL may have', async () => {
    const folder = makeFolder({ 'index.html': 'x', 'a\\b.txt': 'x', 'a\nb.txt': 'x' });
    symlinkSync('/etc/passwd', join(folder, 'link.txt'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const what of [
      /\/a\\b\.txt: a name that no URL/,
      /\/a\?b\.txt: a name/,
      /\/link\.txt: a symbolic link/,
      /\/pipe: not a regular file/,
    ])
      await named(folder, what);
  });
  test('a device is not opened', { skip: !root && 'not root' }, async (t) => {
    const folder = makeFolder({ 'index.html': 'x' });
    try {
      execFileSync('mknod', [join(folder, 'device'), 'c', '1', '7'], { stdio: 'ignore' });
    } catch {
      return t.skip('this machine makes no devices');
    }
    await named(folder, /\/device: not a regular file/);
  });
  test('more than ten are counted', () =>
    named(
      makeFolder(Object.fromEntries([['index.html', 'x'], ...Array.from({ length: 15 }, (_, i) => [`a\\${i}`, 'x'])])),
      /not served: 5 more/,
    ));
  test('a folder that cannot be read', { skip: !root && 'not root' }, async () => {
    const folder = makeFolder({ 'index.html': 'x', 'closed/a.txt': 'x' });
    chmodSync(join(folder, 'closed'), 0o700);
    await named(folder, /\/closed: Permission denied/);
  });
  test('a site over the limit is refused by the size of its files, before they are read', async () => {
    const folder = makeFolder({ 'index.html': '' });
    truncateSync(join(folder, 'index.html'), 80 << 20);
    const { code, err } = await run(['--root', folder]);
    assert.equal(code, 1);
    assert.match(err, /\/index\.html: the site is larger/);
  });
});

describe('--log-file', { concurrency: true }, () => {
  const lines = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  test('SIGUSR1 opens it again, and no line is lost', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'log'));
    chmodSync(join(folder, 'log'), 0o777);
    const [log, old] = ['log', 'log.1'].map((name) => join(folder, 'log', name));
    await serving(['--log-file', log], async (own) => {
      for (let i = 0; i < 3; i++) await get(own.port, '/');
      await until(() => lines(log) === 3);
      renameSync(log, old);
      await get(own.port, '/');
      await until(() => lines(old) === 4);
      own.child.kill('SIGUSR1');
      await until(() => existsSync(log));
      for (let i = 0; i < 2; i++) await get(own.port, '/');
      await until(() => lines(old) + lines(log) === 6 && lines(log) >= 1);
      assert.equal(own.log(), '');
      if (root) assert.equal(statSync(log).uid, 65534);
    });
    assert.deepEqual(readdirSync(join(folder, 'log')).sort(), ['log', 'log.1']);
  });
  test('a log that cannot be opened: no start, and at SIGUSR1 the old one stays', async () => {
    const folder = makeFolder();
    const { code, err } = await run(['--root', site, '--log-file', join(folder, 'none', 'log')]);
    assert.equal(code, 1);
    assert.match(err, /cannot open the log/);
    mkdirSync(join(folder, 'log'));
    chmodSync(join(folder, 'log'), 0o777);
    const log = join(folder, 'log', 'log');
    await serving(['--log-file', log], async (own) => {
      renameSync(log, `${log}.1`);
      mkdirSync(log);
      own.child.kill('SIGUSR1');
      await until(() => own.log().includes('the log stays as it is'));
      await get(own.port, '/');
      await until(() => lines(`${log}.1`) === 1);
    });
  });
});

describe('--health', { concurrency: true }, () => {
  test('wants 200', async () => {
    const health = async (own) => (await run(['--health'], { env: { PORT: String(own.port) } })).code;
    await serving([], async (own) => assert.equal(await health(own), 0));
    await serving(['--root', makeFolder({ 'other.txt': 'x' })], async (own) => assert.equal(await health(own), 1));
  });
});

test('--hsts says this host alone, --hsts-subdomains those below it, too', async () => {
  const said = { '--hsts': 'max-age=31536000', '--hsts-subdomains': 'max-age=31536000; includeSubDomains' };
  for (const [option, value] of Object.entries(said))
    await serving([option], async (own) =>
      assert.equal((await get(own.port, '/')).headers['strict-transport-security'], value),
    );
});
