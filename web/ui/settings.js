// settings.js — what this browser was asked to keep from visit to visit: a few words in localStorage.

/** null where nothing was kept, or where the browser keeps nothing. @param {string} name */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps something small on this device, if the browser lets us. @param {string} name @param {string} value */
export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // it is only a convenience
  }
}
