// offline.js — the page's end of the service worker: keeps the app on the device, asks before an update takes over, and
// hands in what was shared to the app.

import version from './version.js';

/** Keeps this app for offline use, and looks for a newer one. @param {(load: () => void) => void} offerUpdate gets what
 * loads the new version */
export async function prepare(offerUpdate) {
  const workers = navigator.serviceWorker;
  if (!workers) return; // no https: it works only online
  const controlled = Boolean(workers.controller);
  let asked = false;
  workers.addEventListener('controllerchange', () => {
    if (controlled || asked) location.reload(); // another version has taken over: this page must not mix with it
  });
  try {
    const registration = await workers.register('sw.js', { updateViaCache: 'none' });
    const offer = () => {
      const { waiting } = registration;
      if (!waiting || !workers.controller) return;
      offerUpdate(() => {
        asked = true;
        waiting.postMessage('take over');
      });
    };
    offer();
    registration.addEventListener('updatefound', () => {
      const { installing } = registration;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed') offer();
      });
    });
    // The very first visit: from now on this page works offline, too, if it is of the version that was kept.
    (await workers.ready).active?.postMessage(version);
  } catch {
    // no room, or offline just now: the app works as it did, and the next visit tries again
  }
}

/** The picture shared to the app, if one was. @returns {Promise<File[]>} */
export async function takeShared() {
  const cache = await caches.open('digits-shared');
  const kept = await cache.match('shared');
  await cache.delete('shared');
  history.replaceState(null, '', './');
  if (!kept) return [];
  const name = decodeURIComponent(kept.headers.get('X-Name') ?? '');
  return [new File([await kept.blob()], name, { type: kept.headers.get('Content-Type') ?? '' })];
}
