// What every kernel computes, and what crosses from the portable loop nest into target code: plain
// pointers and sizes, apart by what they are: weights, packed activations (packing.h), the range of
// K (blocks.h), the epilogue (epilogue.h).
//
// For each token m and output n of a call,
//   acc[m][n] = sum over groups g of scale[n][g] * sum over blocks b of g of act_scale[m][b] * I
//   I = (R + B * S) >> half, R = sum over k in b of digit[n][k] * act[m][k], S = sum of act[m][k]
// where digits are what the method looks up or multiplies (registry.h), B and half make of them the
// weights' integers (FoldSpec), and activations that int8 cannot hold come on top (outliers.h).
// In grids with spans the activations of a span's groups share act_scale, and
//   acc[m][n] = sum over spans of act_scale[m] * (F * sum over g of scale[n][g] * I_g
//                                                + G * sum over g of offset[n][g] * S_g)
// with the factors F and G of the super-group that the span is; without super-groups both are 1.
// docs/numerics.md has the order of operations, which all targets keep. The epilogue makes outputs
// of acc.
#ifndef LUTGEMM_KERNELS_CONTRACT_H_
#define LUTGEMM_KERNELS_CONTRACT_H_

#include "kernels/attention/cache_block.h"
#include "kernels/blocks.h"
#include "kernels/epilogue.h"
#include "kernels/packing.h"

#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>

namespace lutgemm::kernels {

inline constexpr size_t kMaxStrip = 64;         // outputs of the widest strip (kTrits)
inline constexpr size_t kLut4Table = 64;        // bytes per slice and pass: 4 tables of 16 entries
inline constexpr size_t kTernary5Table = 128;   // bytes per quint and pass: 122 entries used
inline constexpr size_t kTernary3Tables = 320;  // bytes per step of 60 k: 20 tables of 16 entries
inline constexpr size_t kLut5Step = 10;         // k: 2 fives
inline constexpr size_t kLut5Tables = 64;       // bytes per step: 2 tables of 32 entries
// How far ahead of what it reads a kernel prefetches codes where nothing was measured: without it a
// third of DRAM bandwidth stays unused.
inline constexpr size_t kUsualAhead = 4096;

// Expanded weights at least: twice what an L1 cache holds beside the activations of a tile.
inline constexpr size_t kPanelBytes = 32768;
// Outputs in a row of acc: the widest register tile.
inline constexpr size_t kAccUnit = 64;
// Strips of 32 outputs that fill a row of acc.
inline constexpr size_t kStripPair = 2;

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
  Elem offset_elem = Elem::kF32;  // of zeros that are floats
  ZeroKind zero = ZeroKind::kNone;
  // Factors of scales and of offsets, of output o of a strip, span i, at element
  // strip * factor_strip_stride + i * strip + o; null without super-groups, or without offsets.
  const std::byte* factors = nullptr;
  const std::byte* offset_factors = nullptr;
  size_t factor_strip_stride = 0;
  Elem factor_elem = Elem::kF32;
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
// Whether bytes of codes take in integer zeros: codes of up to four bits, none above kZeroBias.
constexpr bool AreSmallZeros(unsigned codes, unsigned largest_zero) {
  return codes <= 16 && largest_zero <= kZeroBias;
}

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
  // Bytes ahead of what it reads that a kernel of regime gemv or small_m prefetches codes, a
  // multiple of 64: what suits the core (plan/choice).
  size_t ahead = kUsualAhead;
  // The part of K to do, whole blocks of it. Calls that do the parts in order find acc as they left
  // it; the last one stores. Only kernels that say so (KernelSpec::parts) take less than all of K.
  KRange range;
  // Scratch of [output / kAccUnit][token - token_begin][kAccUnit], outputs counted from the first
  // strip's first: sums, int32 where integer_out; sums of blocks that a chunk of K cuts; products
  // of outliers.
  float* acc = nullptr;
  int32_t* raw = nullptr;
  float* rest = nullptr;
  float* inner = nullptr;  // sums of a span's groups, before its activations' scale
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
  return args.range.begin == 0 && args.range.end == args.grid.steps;
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

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_CONTRACT_H_
