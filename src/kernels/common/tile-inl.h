// A register tile of a few tokens times four vectors of outputs: what its integer sums start from,
// and what becomes of them where a block of K ends, or is cut by a chunk's end.
#if defined(LUTGEMM_KERNELS_COMMON_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_TILE_INL_H_
#undef LUTGEMM_KERNELS_COMMON_TILE_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_TILE_INL_H_
#endif

#include "kernels/common/fold-inl.h"
#include "kernels/common/prefetch-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

// Tokens of a tile as an X-macro: sums must be named variables, because g++ 12 spills arrays of
// vectors. 6 x 4 sums, 4 operands and 2 temporaries fill 32 registers; 4 x 2 and 4 fill 16.
#undef LUTGEMM_EACH_TOKEN
#undef LUTGEMM_TILE_TOKENS
#undef LUTGEMM_TILE_VECTORS
#if LUTGEMM_REGISTERS >= 32 && LUTGEMM_VECTOR_BYTES == 64
#define LUTGEMM_TILE_TOKENS 6
#define LUTGEMM_TILE_VECTORS 4
#define LUTGEMM_EACH_TOKEN(X) X(0) X(1) X(2) X(3) X(4) X(5)
#else
#define LUTGEMM_TILE_TOKENS 4
#define LUTGEMM_TILE_VECTORS 2
#define LUTGEMM_EACH_TOKEN(X) X(0) X(1) X(2) X(3)
#endif

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using TileTag = hn::CappedTag<int32_t, 16>;

// Whether a chunk's bytes have the scales of their groups in them, and what was added to each.
struct MergedScales {
  bool merged = false;
  int32_t bias = 0;
};

// One register tile: tokens token + 0, 1, ... and the outputs from `output` on, counted from the
// call's first output, over steps [begin, end). `at` is the block that holds `begin`; `panel` is
// where the chunk's expanded weights for these outputs start.
struct Tile {
  const KernelArgs* args;
  BlockCursor at;
  size_t begin, end;
  size_t token, output;
  const uint8_t* panel;
  TilePrefetch prefetch;
  OutputLines* outputs;  // null where tokens are not complete after the chunk
  MergedScales scales;
};

// The call's strips rounded up so that a tile is always full: a missing strip repeats the last one.
HWY_INLINE size_t StripOf(const KernelArgs& args, size_t output) {
  const size_t strip = output / args.weight.strip;
  return strip < args.strips ? strip : args.strips - 1;
}

// Element of the weight scales (and zeros) of `output` in a group.
HWY_INLINE size_t ScaleIndexOf(const KernelArgs& args, size_t output, size_t group) {
  const WeightArgs& w = args.weight;
  return (args.strip + StripOf(args, output)) * w.scale_strip_stride +
         group * w.scale_group_stride + output % w.strip;
}

// Where the expanded scales (or zeros) of kAccUnit outputs start: one row for each group.
HWY_INLINE size_t PanelScaleIndex(const KernelArgs& args, size_t output) {
  return output / kAccUnit * args.grid.groups * kAccUnit;
}

// Scales or zeros of groups [begin, end) as floats.
HWY_INLINE void ExpandAsFloats(const KernelArgs& args, const std::byte* values, Elem elem,
                               size_t begin, size_t end, float* HWY_RESTRICT panel) {
  const hn::Rebind<float, TileTag> df;
  const WeightArgs& w = args.weight;
  for (size_t output = 0; output < args.strips * w.strip; output += kAccUnit) {
    float* HWY_RESTRICT to = panel + PanelScaleIndex(args, output);
    for (size_t o = 0; o < kAccUnit; o += hn::Lanes(df)) {
      size_t from = ScaleIndexOf(args, output + o, begin);
      for (size_t group = begin; group < end; ++group, from += w.scale_group_stride) {
        hn::Store(LoadAsF32(df, values, elem, from), df, to + group * kAccUnit + o);
      }
    }
  }
}

alignas(64) static constexpr float kZeroTile[LUTGEMM_TILE_TOKENS * kAccUnit] = {};

// What the sums of a tile's tokens start from and end in: plain values, so that they stay in
// registers. Elements of token t come t * blocks after the first token's, its sums t * kAccUnit.
// Activations' are those of the block at hand.
struct TileEnds {
  int32_t b;
  size_t blocks;
  const float* act_scale;
  const float* act_sum;
  const int32_t* int_sum;
  const float* weight_scale;  // of group 0, kAccUnit to the next; so are zeros
  const float* weight_zero;
  const float* from;  // acc, but for the first block, which adds to zeros
  float* acc;
  int32_t* raw;

  void NextBlock() {
    ++act_scale, ++act_sum, ++int_sum;
    from = acc;
  }
};

HWY_INLINE TileEnds EndsOf(const Tile& tile) {
  const KernelArgs& args = *tile.args;
  const size_t block = tile.token * args.grid.blocks + tile.at.block;
  const size_t acc = AccIndex(args, tile.token, tile.output);
  const bool first = tile.at.block == 0;
  const size_t scale = PanelScaleIndex(args, tile.output) + tile.output % kAccUnit;
  return {args.weight.fold.b,       args.grid.blocks,
          args.act.scale + block,   args.act.sum + block,
          args.act.int_sum + block, args.panel_scales + scale,
          args.panel_zeros + scale, first ? kZeroTile : args.acc + acc,
          args.acc + acc,           args.raw + acc};
}

