// `make run-https` with a client that trusts its root certificate, and one that does not.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { makeFolder, sleep } from './helper.js';

const caddy = spawnSync('caddy', ['version']).status === 0;

test('make run-https', { skip: !caddy && 'there is no caddy' }, async (t) => {
  const free = net.createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  const folder = makeFolder();
  const env = { ...process.env, ADDRESS: '127.0.0.1', HTTPS_PORT: String(port), FOLDER: folder };
  const child = spawn('deploy/run_https.sh', { env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  t.after(() => child.exitCode === null && process.kill(-child.pid, 'SIGKILL'));
  const ask = (path, ca) =>
    new Promise((done, fail) => {
      https
        .get({ port, path, host: '127.0.0.1', ca, agent: false }, async (response) => {
          let body = '';
          for await (const part of response.setEncoding('utf8')) body += part;
          done({ status: response.statusCode, headers: response.headers, body });
        })
        .on('error', fail);
    });
  const root = join(folder, 'pki/authorities/local/root.crt');
  for (
    let i = 0;
    i < 200 &&
    !(
      existsSync(root) &&
      (await ask('/', readFileSync(root)).then(
        () => true,
        () => false,
      ))
    );
    i++
  )
    await sleep(50);

  const page = await ask('/', readFileSync(root));
  assert.equal(page.status, 200);
  assert.match(page.body, /<!doctype html>/);
  assert.match(page.headers['content-security-policy'], /default-src 'none'/);
  assert.match(page.headers['permissions-policy'], /camera=\(self\)/);
  const own = await ask('/root.crt', readFileSync(root));
  assert.equal(own.body, readFileSync(root, 'utf8'));
  assert.equal(own.headers['content-type'], 'application/x-x509-ca-cert'); // a phone offers to install it
  await assert.rejects(ask('/'), { code: /SELF_SIGNED|UNABLE_TO/ });
  process.kill(-child.pid, 'SIGINT');
  assert.equal((await once(child, 'close'))[0], 0);
});
