// sw-off.js — the kill switch. Served as sw.js, it takes itself and all that was kept off every device that comes by,
// and loads its pages anew from the server.

/// <reference lib="webworker" />
const off = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

off.addEventListener('install', () => off.skipWaiting());
off.addEventListener('activate', (event) =>
  event.waitUntil(
    (async () => {
      for (const key of await caches.keys()) await caches.delete(key);
      await off.registration.unregister();
      for (const client of await off.clients.matchAll({ type: 'window' })) client.navigate(client.url);
    })(),
  ),
);
