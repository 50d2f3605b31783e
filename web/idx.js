// idx.js — pictures and labels in MNIST's IDX files, written and read (http://yann.lecun.com/exdb/mnist/).

/** An IDX file of bytes. @param {number[]} sides @param {Uint8Array} bytes @returns {Uint8Array<ArrayBuffer>} */
export function encodeIdx(sides, bytes) {
  const start = 4 + 4 * sides.length;
  const file = new Uint8Array(start + bytes.length);
  const view = new DataView(file.buffer);
  file.set([0, 0, 8, sides.length]); // 8: unsigned bytes
  sides.forEach((side, i) => view.setUint32(4 + 4 * i, side));
  file.set(bytes, start);
  return file;
}

/**
 * What an IDX file of bytes holds; null if it is none.
 * @param {Uint8Array} file
 * @returns {{sides: number[], bytes: Uint8Array} | null}
 */
export function decodeIdx(file) {
  const [zero, other, type, rank] = file;
  const start = 4 + 4 * rank;
  if (zero !== 0 || other !== 0 || type !== 8 || !(rank >= 1 && rank <= 3) || file.length < start) return null;
  const view = new DataView(file.buffer, file.byteOffset);
  const sides = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const bytes = file.subarray(start);
  return sides.reduce((size, side) => size * side, 1) === bytes.length ? { sides, bytes } : null;
}
