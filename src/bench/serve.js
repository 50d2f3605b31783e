// The server beside nginx and lighttpd, as JSON lines: `make bench-serve` (ROUNDS=3 SECONDS=1): files of four sizes, on
// connections that stay and that close after each request, 1, 64 and 1000 of them.
//
// All three serve the same files with the same header fields over one thread, without an access log. wrk loads them in
// turn, round by round, so that what else the machine does hits all alike. CPU a request is what the kernel says that
// the server's processes used (/proc/PID/schedstat), and the ratios are medians over the rounds.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const rounds = Number(process.env.ROUNDS ?? 3);
const seconds = Number(process.env.SECONDS ?? 1);
const sizes = { '1 KB': 1 << 10, '10 KB': 10 << 10, '60 KB': 60 << 10, '300 KB': 300 << 10 };
const folder = mkdtempSync(join(tmpdir(), 'digits-bench-'));
chmodSync(folder, 0o755);
const root = join(folder, 'site');
mkdirSync(root);
for (const size of Object.values(sizes)) writeFileSync(join(root, `${size}.bin`), randomBytes(size));

const fields = readFileSync('web/_headers', 'utf8')
  .split('\n')
  .map((line) => /^ +([^:]+): (.*)$/.exec(line))
  .filter(Boolean)
  .map(([, name, value]) => [name, value]);
const ports = { digits: 5931, nginx: 5932, lighttpd: 5933 };
writeFileSync(
  join(folder, 'nginx.conf'),
  `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log /dev/null crit; worker_rlimit_nofile 8192;
events { worker_connections 4096; use epoll; multi_accept on; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; server_tokens off;
  keepalive_requests 100000000; keepalive_timeout 65; open_file_cache max=100 inactive=600s; open_file_cache_valid 600s;
  default_type application/octet-stream;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${ports.nginx} backlog=4096; root ${root};
${fields.map(([name, value]) => `    add_header ${name} "${value}";`).join('\n')}
  }
}`,
);
writeFileSync(
  join(folder, 'lighttpd.conf'),
  `
server.modules = ("mod_setenv")
server.document-root = "${root}"
server.port = ${ports.lighttpd}
server.bind = "127.0.0.1"
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.max-fds = 8192
server.max-connections = 4096
server.max-keep-alive-requests = 100000000
server.max-keep-alive-idle = 65
server.tag = ""
mimetype.assign = ("" => "application/octet-stream")
setenv.add-response-header = (${fields.map(([name, value]) => `"${name}" => "${value}"`).join(', ')})
`,
);
const commands = {
  digits: [resolve('build/static/serve'), ['--root', root, '--max-connections', '4096', '--idle-timeout', '600']],
  nginx: ['nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', '/dev/null']],
  lighttpd: ['lighttpd', ['-D', '-f', join(folder, 'lighttpd.conf')]],
};

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, PORT: String(ports.digits) };
const children = {};
process.on('exit', () => {
  Object.values(children).forEach((child) => child.kill());
  rmSync(folder, { recursive: true, force: true });
});
const connect = async (port) => {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
async function start(name) {
  const child = spawn(commands[name][0], commands[name][1], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children[name] = child;
  for (let i = 0; i < 100; i++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    try {
      (await connect(ports[name])).destroy();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`${name} does not answer`);
}
async function stop(name) {
  const ended = once(children[name], 'close');
  children[name].kill('SIGTERM');
  await ended;
}

/** The server's process and its children's. */
function family(pid) {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...own.flatMap(family)];
}
const cpu = (name) =>
  family(children[name].pid).reduce(
    (sum, pid) => sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
const memory = (name, what) =>
  family(children[name].pid).reduce(
    (sum, pid) =>
      sum + Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]),
    0,
  );
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const round = (x) => Number(x.toPrecision(3));
const print = (line) => console.log(JSON.stringify(line));

for (const name of Object.keys(commands)) await start(name);
const modes = [1, 64, 1000].flatMap((connections) => [false, true].map((closing) => ({ connections, closing })));
for (const [label, size] of Object.entries(sizes))
  for (const { connections, closing } of modes) {
    const results = {};
    for (let i = 0; i < rounds; i++)
      for (const name of Object.keys(commands)) {
        const before = cpu(name);
        const url = `http://127.0.0.1:${ports[name]}/${size}.bin`;
        const { stdout } = await promisify(execFile)('wrk', [
          '-t1',
          `-c${connections}`,
          `-d${seconds}s`,
          ...(closing ? ['-H', 'Connection: close'] : []),
          url,
        ]);
        const [, requests, time] = /(\d+) requests in ([\d.]+)s/.exec(stdout);
        if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${name}: ${stdout}`);
        (results[name] ??= []).push({
          us: (cpu(name) - before) / 1000 / Number(requests),
          rate: Number(requests) / Number(time),
        });
      }
    for (const name of Object.keys(commands)) {
      const ratio = (key) => round(median(results[name].map((result, i) => results.digits[i][key] / result[key])));
      print({
        size: label,
        connections,
        closing,
        server: name,
        cpu_us: round(median(results[name].map(({ us }) => us))),
        requests_per_second: round(median(results[name].map(({ rate }) => rate))),
        ...(name === 'digits' ? {} : { our_cpu_ratio: ratio('us'), our_rate_ratio: ratio('rate') }),
      });
    }
  }
for (const name of Object.keys(commands)) await stop(name);
for (const name of Object.keys(commands)) await start(name);
for (const name of Object.keys(commands)) {
  const sockets = [];
  for (const connections of [1, 100, 1000]) {
    while (sockets.length < connections) {
      const socket = await connect(ports[name]);
      sockets.push(socket);
      socket.write(`GET /${sizes['1 KB']}.bin HTTP/1.1\r\nHost: a\r\n\r\n`);
      await once(socket, 'data');
    }
    await sleep(200);
    print({
      server: name,
      connections,
      processes: family(children[name].pid).length,
      rss_kb: memory(name, 'Rss'),
      pss_kb: memory(name, 'Pss'),
    });
  }
  sockets.forEach((socket) => socket.destroy());
}
process.exit();
