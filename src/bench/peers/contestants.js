// The engines that race, each with the same network, and the race itself: in a page and in Node alike. One thread.
import * as ort from 'onnxruntime-web/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { measureFloor } from './floor.js';
import { macs, readNetwork, toOnnx, toTflite } from './network.js';

export { measureFloor };

/** @typedef {{weights: Uint8Array, integers: Uint8Array | undefined, at: Record<'site' | 'ort' | 'tfjs' | 'litert' | 'model', string>}} Race
 * weights: a safetensors file; integers: what `digits export --onnx` makes of it; at: where the files of each engine are */
/** @typedef {(pixels: Uint8Array) => ArrayLike<number> | Promise<ArrayLike<number>>} Predict n pictures → 10·n logits, or n labels */

/** @param {Uint8Array} pixels */
const floats = (pixels) => Float32Array.from(pixels);

/** @param {'simd' | 'relaxed'} variant @returns {(race: Race, n: number) => Promise<Predict>} */
const ours =
  (variant) =>
  async ({ at }, n) => {
    const { loadDigits } = await import(/* @vite-ignore */ `${at.site}engine.js`);
    const digits = await loadDigits({ base: at.site, weights: at.model, variant });
    return n === 1 ? (pixels) => digits.predictPixels(pixels).logits : (pixels) => digits.predictBatch(pixels, n);
  };

/** @type {Record<string, (race: Race, n: number) => Promise<Predict | null>>} null: it cannot run here */
export const contestants = {
  'digits, relaxed SIMD': ours('relaxed'),
  'digits, SIMD128': ours('simd'),
  'ONNX Runtime Web, floats': async (race, n) =>
    onnx(
      race,
      toOnnx(readNetwork(race.weights), n),
      (pixels) => new ort.Tensor('float32', floats(pixels), [n, 1, 28, 28]),
    ),
  'ONNX Runtime Web, integers': async (race, n) =>
    race.integers ? onnx(race, race.integers, (pixels) => new ort.Tensor('uint8', pixels, [n, 1, 28, 28])) : null,
  'TensorFlow.js WASM': async ({ weights, at }, n) => {
    setWasmPaths(at.tfjs);
    setThreadsCount(1);
    await tf.setBackend('wasm');
    const layers = readNetwork(weights).map((layer) => ({
      ...layer,
      ...(layer.weights && {
        bias: tf.tensor1d(layer.bias),
        // TensorFlow has the output last.
        filter:
          layer.kind === 'conv'
            ? tf.transpose(tf.tensor4d(layer.weights, [layer.out, layer.size, layer.size, layer.in]), [1, 2, 3, 0])
            : tf.transpose(tf.tensor2d(layer.weights, [layer.out, layer.in])),
      }),
    }));
    return (pixels) => {
      const logits = tf.tidy(() => {
        let x = /** @type {any} */ (tf.tensor4d(floats(pixels), [n, 28, 28, 1]));
        for (const { kind, size, filter, bias, relu } of /** @type {any[]} */ (layers)) {
          const activation = relu ? 'relu' : 'linear';
          if (kind === 'pool') x = tf.maxPool(x, size, size, 'valid');
          else if (kind === 'conv') x = tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation });
          else x = tf.fused.matMul({ a: tf.reshape(x, [n, -1]), b: filter, bias, activation });
        }
        return x;
      });
      const values = logits.dataSync();
      logits.dispose();
      return values;
    };
  },
  LiteRT: async ({ weights, at }, n) => {
    if (typeof document === 'undefined') return null; // it loads its module by a script element
    const { loadAndCompile, loadLiteRt, Tensor } = await import('@litertjs/core');
    const page = /** @type {any} */ (globalThis);
    await (page.liteRt ??= loadLiteRt(at.litert));
    const model = await loadAndCompile(toTflite(readNetwork(weights), n), { accelerator: 'wasm' });
    return async (pixels) => {
      const input = new Tensor(floats(pixels), [n, 28, 28, 1]),
        [output] = await model.run(input);
      const values = output.toTypedArray().slice();
      input.delete();
      output.delete();
      return /** @type {Float32Array} */ (values);
    };
  },
};

/** @param {Race} race @param {Uint8Array} bytes @param {(pixels: Uint8Array) => ort.Tensor} input @returns {Promise<Predict>} */
async function onnx({ at }, bytes, input) {
  ort.env.wasm.numThreads = 1;
  if (at.ort) ort.env.wasm.wasmPaths = at.ort;
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const [name] = session.inputNames,
    [logits] = session.outputNames;
  return async (pixels) => /** @type {any} */ ((await session.run({ [name]: input(pixels) }, [logits]))[logits].data);
}

/** @param {ArrayLike<number>} result @param {number} n */
const classes = (result, n) =>
  result.length === n
    ? Array.from(result)
    : Array.from({ length: n }, (_, i) => {
        const ten = Array.from({ length: 10 }, (_, k) => result[10 * i + k]);
        return ten.indexOf(Math.max(...ten));
      });

/**
 * All contestants in turns, `rounds` times; a turn lasts `ms`. The classes of all pictures are compared with ours first.
 * @param {Race} race @param {Uint8Array} pictures 784 bytes each @param {{rounds: number, ms: number, same?: number}} options
 *   same: the share of classes that must be ours; random weights are near ties, which roundings and clamps decide
 */
export async function compete(race, pictures, { rounds, ms, same: least = 0.99 }) {
  const count = Math.floor(pictures.length / 784),
    results = [];
  for (const n of [1, 64]) {
    const racing = [];
    /** @type {number[] | undefined} */
    let expected;
    for (const [name, make] of Object.entries(contestants)) {
      const predict = await make(race, n);
      if (!predict) continue;
      const got = [];
      for (let at = 0; at + n <= count; at += n)
        got.push(...classes(await predict(pictures.slice(784 * at, 784 * (at + n))), n));
      expected ??= got;
      const same = got.filter((label, i) => label === expected?.[i]).length;
      if (same < least * got.length)
        throw new Error(`${name} gives other classes: ${same} of ${got.length} are the same`);
      racing.push({ name, predict, same, of: got.length, times: /** @type {number[]} */ ([]) });
    }
    for (let round = 0; round < rounds; round++) {
      for (const { predict, times } of racing) {
        const begin = performance.now();
        let calls = 0,
          now = begin;
        for (; now < begin + ms; now = performance.now(), calls++) {
          const at = 784 * n * (calls % Math.floor(count / n));
          await predict(pictures.subarray(at, at + 784 * n));
        }
        times.push((now - begin) / calls / n);
      }
    }
    for (const { name, same, of, times } of racing) {
      times.sort((a, b) => a - b);
      results.push({
        batch: n,
        name,
        ms: times[times.length >> 1],
        best_ms: times[0],
        same_classes: `${same} of ${of}`,
      });
    }
  }
  return { macs: macs(readNetwork(race.weights)), results };
}
