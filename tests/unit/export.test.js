// `digits export`: the ONNX model gives ONNX Runtime the core's own logits, and the event files are what TensorBoard
// reads, by protobufjs and another's CRC.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import CRC32C from 'crc-32/crc32c.js';
import * as ort from 'onnxruntime-web';
import protobuf from 'protobufjs';
import { loadDigits } from '../../web/engine.js';
import { seededRandom } from '../fixtures/handwriting.js';
import { readPictures } from '../../src/dataset/idx.js';
import { encodeIdx } from '../../web/idx.js';
import { writeDataset } from '../fixtures/idx.js';
import { mnist } from './mnist.js';
import { randomWeights } from '../fixtures/network.js';

ort.env.wasm.numThreads = 1;
const folder = mkdtempSync(join(tmpdir(), 'digits-export-'));
const path = (name) => join(folder, name);
after(() => rmSync(folder, { recursive: true }));
before(() => writeDataset(path('made'), 240, 500, 7));

/** Runs to its end, whatever that is; under the sanitizers. */
function run(...args) {
  return new Promise((resolve) => {
    execFile('build/asan/digits', ['export', ...args], (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}
/** Runs with files of at most 1 KB: what is longer cannot be written, as on a full disk. */
function runOnFullDisk(...args) {
  return new Promise((resolve) => {
    execFile('bash', ['-c', 'ulimit -f 1; exec build/digits export "$@"', 'bash', ...args], (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('digits export --onnx', () => {
  /** The core's logits, and ONNX Runtime's outputs, of a whole set. */
  async function compare(set, model, onnx) {
    const { status, stderr } = await run('--onnx', onnx, ...(model ? ['--model', model] : []));
    assert.equal(status, 0, stderr);
    const logits = execFileSync(
      'build/digits',
      [
        'eval',
        '--logits',
        '--json',
        '--images',
        set.imagesPath,
        '--labels',
        set.labelsPath,
        ...(model ? ['--model', model] : []),
      ],
      { maxBuffer: 1 << 28 },
    )
      .toString()
      .trim()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).logits);
    const session = await ort.InferenceSession.create(readFileSync(onnx)),
      probabilities = [];
    assert.deepEqual([session.inputNames, session.outputNames], [['pixels'], ['logits', 'probabilities']]);
    for (let from = 0; from < logits.length; from += 250) {
      const n = Math.min(250, logits.length - from),
        pixels = set.pixels.subarray(784 * from, 784 * (from + n));
      const out = await session.run({ pixels: new ort.Tensor('uint8', pixels, [n, 1, 28, 28]) });
      assert.deepEqual([out.logits.type, ...out.logits.dims], ['int32', n, 10]);
      for (let i = 0; i < n; i++) {
        assert.deepEqual([...out.logits.data.subarray(10 * i, 10 * i + 10)], logits[from + i], `picture ${from + i}`);
        probabilities.push(out.probabilities.data.slice(10 * i, 10 * i + 10));
      }
    }
    await session.release();
    return { logits, probabilities };
  }

  test('the shipped weights on made handwriting: the same logits, near enough the same probabilities', async () => {
    const set = readPictures(path('made'), 't10k');
    const { probabilities } = await compare(set, undefined, path('shipped.onnx'));
    assert.equal(probabilities.length, 500);
    const digits = await loadDigits({ base: pathToFileURL('build/site/').href });
    probabilities.slice(0, 100).forEach((ten, i) => {
      const own = digits.predictPixels(set.pixels.subarray(784 * i, 784 * (i + 1))).probabilities;
      ten.forEach((share, c) => assert.ok(Math.abs(share - own[c]) < 1e-5, `picture ${i}: ${ten} and ${own}`));
    });
  });

  test('the shipped weights on all of t10k', { skip: !mnist() && 'MNIST is not here: make data' }, async () => {
    const { logits } = await compare(readPictures(mnist(), 't10k'), undefined, path('t10k.onnx'));
    assert.equal(logits.length, 10000);
  });

  test('other networks, on noise: the same logits', async (t) => {
    const random = seededRandom(8),
      n = 60,
      set = { imagesPath: path('noise'), labelsPath: path('labels') };
    set.pixels = Uint8Array.from({ length: 784 * n }, (_, i) => (random() < (i / 784 + 1) / n ? 256 * random() : 0));
    writeFileSync(set.imagesPath, encodeIdx([n, 28, 28], set.pixels));
    writeFileSync(set.labelsPath, encodeIdx([n], new Uint8Array(n)));
    for (const [architecture, wide, card] of [
      ['dense:10'],
      ['dense:24 dense:10'],
      ['conv3:9 pool3 dense:10', false, { activations: '63' }],
      ['conv5:5 pool3 conv1:3 pool4 dense:10'],
      ['pool2 conv3:7 pool3 dense:17 conv3:6 dense:10'],
      ['conv7:16 dense:16 dense:10', true],
      ['conv7:16 dense:10', true],
    ]) {
      await t.test(`${architecture}${card ? ', activations of 6 bits' : ''}`, async () => {
        writeFileSync(path('random.safetensors'), randomWeights(architecture, random, wide, card));
        const { logits } = await compare(set, path('random.safetensors'), path('random.onnx'));
        assert.ok(new Set(logits.map(String)).size > n / 2, 'the logits depend on the picture');
        if (architecture === 'conv7:16 dense:10') assert.ok(Math.max(...logits.flat()) > 2 ** 24, 'sums leave float32');
      });
    }
  });

  test('networks that are no chain of conv, pool and dense are refused', async () => {
    for (const architecture of [
      'conv3/2:8 dense:10',
      'conv3:8 conv3:8+0 dense:10',
      'conv3:8 conv3:8 conv3:4<0 dense:10',
      'pool2 up2 dense:10',
      'conv3:8 conv1:10',
      'input:20x20x1 dense:10',
      'input:?x?x1 conv3/2:8 conv1:4',
    ]) {
      writeFileSync(path('page.safetensors'), randomWeights(architecture, seededRandom(1)));
      const { status, stderr } = await run('--onnx', path('page.onnx'), '--model', path('page.safetensors'));
      assert.equal(status, 1, architecture);
      assert.match(stderr, /only a chain of conv, pool and dense layers/);
    }
  });

  test('the model card goes along, and the operators are of opset 13', async () => {
    const card = { name: 'digits', odd: 'quote " \\ and → ×\n' };
    writeFileSync(path('card.safetensors'), randomWeights('dense:10', seededRandom(1), false, card));
    assert.equal((await run('--onnx', path('card.onnx'), '--model', path('card.safetensors'))).status, 0);
    const { root } = protobuf.parse(
      `syntax = "proto2";
      message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
      message StringStringEntryProto { optional string key = 1; optional string value = 2; }
      message ModelProto { optional int64 ir_version = 1; optional string producer_name = 2; optional bytes graph = 7;
        repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14; }`,
      { keepCase: true },
    );
    const type = root.lookupType('ModelProto');
    const model = type.toObject(type.decode(readFileSync(path('card.onnx'))), { longs: Number });
    assert.equal(model.ir_version, 7);
    assert.deepEqual(model.opset_import, [{ version: 13 }]);
    assert.deepEqual(Object.fromEntries(model.metadata_props.map(({ key, value }) => [key, value])), {
      architecture: 'dense:10',
      ...card,
    });
  });

  test('weights that are no good, and files that cannot be written', async () => {
    const good = randomWeights('dense:10', seededRandom(1), false, { name: 'name' });
    const damaged = Buffer.from(good);
    damaged[damaged.indexOf('"name"') + 9] = 0xff; // no UTF-8; the core does not look there
    const shape = Buffer.from(good);
    shape.write('dense:11', shape.indexOf('dense:10'));
    for (const [name, bytes, message] of [
      ['none', null, /No such file/],
      ['cut', good.subarray(0, 400), /cut short/],
      ['damaged', damaged, /damaged/],
      ['shape', shape, /shape/],
    ]) {
      if (bytes) writeFileSync(path(name), bytes);
      const { status, stderr } = await run('--onnx', path('bad.onnx'), '--model', path(name));
      assert.equal(status, 1, name);
      assert.match(stderr, message);
      assert.ok(!existsSync(path('bad.onnx')));
    }
    assert.match((await run('--onnx', path('nowhere/x.onnx'))).stderr, /cannot write .*nowhere\/x\.onnx: No such file/);
    writeFileSync(path('old.onnx'), 'the model of before');
    const { status, stderr } = await runOnFullDisk('--onnx', path('old.onnx'));
    assert.equal(status, 1);
    assert.match(stderr, /cannot write .*old\.onnx: File too large/);
    assert.equal(readFileSync(path('old.onnx'), 'utf8'), 'the model of before');
    for (const args of [[], ['--what'], ['--onnx', 'x', 'y'], ['--model', 'x']])
      assert.equal((await run(...args)).status, 2, args.join(' '));
  });
});

describe('digits export --tensorboard', () => {
  const { root } = protobuf.parse(
    `syntax = "proto3";
    message PluginData { string plugin_name = 1; bytes content = 2; }
    message SummaryMetadata { PluginData plugin_data = 1; }
    message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
    message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated string string_val = 8; }
    message Value { string tag = 1; oneof value { float simple_value = 2; TensorProto tensor = 8; }
      SummaryMetadata metadata = 9; }
    message Summary { repeated Value value = 1; }
    message Event { double wall_time = 1; int64 step = 2;
      oneof what { string file_version = 3; Summary summary = 5; } }`,
    { keepCase: true },
  );
  const Event = root.lookupType('Event');

  /** A file of TFRecords, every CRC checked, as Events. */
  function readEvents(file) {
    const masked = (bytes) => {
      const crc = CRC32C.buf(bytes);
      return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    };
    const bytes = readFileSync(file),
      events = [];
    for (let at = 0; at < bytes.length; ) {
      const length = Number(bytes.readBigUInt64LE(at)),
        data = bytes.subarray(at + 12, at + 12 + length);
      assert.equal(data.length, length, 'whole');
      assert.equal(bytes.readUInt32LE(at + 8), masked(bytes.subarray(at, at + 8)), `CRC of the length at ${at}`);
      assert.equal(bytes.readUInt32LE(at + 12 + length), masked(data), `CRC of the data at ${at}`);
      events.push(Event.toObject(Event.decode(data), { longs: Number, defaults: false }));
      at += 16 + length;
    }
    assert.equal(events[0].file_version, 'brain.Event:2');
    return events.slice(1);
  }
  /** The only event file of a run. */
  function readRun(out, name) {
    const files = readdirSync(join(out, name)).filter((file) => file.includes('tfevents'));
    assert.equal(files.length, 1);
    assert.match(files[0], /^events\.out\.tfevents\.\d{10}\.digits$/);
    return readEvents(join(out, name, files[0]));
  }
  /** [step, value] of each of a tag's scalars. */
  const scalars = (events, tag) =>
    events.flatMap(({ step = 0, summary }) =>
      summary.value.filter((value) => value.tag === tag).map((value) => [step, value.simple_value]),
    );

  const time = '2025-01-02T03:04:05Z',
    seconds = Date.parse(time) / 1000;
  const line = (event, more) => JSON.stringify({ event, time, ...more });
  const start = (event, step, seed = 1) =>
    line(event, { config: { recipe: { epochs: 2, seed } }, commit: 'abc', step, steps: 200 });
  const log = (name, ...lines) => {
    mkdirSync(join(path(name), '..'), { recursive: true });
    writeFileSync(path(name), lines.join('\n'));
  };

  test('a run of the trainer: every number at its step', async () => {
    mkdirSync(path('real'));
    execFileSync(
      'build/digits',
      [
        'train',
        '--data',
        path('made'),
        '--out',
        path('real/out'),
        '--log',
        path('real/a run.jsonl'),
        '--architecture',
        'conv3:8 pool4 dense:10',
        '--batch',
        '4',
        '--epochs',
        '3',
      ],
      { stdio: 'ignore' },
    );
    const lines = readFileSync(path('real/a run.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    const { status, stdout, stderr } = await run('--tensorboard', path('board/deep'), '--runs', path('real'));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /deep: 1 run\n/);
    const events = readRun(path('board/deep'), 'a run');
    assert.equal(events.length, lines.length);
    events.forEach((event, i) => assert.equal(event.wall_time, Date.parse(lines[i].time) / 1000));
    const { steps } = lines[0];
    for (const [event, at] of [
      ['step', (entry) => entry.step],
      ['epoch', (entry) => (entry.epoch * steps) / 3],
      ['done', () => steps],
    ]) {
      const logged = lines.filter((entry) => entry.event === event);
      assert.ok(logged.length > 0);
      for (const [member, value] of Object.entries(logged[0])) {
        if (typeof value === 'string' || member === 'step' || member === 'epoch') continue;
        assert.deepEqual(
          scalars(events, `${event}/${member}`),
          logged.map((entry) => [at(entry), Math.fround(entry[member])]),
          `${event}/${member}`,
        );
      }
    }
    const text = (tag) => events.flatMap(({ summary }) => summary.value).find((value) => value.tag === tag);
    assert.deepEqual(JSON.parse(text('start/config').tensor.string_val[0]), lines[0].config);
    assert.equal(text('start/config').metadata.plugin_data.plugin_name, 'text');
    assert.equal(text('start/config').tensor.dtype, 7);
    assert.equal(text('done/validation').tensor.string_val[0], lines.at(-1).validation);
  });

  test('killed and resumed runs, several in a log, logs in folders, a line being written', async () => {
    const step = (number, loss) => line('step', { step: number, loss });
    log(
      'runs/one.jsonl',
      start('start', 0),
      step(50, 5),
      step(100, 4),
      line('epoch', { epoch: 1, loss: 4.5, integer: false }),
      step(150, 3),
      start('resume', 100),
      step(150, 2),
      step(200, 1),
      line('epoch', { epoch: 2, loss: 1.5, integer: true }),
      line('done', { bytes: 9 }),
      start('start', 0, 2),
      step(50, 7),
      '{"event":"step","time":"20',
    );
    log('runs/sweep/0/log.jsonl', start('resume', 100), step(150, 1), '');
    log('runs/notes.txt', 'not a log');
    log('runs/empty.jsonl', '');
    const { status, stdout, stderr } = await run('--tensorboard', path('out'), '--runs', `${path('runs')}/`);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /3 runs/);
    assert.deepEqual(readdirSync(path('out')).sort(), ['one', 'one-2', 'sweep']);
    const one = readRun(path('out'), 'one');
    assert.ok(one.every((event) => event.wall_time === seconds));
    assert.deepEqual(scalars(one, 'step/loss'), [
      [50, 5],
      [100, 4],
      [150, 2],
      [200, 1],
    ]);
    assert.deepEqual(scalars(one, 'epoch/loss'), [
      [100, 4.5],
      [200, 1.5],
    ]);
    assert.deepEqual(scalars(one, 'epoch/integer'), [
      [100, 0],
      [200, 1],
    ]);
    assert.deepEqual(scalars(one, 'done/bytes'), [[200, 9]]);
    assert.deepEqual(scalars(readRun(path('out'), 'one-2'), 'step/loss'), [[50, 7]]);
    assert.deepEqual(scalars(readRun(path('out'), 'sweep/0/log'), 'step/loss'), [[150, 1]]);
    // Again, and of one file: replaced, not added to.
    assert.equal((await run('--tensorboard', path('out'), '--runs', path('runs/one.jsonl'))).status, 0);
    assert.deepEqual(readRun(path('out'), 'one'), one);
  });

  test('logs that are no good are named, with the line, and the others go on', async () => {
    const bad = {
      json: ['{"event":', /json\.jsonl:2: /],
      list: ['[1]', /list\.jsonl:2: /],
      twice: [`{"event":"step","time":"${time}","step":50,"step":60}`, /twice\.jsonl:2: duplicate/],
      what: ['{"a":1}', /what\.jsonl:2: .*event/],
      time: [line('step', { step: 50, time: 'noon' }), /time\.jsonl:2: .*time/],
      step: [line('step', { loss: 1 }), /step\.jsonl:2: .*number/],
      epoch: [line('epoch', { epoch: 1e9 }), /epoch\.jsonl:2: .*number/],
      minus: [line('step', { step: -50 }), /minus\.jsonl:2: /],
      epochs: [line('resume', { step: 0, steps: 100 }), /epochs\.jsonl:2: .*epochs/],
      utf8: ['{"event":"\xff"}', /utf8\.jsonl:2: .*0xff/],
    };
    log('bad/first.jsonl', line('step', { step: 50 }), '');
    for (const [name, [text]] of Object.entries(bad))
      writeFileSync(path(`bad/${name}.jsonl`), Buffer.from(`${start('start', 0)}\n${text}\n`, 'latin1'));
    log('bad/good.jsonl', start('start', 0), line('step', { step: 50, loss: 7 }), '');
    const { status, stderr } = await run('--tensorboard', path('kept'), '--runs', path('bad'));
    assert.equal(status, 1);
    for (const [, message] of [...Object.values(bad), [0, /first\.jsonl:1: .*start/]]) assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, Object.keys(bad).length + 1);
    assert.deepEqual(readdirSync(path('kept')), ['good']);
  });

  test('no logs, and a folder that cannot be written', async () => {
    mkdirSync(path('none'));
    const good = path('full/good.jsonl');
    log(
      'full/good.jsonl',
      start('start', 0),
      ...Array.from({ length: 100 }, (_, i) => line('step', { step: i, loss: 7 })),
      '',
    );
    writeFileSync(path('file'), '');
    for (const [out, runs, message] of [
      [path('x'), path('none'), /no run log/],
      [path('x'), path('nowhere'), /nowhere: No such file/],
      [path('file'), good, /file.*: Not a directory/],
    ]) {
      const { status, stderr } = await run('--tensorboard', out, '--runs', runs);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    const { status, stderr } = await runOnFullDisk('--tensorboard', path('full'), '--runs', good);
    assert.equal(status, 1);
    assert.match(stderr, /cannot write .*tfevents.*: File too large/);
    assert.deepEqual(readdirSync(path('full/good')), []);
  });
});
