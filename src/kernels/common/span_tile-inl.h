// A register tile over spans: groups are folded to sums of the span, which meet the activations'
// scale where it ends. Chunks of a panel are whole spans.
#if defined(LUTGEMM_KERNELS_COMMON_SPAN_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_SPAN_TILE_INL_H_
#undef LUTGEMM_KERNELS_COMMON_SPAN_TILE_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_SPAN_TILE_INL_H_
#endif

#include "base/check.h"
#include "kernels/common/offset_pairs-inl.h"
#include "kernels/common/span-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/common/tile_sums-inl.h"
#include "kernels/contract.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Where a tile is in K: the group at hand, as everything that is read of it. Sums of activations of
// token t come t * blocks after the first token's, sums t * kAccUnit.
struct SpanTile {
  const KernelArgs& args;
  const Tile& tile;
  const size_t blocks, acc;
  const int32_t* int_sum;
  const float* scale;  // of the tile's outputs, kAccUnit to the next group; so are offsets
  const float* offset;
  float* inner;

  HWY_INLINE explicit SpanTile(const Tile& of)
      : args(*of.args),
        tile(of),
        blocks(args.grid.blocks),
        acc(AccIndex(args, of.token, of.output)),
        int_sum(args.act.int_sum + of.token * blocks + of.at.block) {
    const size_t panel = PanelScaleIndex(args, of.output) + of.output % kAccUnit;
    scale = args.panel_scales + panel + of.at.group * kAccUnit;
    offset = args.panel_zeros + panel + of.at.group * kAccUnit;
    inner = args.inner + acc;
  }
  HWY_INLINE void NextGroup() { ++int_sum, scale += kAccUnit, offset += kAccUnit; }
};

// What one token's integer sums of a group start from: B times the sum of its activations.
template <class... V>
HWY_INLINE void StartGroup(int32_t constant, V&... sums) {
  const auto start = hn::Set(TileTag(), constant);
  ((sums = start), ...);
}

// Adds a vector of one token's integer sums of a group, of outputs from o on, to those of its span.
// `total` is the sum of its activations.
template <FoldKind kKind, class V, class VF>
HWY_INLINE void FoldGroupVector(const SpanTile& at, size_t i, size_t o, const float* from, V sums,
                                VF total) {
  const hn::Rebind<float, TileTag> df;
  auto value =
      Fused(df, hn::ConvertTo(df, sums), hn::Load(df, at.scale + o), hn::Load(df, from + i));
  if constexpr (kKind == FoldKind::kSpanOffset) {
    value = Fused(df, hn::Load(df, at.offset + o), total, value);
  }
  hn::Store(value, df, at.inner + i);
}

// Adds one token's integer sums of a group to those of its span.
template <FoldKind kKind, class... V>
HWY_INLINE void FoldGroup(const SpanTile& at, size_t t, const float* from, V... sums) {
  const hn::Rebind<float, TileTag> df;
  auto total = hn::Zero(df);
  if constexpr (kKind == FoldKind::kSpanOffset) {
    total = hn::Set(df, static_cast<float>(at.int_sum[t * at.blocks]));
  }
  size_t o = 0;
  ((FoldGroupVector<kKind>(at, t * kAccUnit + o, o, from, sums, total), o += hn::Lanes(df)), ...);
}

// Sums of activations of a span's groups as floats, for each token of a tile.
struct SpanSums {
  static constexpr size_t kMost = kMaxSuperGroup / 16;
  alignas(64) float of[LUTGEMM_TILE_TOKENS][kMost];

  HWY_INLINE void Fill(const SpanTile& at, size_t tokens, size_t groups) {
    for (size_t t = 0; t < tokens; ++t) {
      const int32_t* from = at.int_sum + t * at.blocks - groups;
      for (size_t g = 0; g < groups; ++g) of[t][g] = static_cast<float>(from[g]);
    }
  }
};

