// sw.js — the service worker: the whole app, kept on the device, so that it works offline.
//
// The build puts VERSION and FILES (name → SHA-256) before this (src/site/precache.sh). A version is kept whole or not
// at all: every file is checked against its hash, so two versions never mix, whatever lies in between. A new version
// waits until the page asks for it, or until no page of the old one is open. To switch all of this off on every device,
// serve sw-off.js in place of this file.

/// <reference lib="webworker" />
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = `digits-${VERSION}`;
const SHARED = 'digits-shared';

/** @param {ArrayBuffer} bytes */
async function hash(bytes) {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...sum].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** One file of this version: from an older cache if it has not changed, else from the server. @param {string} name */
async function fetchChecked(name) {
  for (const key of await caches.keys()) {
    const old = await (await caches.open(key)).match(name);
    if (old && (await hash(await old.clone().arrayBuffer())) === FILES[name]) return old;
  }
  const response = await fetch(name, { cache: 'no-cache' });
  if (!response.ok || (await hash(await response.clone().arrayBuffer())) !== FILES[name]) {
    throw new Error(`${name} is not of version ${VERSION}`);
  }
  return response;
}

async function install() {
  const cache = await caches.open(CACHE);
  try {
    for (const name of Object.keys(FILES)) await cache.put(name, await fetchChecked(name));
  } catch (error) {
    await caches.delete(CACHE);
    throw error; // no half version: the one before stays, and the browser tries again at the next visit
  }
}

async function activate() {
  for (const key of await caches.keys()) if (key !== CACHE && key !== SHARED) await caches.delete(key);
}

/** A picture shared to the app: kept for the page, which opens and takes it. @param {Request} request */
async function share(request) {
  const picture = (await request.formData()).get('picture');
  if (picture instanceof File) {
    await (await caches.open(SHARED)).put(
      'shared',
      new Response(picture, { headers: { 'X-Name': encodeURIComponent(picture.name) } }),
    );
  }
  return Response.redirect('./?shared', 303);
}

/** @param {string} name @param {Request} request */
async function answer(name, request) {
  return (await (await caches.open(CACHE)).match(name)) ?? fetch(request);
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('message', ({ data }) => {
  if (data === 'take over') worker.skipWaiting(); // the visitor said so
  if (data === VERSION) worker.clients.claim(); // a page of this very version has no worker yet
});
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const scope = new URL(worker.registration.scope);
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  const name = url.pathname.slice(scope.pathname.length) || 'index.html';
  if (request.method === 'POST' && name === 'share') event.respondWith(share(request));
  else if (request.method === 'GET' && name in FILES) event.respondWith(answer(name, request));
});
