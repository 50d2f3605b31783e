/* floor.c — the most that one core does in WebAssembly, between registers, with each kind of instruction that a network
 * could be made of. Every sum is also a factor of the next product: nothing can be left out, shared or done beforehand.
 * Twelve sums go on at once, more than a product takes cycles on two units. floor.js counts. */
#include <wasm_simd128.h>

enum { SUMS = 12 };

#define DEFINE(name, STEP, SPLAT)                                                                                    \
    __attribute__((export_name(#name), used)) int name(int rounds, int seed)                                         \
    {                                                                                                                \
        const v128_t b = SPLAT(seed);                                                                                \
        v128_t s[SUMS], all = b;                                                                                     \
        for (int i = 0; i < SUMS; i++) s[i] = SPLAT(seed + i);                                                       \
        for (int n = 0; n < rounds; n++)                                                                             \
            for (int i = 0; i < SUMS; i++) s[i] = STEP(s[i], b);                                                     \
        for (int i = 0; i < SUMS; i++) all = wasm_v128_xor(all, s[i]);                                               \
        return wasm_i32x4_extract_lane(all, 0);                                                                      \
    }

#define FLOATS(s, b) wasm_f32x4_add(s, wasm_f32x4_mul(s, b))
#define MADD(s, b) wasm_f32x4_relaxed_madd(s, b, s)
#define WORDS(s, b) wasm_i32x4_add(s, wasm_i32x4_dot_i16x8(s, b))
#define BYTES16(s, b) wasm_i16x8_add(s, wasm_i16x8_relaxed_dot_i8x16_i7x16(s, b))
#define BYTES32(s, b) wasm_i32x4_add(s, wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_relaxed_dot_i8x16_i7x16(s, b)))

#define SMALL(n) wasm_f32x4_splat((float)(n)*1e-12f) /* for long sums, and not so small that floats become slow */
DEFINE(f32_mul_add, FLOATS, SMALL)
DEFINE(f32_relaxed_madd, MADD, SMALL)
DEFINE(i16_dot_add, WORDS, wasm_i32x4_splat)
DEFINE(i8_relaxed_dot_add16, BYTES16, wasm_i32x4_splat)
DEFINE(i8_relaxed_dot_widen_add32, BYTES32, wasm_i32x4_splat)
