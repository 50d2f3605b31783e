// `digits train-page`: the same weights with any number of threads, and when stopped and resumed.

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { writeDataset } from '../fixtures/idx.js';

const DIGITS = resolve('build/digits');
const NETWORK = 'input:?x?x1 conv3/2:8 conv3/2:8 conv3:8+1 conv1:20';
const folder = mkdtempSync(join(tmpdir(), 'digits-train-page-'));
after(() => rmSync(folder, { recursive: true }));

/** @param {string} out @param {string[]} more */
const args = (out, ...more) => [
  'train-page',
  '--data',
  'data',
  '--network',
  NETWORK,
  '--batch',
  '6',
  '--out',
  out,
  '--log',
  `${out}.jsonl`,
  ...more,
];
/** Runs it to its end, away from the repository: its commit is no part of the weights then. @param {string[]} given */
const run = (...given) =>
  new Promise((done) => {
    execFile(DIGITS, given, { cwd: folder }, (error, stdout, stderr) =>
      done({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
/** @param {string} out */
const hash = (out) =>
  createHash('sha256')
    .update(readFileSync(join(folder, out)))
    .digest('hex');
/** @param {string} out */
const log = (out) =>
  readFileSync(join(folder, `${out}.jsonl`), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** Runs it until its log has an event, then presses Ctrl-C: its exit status. @param {string} out @param {string} event @param {string[]} more */
async function runUntil(out, event, ...more) {
  const program = spawn(DIGITS, args(out, ...more), { cwd: folder });
  const done = new Promise((resolved) => program.on('exit', resolved));
  const seen = () => existsSync(join(folder, `${out}.jsonl`)) && log(out).some((line) => line.event === event);
  while (!seen())
    await new Promise((resolved) => {
      setTimeout(resolved, 5);
    });
  program.kill('SIGINT');
  return done;
}

before(() => writeDataset(join(folder, 'data'), 5100, 10));

describe('training the page network', () => {
  test('the same weights with any number of threads, and when stopped and resumed', async () => {
    const steps = ['--steps', '120'];
    for (const threads of ['1', '3']) {
      const { status, stderr } = await run(...args(`threads-${threads}`, ...steps, '--threads', threads));
      assert.equal(status, 0, stderr);
    }
    assert.equal(hash('threads-1'), hash('threads-3'));

    assert.equal(await runUntil('resumed', 'step', ...steps, '--threads', '2'), 0);
    const { status, stderr } = await run(...args('resumed', ...steps, '--threads', '2', '--resume'));
    assert.equal(status, 0, stderr);
    assert.equal(hash('resumed'), hash('threads-1'));
    const resume = log('resumed').find(({ event }) => event === 'resume');
    assert.ok(resume.step >= 50 && resume.step < 120, `resumed at step ${resume.step}`);
  });

  test('the loss falls, and the log says by which parts', () => {
    const steps = log('threads-1').filter(({ event }) => event === 'step');
    assert.equal(steps.length, 2);
    for (const part of ['ink', 'dice', 'centre', 'offset', 'size', 'kind', 'turn'])
      assert.ok(Number.isFinite(steps[1][part]), part);
    assert.ok(steps[1].size < steps[0].size && steps[1].centre < steps[0].centre, JSON.stringify(steps));
    const scores = log('threads-1').filter(({ event }) => event === 'validation');
    assert.deepEqual(
      scores.map(({ arithmetic }) => arithmetic),
      ['floats', 'integers'],
    );
    for (const { recall, ink_iou: ink } of scores) assert.ok(recall >= 0 && recall <= 1 && ink >= 0 && ink <= 1);
  });

  test('another run goes on from a checkpoint', async () => {
    assert.equal(await runUntil('first', 'start', '--steps', '100000'), 0);
    const { status, stderr } = await run(...args('second', '--steps', '2', '--from', 'first.checkpoint'));
    assert.equal(status, 0, stderr);
  });

  test('what is wrong is said', async () => {
    /** @type {[string[], number, RegExp][]} */
    const cases = [
      [['--network', 'input:?x?x1 conv3:8 conv1:20'], 1, /20 outputs for each 4×4 pixels/],
      [['--network', 'conv3:8 dense:10'], 1, /cannot be trained/],
      [['--rate', 'fast'], 2, /--rate fast/],
      [['--batch', '0'], 1, /out of range/],
      [['--data', 'nowhere'], 1, /nowhere|MNIST|mnist/],
      [['--from', 'nowhere'], 1, /nowhere: No such file/],
      [['more'], 2, /what is 'more'/],
    ];
    for (const [more, wanted, message] of cases) {
      const { status, stderr } = await run(...args('bad', '--steps', '1', ...more));
      assert.equal(status, wanted, stderr);
      assert.match(stderr, message);
    }
  });
});
