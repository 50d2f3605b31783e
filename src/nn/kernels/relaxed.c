/* relaxed.c — WebAssembly relaxed SIMD: sixteen products of bytes an instruction. Machines
 * differ in what happens to a second operand above 127 and to pairs of products beyond 16 bits: here are neither, since
 * 2·127·128 is less than 2^15. */
#include "kernels.h"

#ifdef DIGITS_HAS_RELAXED

#include "vectors.h"

#include <string.h>

#define SPLAT(p) wasm_v128_load32_splat(p)
#define DOT(sum, a, w) wasm_i16x8_add(sum, wasm_i16x8_relaxed_dot_i8x16_i7x16(w, a))
#define MAX_LANE INT16_MAX
#define WIDEN(part) wasm_i32x4_extadd_pairwise_i16x8(part)
#include "bytes.h"
#include "run.h"

static int supported(void) { return 1; }

const kernels kernels_relaxed = {"relaxed-simd", supported, packed_bytes, offset_count, pack, set_offsets, run};

#endif
