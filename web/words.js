// words.js — the page in the visitor's language. English stands where it is used, in the HTML and in the scripts, and is
// the key in words/*.json; what a file lacks stays English.

/** Each language's own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français', ar: 'العربية' };
const ATTRIBUTES = ['aria-label', 'title', 'content'];

/** @type {Record<string, string>} */
let words = {};
/** @type {keyof typeof LANGUAGES} */
export let language = 'en';
/** What stood in the page in English. @type {WeakMap<Node, Record<string, string>>} */
const english = new WeakMap();

/**
 * An English sentence in the visitor's language, {names} in it replaced by values.
 * @param {string} text @param {Record<string, string | number>} [values]
 */
export function t(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Rounded down, and never 100 %: no reading is certain. @param {number} share */
export function percent(share) {
  const number = Math.min(Math.floor(share * 1000) / 10, 99.9);
  return `${number.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} %`;
}

/** The language asked for earlier, or the first of the browser's that there is. @returns {keyof typeof LANGUAGES} */
export function preferred() {
  const asked = [recall('language'), ...navigator.languages].map((tag) => String(tag).split('-')[0]);
  return /** @type {keyof typeof LANGUAGES} */ (asked.find((tag) => tag in LANGUAGES) ?? 'en');
}

/** Turns the page to a language. @param {keyof typeof LANGUAGES} to */
export async function speak(to) {
  if (to === language) return;
  words = to === 'en' ? {} : await (await fetch(new URL(`words/${to}.json`, import.meta.url))).json();
  language = to;
  document.documentElement.lang = to;
  document.documentElement.dir = to === 'ar' ? 'rtl' : 'ltr';
  translate(document.documentElement);
}

/** Puts what is in a part of the page into the visitor's language. @param {Node} part */
export function translate(part) {
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = /** @type {Node | null} */ (part); node; node = walker.nextNode()) {
    if (node instanceof Text) node.data = turn(node, 'text', node.data);
    if (!(node instanceof Element)) continue;
    for (const name of ATTRIBUTES) {
      const value = node.getAttribute(name);
      if (value) node.setAttribute(name, turn(node, name, value));
    }
  }
}

/** @param {Node} node @param {string} name @param {string} now */
function turn(node, name, now) {
  const text = english.get(node)?.[name] ?? now, key = text.replace(/\s+/g, ' ').trim();
  if (!key || english.get(node)?.[name] === undefined && !(key in words)) return now;
  english.set(node, { ...english.get(node), [name]: text });
  return key in words ? text.replace(text.trim(), words[key]) : text;
}

/** What this browser was asked to keep; null where it keeps nothing. @param {string} name */
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
