// What packing of activations does in the same way on every target: where a block's activations
// lie in the tensor, how a scale follows from a magnitude, the order of float sums.
#ifndef LUTGEMM_KERNELS_COMMON_PACK_ACT_H_
#define LUTGEMM_KERNELS_COMMON_PACK_ACT_H_

#include "base/bits.h"
#include "base/check.h"
#include "format/block.h"
#include "kernels/contract.h"
#include "layout/layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lutgemm::kernels {

// Activations [k, k + count) belong to a block of `padded` positions; all others are zeros.
struct BlockSpan {
  size_t k;
  size_t count;
  size_t padded;
};

inline BlockSpan SpanOf(const PackActArgs& args, const BlockCursor& at) {
  const size_t group_end =
      (at.group + 1) * args.group_k < args.k ? (at.group + 1) * args.group_k : args.k;
  const size_t k =
      at.group * args.group_k + (at.begin - at.group * args.grid.group_steps) * args.step_k;
  const size_t padded = (at.end - at.begin) * args.step_k;
  return {k, group_end - k < padded ? group_end - k : padded, padded};
}

// A span as one run of activations, from its first block on. Groups of spans are whole slices, so
// that padding comes at its end alone.
inline BlockSpan WholeSpan(const PackActArgs& args, const BlockCursor& first) {
  BlockSpan span = SpanOf(args, first);
  const size_t end = std::min(first.begin + args.grid.border_steps(), args.grid.steps);
  span.padded = (end - first.begin) * args.step_k;
  span.count = std::min(span.padded, args.k - span.k);
  return span;
}

// The cursor moved to `block`.
inline BlockCursor CursorAt(const BlockGrid& grid, size_t block) {
  BlockCursor at(grid);
  const size_t per_group = base::CeilDiv(grid.group_steps, grid.block_steps);
  at.MoveTo(block / per_group, block % per_group, block);
  return at;
}

// The larger of two, and NaN if either is.
inline float MaxOrNan(float a, float b) { return b > a || b != b ? b : a; }

// Scale of a block from its largest magnitude: values times `inverse` lie within +-127 and
// `scale` undoes it. A magnitude of NaN or infinity makes scale NaN, so that every output of the
// token is NaN; one below 1e-36, where 127 / magnitude could overflow, counts as zero.
struct BlockScale {
  float scale;
  float inverse;
  float lift = 1.0f;  // another factor of values, see BfpScaleOf
};
inline BlockScale ScaleOf(float magnitude) {
  if (!std::isfinite(magnitude)) return {std::numeric_limits<float>::quiet_NaN(), 0.0f};
  if (magnitude < 1e-36f) return {0.0f, 0.0f};
  return {magnitude / 127.0f, 127.0f / magnitude};
}

// The same for BFP: `scale` is what one step is worth, by the exponent rule of format/block.h.
// Values times lift times inverse are numbers of steps, exactly, where they are not next to 0: both
// are powers of two, of which lift takes what a float cannot hold, up to 2^133 in all.
inline BlockScale BfpScaleOf(float magnitude, unsigned bits) {
  if (magnitude == 0.0f) return {0.0f, 0.0f};
  const uint8_t exponent = format::BlockExponent({&magnitude, 1});
  const double step = format::BfpValue(bits, exponent, 1);
  if (exponent == format::kE8M0Nan) return {static_cast<float>(step), 0.0f};
  const double lift = std::max(0x1p-127 / step, 1.0);
  return {static_cast<float>(step), static_cast<float>(1.0 / step / lift),
          static_cast<float>(lift)};
}

inline BlockScale Int8ScaleOf(const PackActArgs& args, float magnitude) {
  return args.bfp_bits == 0 ? ScaleOf(magnitude) : BfpScaleOf(magnitude, args.bfp_bits);
}

// The magnitude above which an activation is an outlier of its block, from the sum of magnitudes:
// five times their mean. Four standard deviations of a normal distribution, which one activation in
// 16,000 exceeds; and less than one in five of any block can.
inline float OutlierLimit(float sum_of_magnitudes, size_t count) {
  return 5.0f * (sum_of_magnitudes / static_cast<float>(count));
}

// Empties the lists of outliers of blocks [block_begin, block_end), which are whole segments.
inline void ClearOutliers(const PackActArgs& args, size_t block_begin, size_t block_end) {
  const OutlierLists& lists = args.out.outliers;
  LUTGEMM_DCHECK(block_begin % lists.segment_blocks == 0 &&
                 (block_end % lists.segment_blocks == 0 || block_end == args.grid.blocks));
  uint32_t* counts = lists.counts + args.token * lists.segments;
  for (size_t block = block_begin; block < block_end; block += lists.segment_blocks) {
    counts[block / lists.segment_blocks] = 0;
  }
}

// Lists what a clipped block's scale does not hold of x, its activation number i, and returns x
// clipped to the limit.
inline float TakeOutlier(const PackActArgs& args, const BlockCursor& at, size_t i, float x,
                         float limit, const BlockScale& scale) {
  const OutlierLists& lists = args.out.outliers;
  const size_t segment = at.block / lists.segment_blocks;
  const uint32_t rank = lists.counts[args.token * lists.segments + segment]++;
  const float held = std::copysign(scale.inverse == 0.0f ? 0.0f : 127.0f * scale.scale, x);
  lists.Run(args.token, segment, rank / kOutlierRun)[rank % kOutlierRun] = {
      static_cast<uint32_t>(at.begin * args.step_k + i), x - held};
  return std::copysign(limit, x);
}

// Sum of a block in one fixed order: sixteen running sums, then a tree. Equal on every target.
inline float OrderedSum(const float* act, size_t padded) {
  float part[16] = {};
  size_t i = 0;
  for (; i + 16 <= padded; i += 16) {
    for (size_t j = 0; j < 16; ++j) part[j] += act[i + j];
  }
  for (size_t j = 0; j < padded % 16; ++j) part[j] += act[i + j];
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t j = 0; j < half; ++j) part[j] += part[j + half];
  }
  return part[0];
}

// Fast tables are summed in 16 bits with this many fraction bits.
inline constexpr int kFractionBits = 6;
inline constexpr float kFraction = 1 << kFractionBits;
inline constexpr int kRoundFraction = 1 << (kFractionBits - 1);
// In tables of four the halves are rounded up and down in turn, group by group of four: where most
// weights of a matrix are equal, and with them most lookups, a bias would add up.
inline constexpr int RoundFraction(size_t group) {
  return kRoundFraction - static_cast<int>(group % 2);
}

// Tables of ternary5: entry p holds the quint value v >= 0 with TritPosition(v) = p; v + 121 =
// 27 h + l, h from the first two digits, l from the other three. Unused positions repeat v = 0.
struct TritEntries {
  std::array<uint16_t, 128> high{};
  std::array<uint16_t, 128> low{};
};
inline constexpr TritEntries kTritEntries = [] {
  TritEntries entries;
  entries.high.fill(121 / 27);
  entries.low.fill(121 % 27);
  for (unsigned v = 0; v <= 121; ++v) {
    entries.high[layout::TritPosition(v)] = static_cast<uint16_t>((v + 121) / 27);
    entries.low[layout::TritPosition(v)] = static_cast<uint16_t>((v + 121) % 27);
  }
  return entries;
}();

// Exact tables hold T = 36 h + l with |h|, |l| <= 18 for |T| <= 640: h = round(T * 910 / 2^15).
inline constexpr int kTritSplit = 36;
inline constexpr int kTritSplitFactor = 910;
inline constexpr int kTritSplitBias = 18;

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_COMMON_PACK_ACT_H_
