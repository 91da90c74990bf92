// A register tile of a few tokens times four vectors of outputs: what its integer sums start from,
// and what becomes of them where a block of K ends, or is cut by a chunk's end.
#if defined(LUTGEMM_KERNELS_COMMON_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_TILE_INL_H_
#undef LUTGEMM_KERNELS_COMMON_TILE_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_TILE_INL_H_
#endif

#include "kernels/contract.h"
#include "kernels/common/fold-inl.h"
#include "kernels/target/ops-inl.h"
#include "kernels/common/prefetch-inl.h"

// Tokens of a tile as an X-macro: sums must be named variables, because g++ 12 spills arrays of
// vectors. 6 x 4 sums, 4 operands and 2 temporaries fill 32 registers; 4 x 2 and 4 fill 16.
#undef LUTGEMM_EACH_TOKEN
#undef LUTGEMM_TILE_TOKENS
#undef LUTGEMM_TILE_VECTORS
#if HWY_TARGET <= HWY_AVX3
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

// One register tile: tokens token + 0, 1, ... and the outputs from `output` on, counted from the
// call's first output, over steps [begin, end). `at` is the block that holds `begin`; `panel` is
// where the chunk's expanded weights for these outputs start.
struct Tile {
  const LookupArgs* args;
  BlockCursor at;
  size_t begin, end;
  size_t token, output;
  const uint8_t* panel;
  // The tile's share of the codes that are expanded next, and how much of it per step: expansion
  // reads too fast for prefetches of its own, and a burst of them waits for memory.
  const uint8_t* prefetch;
  size_t prefetch_step;
  OutputLines* outputs;  // null where tokens are not complete after the chunk
};

// The call's strips rounded up so that a tile is always full: a missing strip repeats the last one.
HWY_INLINE size_t StripOf(const LookupArgs& args, size_t output) {
  const size_t strip = output / args.weight.strip;
  return strip < args.strips ? strip : args.strips - 1;
}

// Element of the weight scales (and zeros) of `output` in a group.
HWY_INLINE size_t ScaleIndexOf(const LookupArgs& args, size_t output, size_t group) {
  const WeightArgs& w = args.weight;
  return (args.strip + StripOf(args, output)) * w.scale_strip_stride +
         group * w.scale_group_stride + output % w.strip;
}

// Where the expanded scales (or zeros) of kAccUnit outputs start: one row for each group.
HWY_INLINE size_t PanelScaleIndex(const LookupArgs& args, size_t output) {
  return output / kAccUnit * args.grid.groups * kAccUnit;
}

// Scales or zeros of groups [begin, end) as floats.
HWY_INLINE void ExpandAsFloats(const LookupArgs& args, const std::byte* values, size_t begin,
                               size_t end, float* HWY_RESTRICT panel) {
  const hn::Rebind<float, TileTag> df;
  const WeightArgs& w = args.weight;
  for (size_t output = 0; output < args.strips * w.strip; output += kAccUnit) {
    float* HWY_RESTRICT to = panel + PanelScaleIndex(args, output);
    for (size_t o = 0; o < kAccUnit; o += hn::Lanes(df)) {
      size_t from = ScaleIndexOf(args, output + o, begin);
      for (size_t group = begin; group < end; ++group, from += w.scale_group_stride) {
        hn::Store(LoadAsF32(df, values, w.scale_elem, from), df, to + group * kAccUnit + o);
      }
    }
  }
}

// The weight scales of groups [begin, end), once for all tokens, and zeros that are floats.
HWY_INLINE void ExpandScales(const LookupArgs& args, size_t begin, size_t end) {
  const WeightArgs& w = args.weight;
  ExpandAsFloats(args, w.scales, begin, end, args.panel_scales);
  if (w.zero == ZeroKind::kFloat) ExpandAsFloats(args, w.zeros, begin, end, args.panel_zeros);
}

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
alignas(64) static constexpr float kZeroTile[LUTGEMM_TILE_TOKENS * kAccUnit] = {};

