// ONNX Runtime's own build for this machine, one thread, on the same network in floats.
import ort from 'onnxruntime-node';
import { readNetwork, toOnnx } from './network.js';

/** Microseconds a picture, median and best. @param {Uint8Array} weights @param {Uint8Array} pictures @param {number} n @param {{rounds: number, ms: number}} options */
export async function measureNative(weights, pictures, n, { rounds, ms }) {
  const session = await ort.InferenceSession.create(toOnnx(readNetwork(weights), n), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const input = new ort.Tensor('float32', Float32Array.from(pictures.subarray(0, 784 * n)), [n, 1, 28, 28]);
  const times = [];
  for (let round = 0; round <= rounds; round++) {
    const begin = performance.now();
    let calls = 0;
    for (; performance.now() < begin + ms; calls++) await session.run({ input });
    if (round) times.push((1000 * (performance.now() - begin)) / calls / n); // the first one warms up
  }
  times.sort((a, b) => a - b);
  return { us_per_picture: times[times.length >> 1], best_us: times[0] };
}
