// How activations are packed, and the arguments of packing.
#ifndef LUTGEMM_KERNELS_PACKING_H_
#define LUTGEMM_KERNELS_PACKING_H_

#include "kernels/blocks.h"
#include "kernels/common/outliers.h"

#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>

namespace lutgemm::kernels {

// How activations are packed, and how many ways there are.
enum class Packing : uint8_t {
#define LUTGEMM_PACKING(packing, ...) packing,
#include "kernels/gen/packings.inc"
#undef LUTGEMM_PACKING
  kCount,
};
inline constexpr size_t kPackingCount = static_cast<size_t>(Packing::kCount);

// Prepared activations of all tokens.
struct ActArgs {
  uint8_t* data = nullptr;  // [token][token_bytes]
  size_t token_bytes = 0;
  float* scale = nullptr;      // [token][blocks]; fast: already halved where fold.half
  float* sum = nullptr;        // [token][blocks]; fast: sum of activations, halved likewise
  int32_t* int_sum = nullptr;  // exact: sum of int8 activations
  OutlierLists outliers;
};

// Floats behind a block in scratch that preparation may write or read.
inline constexpr size_t kPackTail = 32;
// Scratch for preparing blocks of so many k: floats of two, and one in integers.
constexpr size_t PackFloats(size_t block_k) {
  return 2 * (block_k + kPackTail) + block_k / 2 + kPackTail;
}

// What makes a token's activations of the tensor's elements x while they are loaded; see
// lutgemm::Producer for the arithmetic.
struct Produce {
  enum class Kind : uint8_t { kNone, kRmsNorm, kSiluGate };
  Kind kind = Kind::kNone;
  const float* gamma = nullptr;  // kRmsNorm: K factors
  float factor = 1.0f;           // kRmsNorm: 1 / root of the token's mean square
  const void* up = nullptr;      // kSiluGate: K values of the activations' type
};

// Prepares blocks [block_begin, block_end) of one token; all blocks that share a scale together.
struct PackActArgs {
  const void* act = nullptr;  // the token's K activations
  // Position k of the product takes element order[k] of act, of gamma and of up; null: element k.
  const uint32_t* order = nullptr;
  Elem elem = Elem::kF32;
  size_t k = 0;
  size_t group_k = 0;  // k per full group in the tensor
  size_t step_k = 16;  // k per step: 16 or 5
  BlockGrid grid;
  unsigned bfp_bits = 0;    // int8 codes are BFP of so many bits, with a power of two to each block
  size_t scale_blocks = 1;  // consecutive blocks with one common scale (exact, whole rows)
  size_t span_blocks = 1;   // blocks of a span, which are loaded and scaled as one
  bool half = false;
  bool need_sum = true;
  ActArgs out;
  size_t token = 0;
  float* scratch = nullptr;  // PackFloats of a block, or of a span
  Produce produce;
};
using PackActFn = void (*)(const PackActArgs&, size_t block_begin, size_t block_end);
// The sum of squares of a token's K elements; see SumSquares in produce.h for its order.
using SumSquaresFn = float (*)(const PackActArgs&);
// All K activations of one token as f32, as preparation would load them but for the order: element
// by element of act.
using ProduceFn = void (*)(const PackActArgs&, float* row);

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_PACKING_H_