// Sum over the span's groups of activations' sums times offsets, of a vector of outputs from o on.
template <int kTokens>
HWY_INLINE void AddSpanOffsets(const SpanTile& at, const SpanSums& sums, size_t groups, size_t o,
                               size_t factor) {
  const hn::Rebind<float, TileTag> df;
  using V = hn::Vec<decltype(df)>;
#define LUTGEMM_X(t) [[maybe_unused]] V sum##t = hn::Zero(df);
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  const float* offsets = at.offset - groups * kAccUnit + o;
  for (size_t g = 0; g < groups; ++g, offsets += kAccUnit) {
    const auto offset = hn::Load(df, offsets);
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) sum##t = Fused(df, offset, hn::Set(df, sums.of[t][g]), sum##t);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
  const WeightArgs& w = at.args.weight;
  const auto g = LoadAsF32(df, w.offset_factors, w.factor_elem, factor);
  const float* act = at.args.act.scale + (at.int_sum - at.args.act.int_sum) - 1;
  float* acc = at.args.acc + at.acc + o;
#define LUTGEMM_X(t)                                                                            \
  if constexpr (t < kTokens) {                                                                  \
    const auto by = hn::Mul(hn::Set(df, act[t * at.blocks]), g);                                \
    hn::Store(Fused(df, sum##t, by, hn::Load(df, acc + t * kAccUnit)), df, acc + t * kAccUnit); \
  }
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
}

// The same of two vectors, from pairs.
template <int kTokens>
HWY_INLINE void AddSpanOffsetPairs(const SpanTile& at, const SumPairs& sums, size_t groups,
                                   size_t o, const size_t (&factor)[2]) {
  const TileTag di32;
  const hn::Rebind<float, TileTag> df;
  const hn::Repartition<int16_t, TileTag> di16;
  const size_t lanes = hn::Lanes(di32);
#define LUTGEMM_X(t) [[maybe_unused]] TileSum a##t = hn::Zero(di32), b##t = a##t;
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  const float* offsets = at.offset - groups * kAccUnit + o;
  for (size_t pair = 0; pair < base::CeilDiv(groups, 2); ++pair, offsets += 2 * kAccUnit) {
    const auto o0 = hn::BitCast(di16, hn::Load(df, offsets));
    const auto o1 = hn::BitCast(di16, hn::Load(df, offsets + lanes));
#define LUTGEMM_X(t)                                                      \
  if constexpr (t < kTokens) {                                            \
    const auto sum = hn::BitCast(di16, hn::Set(di32, sums.of[t][pair]));  \
    AddWordPairs(di32, o0, sum, a##t), AddWordPairs(di32, o1, sum, b##t); \
  }
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
  const WeightArgs& w = at.args.weight;
  const auto f0 = LoadAsF32(df, w.offset_factors, w.factor_elem, factor[0]);
  const auto f1 = LoadAsF32(df, w.offset_factors, w.factor_elem, factor[1]);
  const float* act = at.args.act.scale + (at.int_sum - at.args.act.int_sum) - 1;
  float* acc = at.args.acc + at.acc + o;
#define LUTGEMM_X(t)                                                                          \
  if constexpr (t < kTokens) {                                                                \
    const auto by = hn::Set(df, act[t * at.blocks]);                                          \
    float* to = acc + t * kAccUnit;                                                           \
    hn::Store(Fused(df, hn::ConvertTo(df, a##t), hn::Mul(by, f0), hn::Load(df, to)), df, to); \
    to += lanes;                                                                              \
    hn::Store(Fused(df, hn::ConvertTo(df, b##t), hn::Mul(by, f1), hn::Load(df, to)), df, to); \
  }
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
}

// Element of the factors of the tile's outputs from o on, in the super-group of `group`.
HWY_INLINE size_t TileFactorIndex(const SpanTile& at, size_t group, size_t o) {
  const size_t output = at.tile.output + o;
  const size_t strip = at.args.strip + StripOf(at.args, output);
  return FactorIndex(at.args, strip, group, output % at.args.weight.strip);
}

// Adds the offsets of a span of `groups` groups, whose last one is `group`, where they have
// factors; `at` is behind it.
template <int kTokens>
HWY_NOINLINE void EndTileSpanOffsets(const SpanTile& at, size_t group, size_t groups) {
  const size_t lanes = hn::Lanes(TileTag());
  if (HWY_LIKELY(HasOffsetPairs(at.args))) {
    SumPairs sums;
    sums.Fill(at.int_sum - groups, at.blocks, kTokens, groups);
    for (size_t o = 0; o < TileOutputs(); o += 2 * lanes) {
      const size_t factor[2] = {TileFactorIndex(at, group, o),
                                TileFactorIndex(at, group, o + lanes)};
      AddSpanOffsetPairs<kTokens>(at, sums, groups, o, factor);
    }
    return;
  }
  SpanSums sums;
  sums.Fill(at, kTokens, groups);
  for (size_t o = 0; o < TileOutputs(); o += lanes) {
    AddSpanOffsets<kTokens>(at, sums, groups, o, TileFactorIndex(at, group, o));
  }
}

// Ends a span of `groups` groups, whose last one is `group`; `at` is behind it.
template <int kTokens>
HWY_NOINLINE void EndTileSpan(const SpanTile& at, size_t group, size_t groups) {
  const hn::Rebind<float, TileTag> df;
  const KernelArgs& args = at.args;
  const WeightArgs& w = args.weight;
  const float* act = args.act.scale + (at.int_sum - args.act.int_sum) - 1;
  const bool first = group + 1 == groups;
  const float* from = first ? kZeroTile : args.acc + at.acc;
  float* acc = args.acc + at.acc;
  for (size_t o = 0; o < TileOutputs(); o += hn::Lanes(df)) {
    auto factors = hn::Set(df, 1.0f);
    if (w.factors != nullptr) {
      factors = LoadAsF32(df, w.factors, w.factor_elem, TileFactorIndex(at, group, o));
    }
    for (size_t t = 0; t < kTokens; ++t) {
      const auto by = hn::Mul(hn::Set(df, act[t * at.blocks]), factors);
      const auto sum = hn::Load(df, at.inner + t * kAccUnit + o);
      const size_t i = t * kAccUnit + o;
      hn::Store(Fused(df, sum, by, hn::Load(df, from + i)), df, acc + i);
    }
  }
  if (w.offset_factors != nullptr) EndTileSpanOffsets<kTokens>(at, group, groups);
}

// ForEachBlockOfTile of panel-inl.h over spans: calls steps(n, prefetch, sums...) for each group.
template <int kTokens, FoldKind kKind, class Steps>
HWY_INLINE void ForEachGroupOfTile(const Tile& tile, Steps steps) {
  SpanTile at(tile);
  const BlockGrid& grid = at.args.grid;
  const int32_t b = at.args.weight.fold.b;
  const size_t group_steps = grid.group_steps, span_steps = grid.border_steps();
  LUTGEMM_DCHECK(tile.at.starts_span() && tile.begin == tile.at.begin);
  TilePrefetch prefetch = tile.prefetch;
  TileSum LUTGEMM_TILE_SUMS;
  size_t group = tile.at.group;
  for (size_t begin = tile.begin; begin < tile.end;) {
    const size_t end = HWY_MIN(begin + span_steps, tile.end), first = group;
    const float* from = kZeroTile;
    for (; begin < end; begin += group_steps, ++group) {
      if (tile.outputs != nullptr) tile.outputs->Fetch();
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) StartGroup(b* at.int_sum[t * at.blocks], LUTGEMM_TILE_SUMS_OF(t));
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
      steps(HWY_MIN(group_steps, end - begin), prefetch, LUTGEMM_TILE_SUMS);
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) FoldGroup<kKind>(at, t, from, LUTGEMM_TILE_SUMS_OF(t));
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
      from = at.inner;
      at.NextGroup();
    }
    EndTileSpan<kTokens>(at, group - 1, group - first);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_SPAN_TILE_INL_H_
