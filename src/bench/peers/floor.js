// What floor.c reaches on this machine: G multiply-accumulates a second of each kind of instruction.
const SUMS = 12,
  ROUNDS = 300_000;
const MACS = {
  f32_mul_add: 4,
  f32_relaxed_madd: 4,
  i16_dot_add: 8,
  i8_relaxed_dot_add16: 16,
  i8_relaxed_dot_widen_add32: 16,
};

/** The best of several runs. @param {BufferSource} wasm @returns {Promise<Record<string, number>>} */
export async function measureFloor(wasm) {
  // Memory that may grow tells of it; nobody here waits for that.
  const imports = { env: { emscripten_notify_memory_growth() {} } };
  const {
    instance: { exports },
  } = await WebAssembly.instantiate(wasm, imports);
  const best = {};
  for (let round = 0; round < 12; round++) {
    for (const [name, macs] of Object.entries(MACS)) {
      const begin = performance.now();
      exports[name](ROUNDS, 0x01010101 + round);
      const speed = (SUMS * ROUNDS * macs) / (performance.now() - begin) / 1e6;
      best[name] = Math.max(best[name] ?? 0, speed);
    }
  }
  return best;
}
