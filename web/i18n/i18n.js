// i18n.js — the page in the visitor's language. A message has an id. Its English stands in en/*.js, and that of the
// page's own text in index.html, as data-i18n and data-i18n-label say; de.json and its sisters hold all ids in one
// language.

/** @typedef {string | {other: string} & Partial<Record<Intl.LDMLPluralRule, string>>} Message with {names} of values; or
 * one for each plural form of the value n */
/** @typedef {Record<string, Message>} Messages */

/** Each language's own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français', ar: 'العربية' };
/** @type {keyof typeof LANGUAGES} */
export let language = 'en';
/** In the visitor's language; empty for English. @type {Messages} */
let messages = {};
/** The English of the page's own text, by id. @type {Record<string, string>} */
const english = {};

/**
 * A function that says messages of this English catalogue in the visitor's language.
 * @template {Messages} M
 * @param {M} catalogue
 */
export const translator =
  (catalogue) =>
  /** @param {keyof M & string} id @param {Record<string, string | number>} [values] */
  (id, values = {}) => {
    const message = messages[id] ?? catalogue[id];
    const text =
      typeof message === 'string'
        ? message
        : (message[new Intl.PluralRules(language).select(Number(values.n))] ?? message.other);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  };

/** What an error means, by its code; else its own words. @param {Messages} catalogue @param {unknown} error */
export function reason(catalogue, error) {
  const { code, message } = /** @type {{code?: string, message: string}} */ (error);
  const id = `error.${code}`;
  return id in catalogue ? translator(catalogue)(id) : message;
}

/** Rounded down, and never 100 %: no reading is certain. @param {number} share */
export function percent(share) {
  const number = Math.min(Math.floor(share * 1000) / 10, 99.9);
  return `${number.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} %`;
}

/** The first of these languages that there is. @param {(string | null)[]} asked @returns {keyof typeof LANGUAGES} */
export const preferred = (...asked) =>
  /** @type {keyof typeof LANGUAGES} */
  (asked.map((tag) => String(tag).split('-')[0]).find((tag) => tag in LANGUAGES) ?? 'en');

/** Puts the page into a language. @param {keyof typeof LANGUAGES} to */
export async function speak(to) {
  if (to === language) return;
  messages = to === 'en' ? {} : await (await fetch(new URL(`${to}.json`, import.meta.url))).json();
  language = to;
  document.documentElement.lang = to;
  document.documentElement.dir = to === 'ar' ? 'rtl' : 'ltr';
  for (const element of document.querySelectorAll('[data-i18n], [data-i18n-label]'))
    translate(/** @type {HTMLElement} */ (element));
}

/** @param {HTMLElement} element */
function translate(element) {
  const { i18n, i18nLabel } = element.dataset;
  if (i18n) {
    english[i18n] ??= element.textContent ?? '';
    element.textContent = String(messages[i18n] ?? english[i18n]);
  }
  if (i18nLabel) {
    english[i18nLabel] ??= element.getAttribute('aria-label') ?? '';
    element.setAttribute('aria-label', String(messages[i18nLabel] ?? english[i18nLabel]));
  }
}
