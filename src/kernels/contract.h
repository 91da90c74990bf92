// What crosses from the portable loop nest into target code: plain pointers and sizes.
#ifndef LUTGEMM_KERNELS_CONTRACT_H_
#define LUTGEMM_KERNELS_CONTRACT_H_

#include "kernels/common/outliers.h"

#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>

namespace lutgemm::kernels {

inline constexpr size_t kMaxStrip = 64;         // outputs of the widest strip (kTrits)
inline constexpr size_t kLut4Table = 64;        // bytes per slice and pass: 4 tables of 16 entries
inline constexpr size_t kTernary5Table = 128;   // bytes per quint and pass: 122 entries used
inline constexpr size_t kTernary3Step = 60;     // k: 12 quints, 20 triples
inline constexpr size_t kTernary3Tables = 320;  // bytes per step: 20 tables of 16 entries
inline constexpr size_t kLut5Step = 10;         // k: 2 fives
inline constexpr size_t kLut5Tables = 64;       // bytes per step: 2 tables of 32 entries
// Prefetch distance in the code stream: without it a third of DRAM bandwidth stays unused.
inline constexpr size_t kPrefetchBytes = 4096;

// Expanded weights at least: twice what an L1 cache holds beside the activations of a tile.
inline constexpr size_t kPanelBytes = 32768;
// Outputs in a row of acc: the widest register tile.
inline constexpr size_t kAccUnit = 64;
// Strips of 32 outputs that fill a row of acc.
inline constexpr size_t kStripPair = 2;

// How activations are packed, and how many ways there are.
enum class Packing : uint8_t {
#define LUTGEMM_PACKING(packing, ...) packing,
#include "kernels/gen/packings.inc"
#undef LUTGEMM_PACKING
  kCount,
};
inline constexpr size_t kPackingCount = static_cast<size_t>(Packing::kCount);

// K cut into steps (slices of 16, quints of 5, twice 5 of family fives), steps into groups that
// share a weight scale, and groups into blocks that share an activation scale and whose integer
// sums cannot overflow.
struct BlockGrid {
  size_t steps = 0;
  size_t group_steps = 0;
  size_t groups = 0;
  size_t block_steps = 0;  // blocks start anew in every group, whose last one may be shorter
  size_t blocks = 0;
};

// Walks the blocks of a grid in order.
struct BlockCursor {
  size_t group = 0, block = 0, begin = 0, end = 0;

  explicit BlockCursor(const BlockGrid& grid) : grid_(grid) { EnterGroup(); }
  bool done() const { return begin >= grid_.steps; }
  void Next() {
    begin = end;
    ++block;
    if (begin < group_end_) return Close();
    ++group;
    EnterGroup();
  }
  // To the block that starts at `step`.
  void MoveToStep(size_t step) {
    const size_t per_group = (grid_.group_steps + grid_.block_steps - 1) / grid_.block_steps;
    const size_t to_group = step / grid_.group_steps;
    const size_t in_group = step % grid_.group_steps / grid_.block_steps;
    MoveTo(to_group, in_group, to_group * per_group + in_group);
  }
  // To the block that is number `in_group` of `group` and number `index` of all.
  void MoveTo(size_t to_group, size_t in_group, size_t index) {
    group = to_group;
    block = index;
    begin = group * grid_.group_steps + in_group * grid_.block_steps;
    EnterGroup();
  }

