// Puts the cases of tests/server/conformance_cases.js to this server and to nginx, lighttpd and Apache where they are installed:
// `make conformance`. Prints a table by kind of how many each one serves that are to be served, and refuses that are to
// be refused (with any status from 400 on, or by closing), then what each did wrong. Cases that the RFCs leave to the
// server are not counted. SERVER names another build of ours, which must get every case right: else exit status 1.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

import { cases, CHOICE } from '../../tests/server/conformance_cases.js';
import { makeFolder, shipped, sleep } from '../../tests/server/helper.js';

const folder = makeFolder();
const root = join(folder, 'site');
mkdirSync(join(root, 'sub'), { recursive: true });
for (const name of ['index.html', 'app.js', '100%.txt', 'with space.txt', 'sub/index.html'])
  writeFileSync(join(root, name), name);
const modules = '/usr/lib/apache2/modules';
const servers = {
  digits: { port: 5941, command: process.env.SERVER ?? shipped, args: ['--root', root, '--bind', 'localhost'] },
  nginx: {
    port: 5942,
    command: 'nginx',
    args: ['-p', folder, '-e', '/dev/null', '-c', join(folder, 'nginx.conf')],
    config: `
daemon off; pid ${folder}/nginx.pid; error_log /dev/null crit; events {}
http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:5942; root ${root}; } }`,
  },
  lighttpd: {
    port: 5943,
    command: 'lighttpd',
    args: ['-D', '-f', join(folder, 'lighttpd.conf')],
    config: `
server.document-root = "${root}"
server.port = 5943
server.bind = "127.0.0.1"
index-file.names = ("index.html")
`,
  },
  apache: {
    port: 5944,
    command: 'apache2',
    args: ['-X', '-f', join(folder, 'apache.conf')],
    config: `
ServerRoot ${folder}
ServerName a
PidFile ${folder}/apache.pid
ErrorLog /dev/null
Listen 127.0.0.1:5944
LoadModule mpm_event_module ${modules}/mod_mpm_event.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
LoadModule dir_module ${modules}/mod_dir.so
DocumentRoot ${root}
`,
  },
};
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, PORT: '5941' };
const reach = async (port) => {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return socket.on('error', () => {});
};

/** The status of the first answer to these bytes; 0: closed without one, or nothing came in 3 seconds. */
async function ask(port, bytes) {
  const socket = await reach(port);
  let got = '';
  const timers = [setTimeout(() => socket.end(), 300), setTimeout(() => socket.destroy(), 3000)];
  await new Promise((done) => {
    socket.on('data', (data) => ((got += data.toString('latin1')), got.length > 20 && done()));
    socket.once('end', done).once('close', done);
    socket.write(bytes, 'latin1');
  });
  timers.forEach(clearTimeout);
  socket.destroy();
  return got === '' ? 0 : Number(/^HTTP\/1\.[01] (\d{3})/.exec(got)?.[1] ?? 200); // HTTP/0.9 has no status line
}

const table = Object.entries(cases).map(([kind, list]) => ({
  kind,
  list: Object.entries(list).filter(([, [, , choice]]) => choice !== CHOICE),
}));
const columns = {};
for (const [name, { port, command, args, config }] of Object.entries(servers)) {
  if (!existsSync(command) && spawnSync('which', [command], { env }).status !== 0) continue;
  if (config) writeFileSync(join(folder, `${name}.conf`), config);
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  for (
    let i = 0;
    i < 100 &&
    !(await reach(port).then(
      (socket) => (socket.destroy(), true),
      () => false,
    ));
    i++
  )
    await sleep(50);
  columns[name] = [];
  for (const { list } of table)
    columns[name].push(
      await Promise.all(
        list.map(async ([title, [bytes, wanted]]) => {
          const status = await ask(port, bytes);
          const right = [wanted].flat()[0] < 400 ? status > 0 && status < 400 : status === 0 || status >= 400;
          return right ? [] : [`${title}: ${status}`];
        }),
      ).then((lists) => lists.flat()),
    );
  child.kill();
}
const names = Object.keys(columns);
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
row(['', 'cases', ...names]);
row(['---', ...Array(names.length + 1).fill('---:')]);
table.forEach(({ kind, list }, i) =>
  row([kind, list.length, ...names.map((name) => list.length - columns[name][i].length)]),
);
const all = table.reduce((sum, { list }) => sum + list.length, 0);
row(['all', all, ...names.map((name) => all - columns[name].flat().length)]);
for (const name of names) if (columns[name].flat().length) console.log(`\n${name}: ${columns[name].flat().join('; ')}`);
process.exit(columns.digits.flat().length > 0 ? 1 : 0);
