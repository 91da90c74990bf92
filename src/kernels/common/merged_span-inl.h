// A register tile over spans whose bytes have the scales of their groups in them
// (dot/merged_scales-inl.h): a span is one run of products.
#if defined(LUTGEMM_KERNELS_COMMON_MERGED_SPAN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_MERGED_SPAN_INL_H_
#undef LUTGEMM_KERNELS_COMMON_MERGED_SPAN_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_MERGED_SPAN_INL_H_
#endif

#include "kernels/common/span_tile-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/common/tile_sums-inl.h"
#include "kernels/contract.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// What a token's sums of a span of merged bytes start from: the bias times the sum of activations,
// off. `at` is at the first of the span's groups.
HWY_INLINE int32_t MergedStart(const SpanTile& at, size_t t, size_t groups) {
  const TileTag di32;
  const int32_t bias = at.tile.scales.bias;
  if (bias == 0) return 0;
  auto sum = hn::Zero(di32);
  for (size_t g = 0; g < groups; g += hn::Lanes(di32)) {
    const auto mask = hn::FirstN(di32, groups - g);
    sum = hn::Add(sum, hn::MaskedLoad(mask, di32, at.int_sum + t * at.blocks + g));
  }
  return -bias * hn::ReduceSum(di32, sum);
}

// What a span of merged bytes needs besides, in memory: vectors that are live across the products
// would take registers from their sums.
struct MergedSpan {
  int32_t start[LUTGEMM_TILE_TOKENS];
  alignas(64) float factors[LUTGEMM_TILE_VECTORS * 16];

  // Of a span of `groups` groups, the first of which is `group`; `at` is at it.
  HWY_NOINLINE void Fill(const SpanTile& at, size_t tokens, size_t group, size_t groups) {
    const hn::Rebind<float, TileTag> df;
    for (size_t t = 0; t < tokens; ++t) start[t] = MergedStart(at, t, groups);
    const WeightArgs& w = at.args.weight;
    for (size_t o = 0; o < TileOutputs(); o += hn::Lanes(df)) {
      const size_t index = TileFactorIndex(at, group, o);
      hn::Store(LoadAsF32(df, w.factors, w.factor_elem, index), df, factors + o);
    }
  }
};

// Adds a vector of a token's sums of a span to what is at `from`.
template <class V, class VF>
HWY_INLINE void EndSpanVector(const float* factors, VF by, const float* from, float* acc, V sums) {
  const hn::Rebind<float, TileTag> df;
  const auto factor = hn::Mul(by, hn::Load(df, factors));
  hn::Store(Fused(df, hn::ConvertTo(df, sums), factor, hn::Load(df, from)), df, acc);
}

// Adds one token's sums of a span. `act` is the scale of its activations.
template <class... V>
HWY_INLINE void EndSpanOfToken(float act, const float* factors, const float* from, float* acc,
                               V... sums) {
  const hn::Rebind<float, TileTag> df;
  const auto by = hn::Set(df, act);
  size_t o = 0;
  ((EndSpanVector(factors + o, by, from + o, acc + o, sums), o += hn::Lanes(df)), ...);
}

// ForEachBlockOfTile of panel-inl.h over spans whose bytes have their scales in them: calls
// steps(n, prefetch, sums...) for each.
template <int kTokens, class Steps>
HWY_INLINE void ForEachSpanOfTile(const Tile& tile, Steps steps) {
  SpanTile at(tile);
  const BlockGrid& grid = at.args.grid;
  TilePrefetch prefetch = tile.prefetch;
  TileSum LUTGEMM_TILE_SUMS;
  MergedSpan span;
  size_t group = tile.at.group;
  for (size_t begin = tile.begin; begin < tile.end; begin += grid.border_steps()) {
    const size_t n = HWY_MIN(grid.border_steps(), tile.end - begin);
    const size_t groups = base::CeilDiv(n, grid.group_steps);
    for (size_t g = 0; tile.outputs != nullptr && g < groups; ++g) tile.outputs->Fetch();
    span.Fill(at, kTokens, group, groups);
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) StartGroup(span.start[t], LUTGEMM_TILE_SUMS_OF(t));
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    steps(n, prefetch, LUTGEMM_TILE_SUMS);
    float* acc = at.args.acc + at.acc;
    const float* from = group == 0 ? kZeroTile : acc;
    const float* act = at.args.act.scale + (at.int_sum - at.args.act.int_sum) + groups - 1;
#define LUTGEMM_X(t)                                                                          \
  if constexpr (t < kTokens) {                                                                \
    EndSpanOfToken(act[t * at.blocks], span.factors, from + t * kAccUnit, acc + t * kAccUnit, \
                   LUTGEMM_TILE_SUMS_OF(t));                                                  \
  }
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    group += groups;
    at.int_sum += groups, at.offset += groups * kAccUnit;
    if (at.args.weight.offset_factors != nullptr) {
      EndTileSpanOffsets<kTokens>(at, group - 1, groups);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_MERGED_SPAN_INL_H_