 private:
  void EnterGroup() {
    group_end_ = (group + 1) * grid_.group_steps;
    if (group_end_ > grid_.steps) group_end_ = grid_.steps;
    Close();
  }
  void Close() {
    end = begin + grid_.block_steps;
    if (end > group_end_) end = group_end_;
  }
  const BlockGrid& grid_;
  size_t group_end_ = 0;
};

// How a block's raw integer R and activation sum S become the integer product I of values and
// activations: I = (R + B * S) >> half, where B = base - zero_mult * zero.
struct FoldSpec {
  int half = 0;
  int base = 0;
  int zero_mult = 0;
  int b = 0;  // B where zeros are not stored
};

struct WeightArgs {
  const uint8_t* codes = nullptr;
  size_t strip = 32;  // outputs per strip
  size_t strip_bytes = 0;
  uint8_t plane_mult[8] = {1, 2, 4, 8, 16, 32, 64, 128};
  unsigned planes = 0;
  size_t group_slices = 0;  // slices of a full group
  // Scales and zeros of output o of a strip, group g, at element
  // strip * scale_strip_stride + g * scale_group_stride + o. Strides are 0 for one tensor scale,
  // which the plan repeats kMaxStrip times.
  const std::byte* scales = nullptr;
  const std::byte* zeros = nullptr;
  size_t scale_strip_stride = 0;
  size_t scale_group_stride = 0;
  Elem scale_elem = Elem::kF32;
  ZeroKind zero = ZeroKind::kNone;
  // Integer zeros of at most kZeroBias, which panels of bytes take in: code - zero + kZeroBias.
  bool small_zeros = false;
  FoldSpec fold;
  // Codebooks: four tables of 16 entries, indexed by stored codes; and two bits per output that
  // choose among them: bits 2 (o % 4) of byte o / 4 of selectors + strip * selector_strip_stride +
  // group * selector_group_stride. Null where there is one table.
  const int8_t* book = nullptr;
  const uint8_t* selectors = nullptr;
  size_t selector_strip_stride = 0;
  size_t selector_group_stride = 0;
};
// Added to a codebook's entries, so that they are unsigned bytes; the fold takes it off again.
inline constexpr int kCodebookBias = 128;
// Keeps such a byte below the 128 that every target's byte dot product allows.
inline constexpr int kZeroBias = 112;

// Prepared activations of all tokens.
struct ActArgs {
  uint8_t* data = nullptr;  // [token][token_bytes]
  size_t token_bytes = 0;
  float* scale = nullptr;      // [token][blocks]; fast: already halved where fold.half
  float* sum = nullptr;        // [token][blocks]; fast: sum of activations, halved likewise
  int32_t* int_sum = nullptr;  // exact: sum of int8 activations
  OutlierLists outliers;
};

// Multiplies by unit times the output's factor, adds bias, converts and stores outputs [0, count)
// of each token. int32 outputs are stored as they are.
struct StoreArgs {
  const float* acc = nullptr;  // [token][kAccUnit]
  size_t tokens = 0;
  size_t count = 0;  // at most kAccUnit
  const float* bias = nullptr;
  float unit = 1.0f;
  const float* factors = nullptr;  // of each output; null: 1
  Elem elem = Elem::kF32;
  std::byte* out = nullptr;  // first output of the first token
  size_t out_stride = 0;     // bytes between tokens
};
using StoreFn = void (*)(const StoreArgs&);

// A product of some strips with some tokens. Kernels call StoreTokens once for each token.
struct KernelArgs {
  WeightArgs weight;
  ActArgs act;
  BlockGrid grid;
  bool integer_out = false;  // acc holds int32 sums of I instead of scaled floats
  size_t strip = 0;          // first strip to do, and how many (at most the row's strips_at_once)
  size_t strips = 1;
  size_t token_begin = 0;
  size_t token_end = 0;
  // The part of K to do, whole blocks of it. Calls that do the parts in order find acc as they left
  // it; the last one stores. Only kernels that say so (KernelSpec::parts) take less than all of K.
  size_t step_begin = 0;
  size_t step_end = 0;
  // Scratch of [output / kAccUnit][token - token_begin][kAccUnit], outputs counted from the first
  // strip's first: sums, int32 where integer_out; sums of blocks that a chunk of K cuts; products
  // of outliers.
  float* acc = nullptr;
  int32_t* raw = nullptr;
  float* rest = nullptr;
  // Steps of K that are expanded to the panel at a time: kernels with a panel.
  size_t k_chunk = 0;
  // Scratch for expanded weights, panel_bytes of it, and for their scales, and zeros where they are
  // floats, as [output / kAccUnit][group][kAccUnit].
  uint8_t* panel = nullptr;
  size_t panel_bytes = 0;
  float* panel_scales = nullptr;
  float* panel_zeros = nullptr;
  // What becomes of acc: bias, factors and out are those of the first strip's first output, out is
  // token_begin's; count is that of all strips.
  StoreArgs out;
  StoreFn store = nullptr;
};
using KernelFn = void (*)(const KernelArgs&);

// Whether the call's part of K is all of it: what kernels that know no parts rely on.
inline bool TakesAllOfK(const KernelArgs& args) {
  return args.step_begin == 0 && args.step_end == args.grid.steps;
}

// Calls run(one) with each of the call's tokens as a call of its own: kernels of regime gemv.
template <class Run>
inline void ForEachToken(const KernelArgs& args, Run run) {
  KernelArgs one = args;
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    one.token_begin = token, one.token_end = token + 1;
    run(one);
    one.out.out += args.out.out_stride;
  }
}

// Where `output` of a token starts in an array that is shaped like acc.
inline size_t AccIndex(const KernelArgs& args, size_t token, size_t output) {
  const size_t tokens = args.token_end - args.token_begin;
  const size_t row = output / kAccUnit * tokens + token - args.token_begin;
  return row * kAccUnit + output % kAccUnit;
}

// Tokens [token, token + count) are complete: stores all of the call's outputs of theirs.
inline void StoreTokens(const KernelArgs& args, size_t token, size_t count) {
  for (size_t output = 0; output < args.out.count; output += kAccUnit) {
    const size_t rest = args.out.count - output;
    StoreArgs store = args.out;
    store.acc = args.acc + AccIndex(args, token, output);
    store.tokens = count;
    store.count = rest < kAccUnit ? rest : kAccUnit;
    if (store.bias != nullptr) store.bias += output;
    if (store.factors != nullptr) store.factors += output;
    store.out += (token - args.token_begin) * store.out_stride + output * ElemBytes(args.out.elem);
    args.store(store);
  }
}

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
  bool half = false;
  bool need_sum = true;
  ActArgs out;
  size_t token = 0;
  float* scratch = nullptr;  // PackFloats of a block
  Produce produce;
};
using PackActFn = void (*)(const PackActArgs&, size_t block_begin, size_t block_end);
// The sum of squares of a token's K elements; see SumSquares in produce.h for its order.
using SumSquaresFn = float (*)(const PackActArgs&);
// All K activations of one token as f32, as preparation would load them but for the order: element
// by element of act.
using ProduceFn = void (*)(const PackActArgs&, float* row);

// A block of a key or value cache: the same channels of every token, as format/bfp_block.h has
// them.
struct CacheBlock {
  const uint8_t* tokens = nullptr;  // token 0
  size_t token_bytes = 0;           // from one token to the next: the block's bytes
  size_t length = 0;                // channels
  unsigned bits = 0;
  const float* units = nullptr;  // what 1 is worth, for each of the 256 exponents
};
// scores[t] += the block's channels of token t times query, for t in [0, count). query is padded
// with zeros to a multiple of eight; eight sums of products, each rounded, end in a tree.
using BlockScoresFn = void (*)(const CacheBlock&, const float* query, size_t count, float* scores);
// sums[i] += the sum of probabilities[t] * channel i of token t over t in [0, count), token by
// token; sums is padded as the query is.
using BlockSumsFn = void (*)(const CacheBlock&, const float* probabilities, size_t count,
                             float* sums);

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_CONTRACT_H_
