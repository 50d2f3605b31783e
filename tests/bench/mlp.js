// A weights file with one hidden layer of random weights: how fast it is does not depend on them.
import { seededRandom } from '../fixtures/handwriting.js';

/** @param {number} hidden @returns {Buffer} safetensors */
export function randomMlp(hidden) {
  const random = seededRandom(4), parts = [], header = { __metadata__: { architecture: `dense:${hidden} dense:10` } };
  let at = 0;
  const add = (name, dtype, shape, array) => {
    header[name] = { dtype, shape, data_offsets: [at, at += array.byteLength] };
    parts.push(Buffer.from(array.buffer));
  };
  const bytes = (length) => Int8Array.from({ length }, () => Math.round(120 * (random() - 0.5)));
  add('logits.scale', 'F32', [1], Float32Array.of(1e-4));
  add('layers.0.scale', 'F32', [hidden], new Float32Array(hidden).fill(0.0005));
  add('layers.0.bias', 'I32', [hidden], new Int32Array(hidden).fill(20000));
  add('layers.0.weight', 'I8', [hidden, 784], bytes(784 * hidden));
  add('layers.1.bias', 'I32', [10], new Int32Array(10));
  add('layers.1.weight', 'I8', [10, hidden], bytes(10 * hidden));
  const text = Buffer.from(JSON.stringify(header)), length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}
