// dev.js: `make dev`. Builds anew whenever a source changes, and the open page loads itself anew.
//
// build/dev is a copy of build/site without the service worker, which would answer with the files of yesterday, and
// with a script that asks for the version twice a second.
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';

const SITE = 'build/site';
const DEV = 'build/dev';
const SERVER = 'build/serve';
const QUIET_MS = 150; // an editor saves in several steps
const RELOAD = `import version from './version.js';
setInterval(async () => {
  const text = await fetch('version.js', { cache: 'no-store' }).then((answer) => answer.text(), () => version);
  if (!text.includes(version)) location.reload();
}, 500);
`;

/** @type {import('node:child_process').ChildProcess | undefined} */
let server;
let serverBuilt = 0;

async function show() {
  cpSync(SITE, DEV, { recursive: true, filter: (from) => !/\.(br|gz)$/.test(from) });
  cpSync(`${SITE}/sw-off.js`, `${DEV}/sw.js`);
  writeFileSync(`${DEV}/dev-reload.js`, RELOAD);
  const page = readFileSync(`${SITE}/index.html`, 'utf8');
  writeFileSync(
    `${DEV}/index.html`,
    page.replace('</head>', '<script type="module" src="dev-reload.js"></script>\n</head>'),
  );
  const built = statSync(SERVER).mtimeMs;
  if (server && built === serverBuilt) {
    server.kill('SIGHUP'); // loads the folder again
    return;
  }
  await stop();
  serverBuilt = built;
  server = spawn(SERVER, ['--bind', 'localhost', '--root', DEV], { stdio: 'inherit' });
}

/** @returns {Promise<unknown>} */
const stop = () =>
  !server || server.exitCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => server?.on('exit', resolve).kill());

let building = false;
let changed = false;
async function build() {
  if (building) {
    changed = true;
    return;
  }
  building = true;
  const env = { ...process.env, MAKEFLAGS: '' }; // those of the make that runs us are not for another one
  const status = await new Promise((resolve) =>
    spawn('make', ['build'], { stdio: 'inherit', env }).on('exit', resolve),
  );
  if (status === 0) await show();
  else console.error('Not built: the page stays as it was.');
  building = false;
  if (changed) {
    changed = false;
    build();
  }
}

/** @type {NodeJS.Timeout | undefined} */
let timer;
for (const folder of ['src', 'web', 'serve', 'models']) {
  watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(build, QUIET_MS);
  });
}
rmSync(DEV, { recursive: true, force: true });
await show();
process.on('SIGINT', () => stop().then(() => process.exit()));