// Outputs of a register tile.
HWY_INLINE size_t TileOutputs() { return LUTGEMM_TILE_VECTORS * hn::Lanes(TileTag()); }

// Integer sums of a token, a vector of outputs each, where the chunk's part of a block starts.
// Plain exact sums start from B * S, so that their fold has nothing to add.
template <FoldKind kKind, bool kExact, class... V>
HWY_INLINE void StartSums(const TileEnds& ends, bool block_starts, size_t t, V&... sums) {
  const TileTag di32;
  if (HWY_LIKELY(block_starts)) {
    auto start = hn::Zero(di32);
    if constexpr (kExact && kKind != FoldKind::kGeneral) {
      start = hn::Set(di32, ends.b * ends.int_sum[t * ends.blocks]);
    }
    ((sums = start), ...);
    return;
  }
  const int32_t* raw = ends.raw + t * kAccUnit;
  ((sums = hn::Load(di32, raw), raw += hn::Lanes(di32)), ...);
}

// Where one token's sums of a block are folded to, from output 0 of the tile on.
struct FoldPlace {
  const float* weight_scale;
  const float* weight_zero;
  const float* from;
  float* acc;
};

// FoldPlain of the vector of outputs from o on. `constant` is what the kind of fold adds: B times
// the sum of activations, or that sum alone, which zeros are multiplied by.
template <FoldKind kKind, bool kExact, class V, class VF>
HWY_INLINE void FoldPlainVector(const FoldPlace& place, size_t o, V sums, VF act_scale,
                                VF constant) {
  const hn::Rebind<float, TileTag> df;
  auto scale = hn::Load(df, place.weight_scale + o);
  auto value = hn::ConvertTo(df, sums);
  if constexpr (kExact) {
    scale = hn::Mul(act_scale, scale);
  } else if constexpr (kKind == FoldKind::kPlain) {
    value = Fused(df, value, act_scale, constant);
  } else {
    value = hn::Mul(value, act_scale);
  }
  auto sum = Fused(df, value, scale, hn::Load(df, place.from + o));
  if constexpr (kKind == FoldKind::kOffset) {
    const auto zero = hn::Load(df, place.weight_zero + o);
    sum = Fused(df, hn::Mul(act_scale, zero), constant, sum);
  }
  hn::Store(sum, df, place.acc + o);
}

// Sums to floats that are added to the token's accumulators, for plain problems. Lean on purpose:
// its instructions compete for the ports of lookups and products.
template <FoldKind kKind, bool kExact, class... V>
HWY_INLINE void FoldPlain(const TileEnds& ends, const BlockCursor& at, size_t t, V... sums) {
  const hn::Rebind<float, TileTag> df;
  const size_t i = t * ends.blocks;
  const auto act_scale = hn::Set(df, ends.act_scale[i]);
  auto constant = hn::Zero(df);
  if constexpr (!kExact && kKind == FoldKind::kPlain) {
    constant = hn::Set(df, static_cast<float>(ends.b) * ends.act_sum[i]);
  }
  if constexpr (kKind == FoldKind::kOffset) {
    constant = hn::Set(df, static_cast<float>(ends.int_sum[i]));
  }
  const FoldPlace place = {ends.weight_scale + at.group * kAccUnit,
                           ends.weight_zero + at.group * kAccUnit, ends.from + t * kAccUnit,
                           ends.acc + t * kAccUnit};
  size_t o = 0;
  ((FoldPlainVector<kKind, kExact>(place, o, sums, act_scale, constant), o += hn::Lanes(df)), ...);
}

// Integer sums of a token where the chunk's part of a block ends: folded, or kept in memory for the
// next chunk or for FoldGeneral.
template <FoldKind kKind, bool kExact, class... V>
HWY_INLINE void EndSums(const TileEnds& ends, const BlockCursor& at, bool block_ends, size_t t,
                        V... sums) {
  const TileTag di32;
  if constexpr (kKind != FoldKind::kGeneral) {
    if (HWY_LIKELY(block_ends)) return FoldPlain<kKind, kExact>(ends, at, t, sums...);
  }
  int32_t* raw = ends.raw + t * kAccUnit;
  ((hn::Store(sums, di32, raw), raw += hn::Lanes(di32)), ...);
}

// What EndSums kept of a block, for problems of any kind. Apart from the tile's function, whose
// registers are full of sums that this would move to memory in every round.
template <bool kExact>
HWY_NOINLINE void FoldGeneral(const Tile& tile, BlockCursor at, size_t tokens) {
  const KernelArgs& args = *tile.args;
  const TileTag di32;
  const hn::Rebind<float, TileTag> df;
  const float* weight_scale = args.panel_scales + PanelScaleIndex(args, tile.output) +
                              tile.output % kAccUnit + at.group * kAccUnit;
  for (size_t t = 0; t < tokens; ++t) {
    BlockFold fold = MakeBlockFold<kExact>(args, at, tile.token + t, 0);
    const size_t first = AccIndex(args, tile.token + t, tile.output);
    for (size_t o = 0; o < TileOutputs(); o += hn::Lanes(di32)) {
      fold.scale_index = ScaleIndexOf(args, tile.output + o, at.group);
      fold.acc = args.acc + first + o;
      const auto sums = hn::Load(di32, args.raw + first + o);
      Fold<kExact>(di32, sums, hn::Load(df, weight_scale + o), fold, 0);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_TILE_INL_H_
