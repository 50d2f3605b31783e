// WebKitGTK's own small browser, driven by selenium-webdriver through WebKitWebDriver, on a screen of Xvfb's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Builder, By, Capabilities } from 'selenium-webdriver';
import { Pointer } from 'selenium-webdriver/lib/input.js';
import { eventually, thin } from './helper.js';

/** The kinds of pointer that WebKitGTK lets a driver play; a touch would come as a mouse. */
export const POINTERS = ['mouse', 'pen'];

/** What can be asked for at the start. A driver is never denied the camera, and storage has no bounds to set. */
const OPTIONS = { camera: '--enable-mock-capture-devices=true' };

/** Starts a program; ready: what it does when it is up. Throws its last words if it ends before. */
async function run(command, args, options, ready) {
  const child = spawn(command, args, options);
  let words = '';
  child.stderr?.on('data', (data) => {
    words += data;
  });
  await Promise.race([
    ready(child),
    once(child, 'exit').then(() => {
      throw new Error(`${command} ended: ${words}`);
    }),
  ]);
  return child;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** A window with one page, as browsers.test.js describes it. @param {(keyof typeof OPTIONS)[]} wanted */
export async function open(...wanted) {
  const running = [];
  const stop = () => running.reverse().forEach((child) => child.kill());
  try {
    let display = '';
    running.push(
      await run(
        'Xvfb',
        ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'],
        { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
        async (child) => {
          display = String((await once(child.stdio[3], 'data'))[0]).trim();
        },
      ),
    );
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    running.push(
      await run(
        'WebKitWebDriver',
        [`--port=${port}`],
        { env: { ...process.env, DISPLAY: `:${display}`, LC_ALL: 'C.UTF-8' }, stdio: ['ignore', 'ignore', 'pipe'] },
        () =>
          eventually(
            () =>
              fetch(`${url}/status`).then(
                ({ ok }) => ok,
                () => false,
              ),
            true,
          ),
      ),
    );
    const driver = await new Builder()
      .usingServer(url)
      .withCapabilities(
        new Capabilities({
          browserName: 'MiniBrowser',
          'webkitgtk:browserOptions': { args: ['--automation', ...wanted.map((name) => OPTIONS[name])] },
        }),
      )
      .build();
    return {
      goto: (url) => driver.get(url),
      reload: () => driver.navigate().refresh(),
      evaluate: (work, ...args) => driver.executeScript(work, ...args),
      click: (selector) => driver.findElement(By.css(selector)).click(),
      choose: (selector, path) => driver.findElement(By.css(selector)).sendKeys(path),
      async draw(kind, strokes) {
        const pointer = new Pointer(kind, kind);
        const actions = driver.actions();
        const move = ([x, y]) => pointer.move({ x: Math.round(x), y: Math.round(y), duration: 0 });
        for (const [first, ...rest] of thin(strokes)) {
          actions.insert(pointer, move(first), pointer.press(), ...rest.map(move), pointer.release());
        }
        await actions.perform();
      },
      async close() {
        await driver.quit();
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}
