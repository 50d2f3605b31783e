// The documents: what they name is there, and their examples run.
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'src/package/README.md',
  'models/sweeps/README.md',
  'models/teachers/README.md',
];
const text = (file) => readFileSync(file, 'utf8');
const matches = (file, pattern) => [...text(file).matchAll(pattern)].map((match) => match[1]);

test('the README has at most 90 lines', () => assert.ok(text('README.md').split('\n').length <= 91));

for (const file of documents) {
  test(`${file}: its links lead somewhere`, () => {
    for (const link of matches(file, /\]\(([^)\s]+)\)/g).filter((link) => !link.includes(':'))) {
      const [path, anchor] = link.split('#'),
        target = path ? join(dirname(file), path) : file;
      assert.ok(existsSync(target), link);
      const anchors = anchor
        ? matches(target, /^#+ (.*)$/gm).map((title) =>
            title
              .toLowerCase()
              .replace(/[^\w\- ]/g, '')
              .replaceAll(' ', '-'),
          )
        : [];
      if (anchor) assert.ok(anchors.includes(anchor), link);
    }
  });

  test(`${file}: the files and commands that it names are there`, () => {
    const top = readdirSync('.').filter((name) => !['build', 'data', 'node_modules'].includes(name));
    for (const path of matches(file, /`((?:[\w.-]+\/)+[\w.-]*)`/g).filter((path) => top.includes(path.split('/')[0])))
      assert.ok(existsSync(path), path);
    const targets = execFileSync('make', ['help'], { encoding: 'utf8' });
    for (const target of matches(file, /\bmake ([a-z-]+)/g).filter(
      (target) => text(file).includes(`\`make ${target}`) || text(file).includes(`\nmake ${target}`),
    )) {
      assert.match(targets, new RegExp(`^  ${target} `, 'm'), target);
    }
  });
}

test('docs/examples/read_strokes.c compiles as it says, and reads a 7', () => {
  const folder = mkdtempSync(join(tmpdir(), 'digits-')),
    program = join(folder, 'read_strokes');
  const [, lines] = /(cc -std[^]*?)-o read_strokes/.exec(text('docs/examples/read_strokes.c'));
  execFileSync('sh', ['-c', `${lines.replace(/\\\n \*/g, '')} -o ${program}`]);
  assert.equal(execFileSync(program, ['models/digits.safetensors'], { encoding: 'utf8' }), '7\n');
  rmSync(folder, { recursive: true });
});

test('docs/ARCHITECTURE.md says which folder of src may use which, and no other is included', () => {
  const sources = readdirSync('src', { recursive: true }).filter(
    (name) => /\.[ch]$/.test(name) && !name.includes('node_modules'),
  );
  const rows = text('docs/ARCHITECTURE.md')
    .split('\n')
    .filter((line) => line.startsWith('| `src/'))
    .map((line) => line.split('|'));
  const uses = new Map(
    rows.flatMap(([, folders, , may]) => [...folders.matchAll(/`(src\/\w+)`/g)].map(([, folder]) => [folder, may])),
  );
  for (const file of sources) {
    const [room, ...inside] = file.split('/');
    if (!inside.length) continue; // the interface itself
    const may = uses.get(`src/${room}`);
    assert.ok(may !== undefined, `src/${room} is not there`);
    for (const [, folder] of text(`src/${file}`).matchAll(/^#include "(?:\.\.\/)*(\w+)\//gm)) {
      if (existsSync(`src/${folder}`) && folder !== room && folder !== 'layers' && folder !== 'kernels')
        assert.ok(may.includes(`\`${folder}\``) || may.includes('anything'), `${file}: ${folder}`);
    }
  }
});
