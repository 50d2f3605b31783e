// web/i18n: every language has every message, with the same {values} and all its plural forms, and no other.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LANGUAGES } from '../../web/i18n/i18n.js';

const folder = new URL('../../web/i18n/', import.meta.url);
const html = readFileSync(new URL('../index.html', folder), 'utf8');

/** The English catalogues of the scripts, by id. */
const english = {};
for (const file of readdirSync(new URL('en/', folder))) {
  for (const [id, message] of Object.entries((await import(new URL(`en/${file}`, folder))).default)) {
    assert.ok(!(id in english) || english[id] === message, `${id} says two things`);
    english[id] = message;
  }
}
/** The page's own text. */
const page = {};
for (const [, label, id] of html.matchAll(/aria-label="([^"]+)" data-i18n-label="([^"]+)"/g)) page[id] = label;
for (const [, id, text] of html.matchAll(/data-i18n="([^"]+)"[^>]*>([^<]*)</g)) {
  assert.ok(!(id in page) || page[id] === text, `${id} says two things`);
  page[id] = text;
}

const values = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join();
const forms = (message) => (typeof message === 'string' ? [message] : Object.values(message));

test('each id of the page has its English between its tags, and says the same as in a script', () => {
  assert.equal(
    html.match(/data-i18n(-label)?=/g).length,
    html.match(/aria-label="[^"]+" data-i18n-label="[^"]+"|data-i18n="[^"]+"[^>]*>[^<]+</g).length,
  );
  for (const [id, text] of Object.entries(page)) if (id in english) assert.equal(text, english[id], id);
  assert.ok(Object.keys(page).length > 30);
});

test('there is a file for each language, and English plurals have their forms', () => {
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort(),
    Object.keys(LANGUAGES)
      .filter((language) => language !== 'en')
      .map((language) => `${language}.json`)
      .sort(),
  );
  for (const [id, message] of Object.entries(english)) {
    if (typeof message !== 'string') assert.deepEqual(Object.keys(message).sort(), ['one', 'other'], id);
  }
});

for (const language of Object.keys(LANGUAGES).filter((language) => language !== 'en')) {
  test(`${language}.json says all that the page says, and no more`, () => {
    const messages = JSON.parse(readFileSync(new URL(`${language}.json`, folder), 'utf8'));
    assert.deepEqual(Object.keys(messages).sort(), Object.keys({ ...english, ...page }).sort());
    const rules = new Intl.PluralRules(language);
    const plural = [...new Set(Array.from({ length: 400 }, (_, n) => rules.select(n)))].sort(); // as many as are kept
    for (const [id, message] of Object.entries(messages)) {
      const source = english[id] ?? page[id];
      assert.equal(typeof message, typeof source, id);
      if (typeof message !== 'string') assert.deepEqual(Object.keys(message).sort(), plural, id);
      for (const form of forms(message)) {
        assert.ok(form.trim(), id);
        if (typeof message === 'string') assert.equal(values(form), values(forms(source)[0]), id);
      }
    }
  });
}
