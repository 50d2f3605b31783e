// The page's languages: every English phrase of the page and its scripts is in every words/*.json, with the same {names},
// and nothing is there that the page does not say.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (file) => readFileSync(file, 'utf8');
/** These are the same in every language, or said before any is loaded. */
const SAME = /^(digits|WebAssembly|[\d\s×·—.,µ%]+|Ctrl.*|Home|End|PgUp|PgDn|Delete|Esc|Shift|[←↑→↓?A-Z])$/;

/** What the page says in English: text and labels in the HTML, and sentences in the scripts. */
function phrases() {
  const said = new Set(), html = read('web/index.html').replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, '');
  const body = html.slice(html.indexOf('<body>'));
  for (const [, text] of body.matchAll(/>([^<>]+)</g)) said.add(text.replaceAll('&nbsp;', ' '));
  for (const [, text] of body.matchAll(/aria-label="([^"]+)"/g)) said.add(text);
  for (const file of readdirSync('web').filter((name) => name.endsWith('.js') && name !== 'engine.js')) {
    const calls = /\btrouble\('\w+'\)\('([^']+)'\)|\b(?:t|say|tell\.trouble|notify|button|Error|ReadingError)\(\s*(?:'[A-Z_]+',\s*)?((?:'(?:[^'\\]|\\.)*'\s*\+?\s*)+)|REASONS\b.*= \{([^}]*)\}/g;
    for (const [, trouble, call, reasons] of read(`web/${file}`).matchAll(calls)) {
      if (reasons) for (const [, text] of reasons.matchAll(/: '([^']+)'/g)) said.add(text);
      else said.add(trouble ?? [...call.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, part]) => part).join(''));
    }
    for (const [, one, other] of read(`web/${file}`).matchAll(/t\(\w+ \? '([^']+)' : '([^']+)'\)/g)) said.add(one).add(other);
  }
  for (const [, text] of read('src/nn/network.c').matchAll(/case DIGITS_IMAGE\w+: return "([^"]+)"/g)) said.add(text);
  return [...said].map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text && !SAME.test(text));
}

const expected = [...new Set(phrases())].sort();
const names = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join();

if (process.env.LIST) console.log(JSON.stringify(expected, null, 1));

test('the phrases of the page are found', () => {
  assert.ok(expected.length > 60);
  for (const text of ['Draw', 'Undo', 'No digit was found in this picture.']) assert.ok(expected.includes(text), text);
});

for (const file of readdirSync('web/words')) {
  test(`words/${file} says all that the page says, and no more`, () => {
    const words = JSON.parse(read(`web/words/${file}`));
    assert.deepEqual(Object.keys(words).sort(), expected);
    for (const [text, said] of Object.entries(words)) assert.equal(names(said), names(text), text);
  });
}