HWY_INLINE TileEnds EndsOf(const Tile& tile) {
  const LookupArgs& args = *tile.args;
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

// The register tile: sums of token t in a, b, c and d, a vector of outputs each.
static constexpr size_t kTileOutputs = LUTGEMM_TILE_VECTORS * hn::MaxLanes(TileTag());
struct TileSums {
  using V = hn::Vec<TileTag>;
#define LUTGEMM_X(t) V a##t, b##t, c##t, d##t;
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  const uint8_t* prefetch;
  size_t prefetch_step;
};

// Integer sums of a token where the chunk's part of a block starts. Plain exact sums start from
// B * S, so that their fold has nothing to add.
template <FoldKind kKind, bool kExact, class V>
HWY_INLINE void StartSums(const TileEnds& ends, bool block_starts, size_t t, V& a, V& b, V& c,
                          V& d) {
  const TileTag di32;
  if (HWY_LIKELY(block_starts)) {
    a = hn::Zero(di32);
    if constexpr (kExact && kKind != FoldKind::kGeneral) {
      a = hn::Set(di32, ends.b * ends.int_sum[t * ends.blocks]);
    }
    b = c = d = a;
    return;
  }
  const int32_t* raw = ends.raw + t * kAccUnit;
  a = hn::Load(di32, raw);
  b = hn::Load(di32, raw + hn::Lanes(di32));
  if constexpr (LUTGEMM_TILE_VECTORS == 4) {
    c = hn::Load(di32, raw + 2 * hn::Lanes(di32));
    d = hn::Load(di32, raw + 3 * hn::Lanes(di32));
  }
}

// Sums to floats that are added to the token's accumulators, for plain problems. Lean on purpose:
// its instructions compete for the ports of lookups and products.
template <FoldKind kKind, bool kExact, class V>
HWY_INLINE void FoldPlain(const TileEnds& ends, const BlockCursor& at, size_t t, V a, V b, V c,
                          V d) {
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
  const float* from = ends.from + t * kAccUnit;
  float* acc = ends.acc + t * kAccUnit;
  const float* HWY_RESTRICT weight_scale = ends.weight_scale + at.group * kAccUnit;
  const auto fold = [&](size_t o, auto raw) HWY_ATTR {
    auto scale = hn::Load(df, weight_scale + o);
    auto value = hn::ConvertTo(df, raw);
    if constexpr (kExact) {
      scale = hn::Mul(act_scale, scale);
    } else if constexpr (kKind == FoldKind::kPlain) {
      value = Fused(df, value, act_scale, constant);
    } else {
      value = hn::Mul(value, act_scale);
    }
    auto sum = Fused(df, value, scale, hn::Load(df, from + o));
    if constexpr (kKind == FoldKind::kOffset) {
      const auto zero = hn::Load(df, ends.weight_zero + at.group * kAccUnit + o);
      sum = Fused(df, hn::Mul(act_scale, zero), constant, sum);
    }
    hn::Store(sum, df, acc + o);
  };
  fold(0, a);
  fold(hn::Lanes(df), b);
  if constexpr (LUTGEMM_TILE_VECTORS == 4) {
    fold(2 * hn::Lanes(df), c);
    fold(3 * hn::Lanes(df), d);
  }
}

template <bool kExact, class V>
HWY_INLINE void FoldGeneral(const Tile& tile, const TileEnds& ends, const BlockCursor& at, size_t t,
                            size_t v, V sums) {
  const hn::Rebind<float, TileTag> df;
  const size_t o = v * hn::Lanes(df);
  BlockFold fold = MakeBlockFold<kExact>(*tile.args, at, tile.token + t, 0);
  fold.scale_index = ScaleIndexOf(*tile.args, tile.output + o, at.group);
  fold.acc = ends.acc + t * kAccUnit + o;
  const auto scale = hn::Load(df, ends.weight_scale + at.group * kAccUnit + o);
  Fold<kExact>(TileTag(), sums, scale, fold, 0);
}

// Integer sums where the chunk's part of a block ends: folded, or kept for the next chunk.
template <FoldKind kKind, bool kExact, class V>
HWY_INLINE void EndSums(const Tile& tile, const TileEnds& ends, const BlockCursor& at,
                        bool block_ends, size_t t, V a, V b, V c, V d) {
  const TileTag di32;
  if (HWY_UNLIKELY(!block_ends)) {
    int32_t* raw = ends.raw + t * kAccUnit;
    hn::Store(a, di32, raw);
    hn::Store(b, di32, raw + hn::Lanes(di32));
    if constexpr (LUTGEMM_TILE_VECTORS == 4) {
      hn::Store(c, di32, raw + 2 * hn::Lanes(di32));
      hn::Store(d, di32, raw + 3 * hn::Lanes(di32));
    }
  } else if constexpr (kKind != FoldKind::kGeneral) {
    FoldPlain<kKind, kExact>(ends, at, t, a, b, c, d);
  } else {
    FoldGeneral<kExact>(tile, ends, at, t, 0, a);
    FoldGeneral<kExact>(tile, ends, at, t, 1, b);
    if constexpr (LUTGEMM_TILE_VECTORS == 4) {
      FoldGeneral<kExact>(tile, ends, at, t, 2, c);
      FoldGeneral<kExact>(tile, ends, at, t, 3, d);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_TILE_INL_H_
