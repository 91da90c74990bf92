// Spans of method dot whose sums stay in registers, where there are enough of them: half a tile's
// outputs at a time, two vectors of integer sums and two of floats for each token.
//
// With the floats in memory a group's end takes 50 cycles for 24 sums, of which their conversions
// and additions are 24; this way it takes 25. Tiles of four tokens or fewer would not keep the
// products' latency busy with half their sums.
#if defined(LUTGEMM_KERNELS_DOT_REGISTER_SPAN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_REGISTER_SPAN_INL_H_
#undef LUTGEMM_KERNELS_DOT_REGISTER_SPAN_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_REGISTER_SPAN_INL_H_
#endif

#include "base/bits.h"
#include "base/check.h"
#include "kernels/common/merged_span-inl.h"
#include "kernels/common/prefetch-inl.h"
#include "kernels/common/span_tile-inl.h"
#include "kernels/common/tile-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/dot/products-inl.h"

// Products that are made of several instructions need registers of their own.
#undef LUTGEMM_REGISTER_SPANS
#define LUTGEMM_REGISTER_SPANS \
  (LUTGEMM_TILE_VECTORS == 4 && LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE)

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_REGISTER_SPANS

// Of a span's groups, for each token of a tile: what integer sums start from, B * S, and S itself
// as floats where offsets are multiplied by it. Tokens are kMost apart.
struct SpanStarts {
  static constexpr size_t kMost = SpanSums::kMost;
  alignas(64) int32_t start[LUTGEMM_TILE_TOKENS * kMost];
  alignas(64) float sum[LUTGEMM_TILE_TOKENS * kMost];

  template <int kTokens, FoldKind kKind>
  HWY_INLINE void Fill(const SpanTile& at, size_t groups) {
    if constexpr (kKind == FoldKind::kMerged) {
      for (size_t t = 0; t < kTokens; ++t) start[t * kMost] = MergedStart(at, t, groups);
      return;
    }
    const TileTag di32;
    const hn::Rebind<float, TileTag> df;
    const auto b = hn::Set(di32, at.args.weight.fold.b);
    const int32_t* from = at.int_sum;
    for (size_t g = 0; g < groups; g += hn::Lanes(di32)) {
      const auto mask = hn::FirstN(di32, groups - g);
#define LUTGEMM_X(t)                                                        \
  if constexpr (t < kTokens) {                                              \
    const auto sums = hn::MaskedLoad(mask, di32, from + g + t * at.blocks); \
    hn::Store(hn::Mul(sums, b), di32, start + t * kMost + g);               \
    if constexpr (kKind == FoldKind::kSpanOffset) {                         \
      hn::Store(hn::ConvertTo(df, sums), df, sum + t * kMost + g);          \
    }                                                                       \
  }
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    }
  }
};

// Half a tile's outputs over one span.
struct HalfSpan {
  const uint8_t* panel;
  const int8_t* act;
  const float* scale;
  const float* offset;
  const float* from;  // acc, but for the first span, which adds to zeros
  float* acc;
  size_t groups, last;     // and the last one's steps
  size_t factor_of[2];     // elements of the factors, for each vector
  const float* act_scale;  // of the first token
  OutputLines* outputs;    // null where none are fetched
};

// The factors of one vector of outputs; 1 without super-groups.
HWY_INLINE hn::Vec<SpanTag> HalfSpanFactors(const WeightArgs& w, size_t index) {
  const SpanTag df;
  if (w.factors == nullptr) return hn::Set(df, 1.0f);
  return LoadAsF32(df, w.factors, w.factor_elem, index);
}

// Adds half a tile's products over a span to acc.
template <int kTokens, FoldKind kKind, Bytes kBytes>
HWY_INLINE void DotHalfSpan(const SpanTile& at, const SpanStarts& starts, const HalfSpan& span,
                            TilePrefetch& prefetch) {
  const TileTag di32;
  const hn::Rebind<float, TileTag> df;
  const hn::Repartition<uint8_t, TileTag> du8;
  const size_t lanes = hn::Lanes(di32), stride = at.args.act.token_bytes;
  const uint8_t* panel = span.panel;
  // Two tokens to a pointer: addresses of all six would not stay in registers.
  const int8_t* act0 = span.act;
  const int8_t* act2 = act0 + 2 * stride;
  const int8_t* act4 = act0 + 4 * stride;
  const float* scale = span.scale;
  [[maybe_unused]] const float* offset = span.offset;
  const int32_t* start = starts.start;
  [[maybe_unused]] const float* total = starts.sum;
#define LUTGEMM_X(t)                   \
  [[maybe_unused]] TileSum a##t, b##t; \
  [[maybe_unused]] auto f##t = hn::Zero(df), g##t = f##t;
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  for (size_t groups = span.groups; groups != 0; --groups) {
    if (span.outputs != nullptr) span.outputs->Fetch();
#define LUTGEMM_X(t)                                    \
  if constexpr (t < kTokens) {                          \
    a##t = hn::Set(di32, start[t * SpanStarts::kMost]); \
    b##t = a##t;                                        \
  }
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    size_t n = groups == 1 ? span.last : at.args.grid.group_steps;
    do {
      LoadAnew(act2), LoadAnew(act4);
      const uint8_t* stop = prefetch.at + prefetch.step;
      for (const uint8_t* line = prefetch.at; line < stop; line += 64) hwy::Prefetch(line);
      prefetch.at = stop;
      for (size_t j = 0; j < 4; ++j) {
        const auto w0 = hn::Load(du8, panel + j * kPanelRow);
        const auto w1 = hn::Load(du8, panel + j * kPanelRow + hn::Lanes(du8));
#define LUTGEMM_X(t)                                                     \
  if constexpr (t < kTokens) {                                           \
    const int8_t* act = t < 2 ? act0 : t < 4 ? act2 : act4;              \
    const auto x##t = BroadcastFour(di32, act + j * 4 + t % 2 * stride); \
    AddTileDot<kBytes>(di32, w0, x##t, a##t);                            \
    AddTileDot<kBytes>(di32, w1, x##t, b##t);                            \
  }
        LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
      }
      panel += 4 * kPanelRow, act0 += 16, act2 += 16, act4 += 16;
    } while (--n != 0);
    if constexpr (kKind == FoldKind::kMerged) {
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) f##t = hn::ConvertTo(df, a##t), g##t = hn::ConvertTo(df, b##t);
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
      break;
    }
    const auto s0 = hn::Load(df, scale), s1 = hn::Load(df, scale + lanes);
#define LUTGEMM_X(t)                                     \
  if constexpr (t < kTokens) {                           \
    f##t = Fused(df, hn::ConvertTo(df, a##t), s0, f##t); \
    g##t = Fused(df, hn::ConvertTo(df, b##t), s1, g##t); \
  }
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    if constexpr (kKind == FoldKind::kSpanOffset) {
      const auto o0 = hn::Load(df, offset), o1 = hn::Load(df, offset + lanes);
#define LUTGEMM_X(t)                                                 \
  if constexpr (t < kTokens) {                                       \
    const auto total##t = hn::Set(df, total[t * SpanStarts::kMost]); \
    f##t = Fused(df, o0, total##t, f##t);                            \
    g##t = Fused(df, o1, total##t, g##t);                            \
  }
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
      ++total, offset += kAccUnit;
    }
    scale += kAccUnit, ++start;
  }
  const auto factor0 = HalfSpanFactors(at.args.weight, span.factor_of[0]);
  const auto factor1 = HalfSpanFactors(at.args.weight, span.factor_of[1]);
#define LUTGEMM_X(t)                                                                               \
  if constexpr (t < kTokens) {                                                                     \
    const auto by = hn::Set(df, span.act_scale[t * at.blocks]);                                    \
    const float* from = span.from + t * kAccUnit;                                                  \
    float* acc = span.acc + t * kAccUnit;                                                          \
    hn::Store(Fused(df, f##t, hn::Mul(by, factor0), hn::Load(df, from)), df, acc);                 \
    hn::Store(Fused(df, g##t, hn::Mul(by, factor1), hn::Load(df, from + lanes)), df, acc + lanes); \
  }
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
}

// Elements of the factors of a tile's vectors of outputs in the super-group of `group`.
struct TileFactors {
  size_t of[LUTGEMM_TILE_VECTORS] = {};

  HWY_INLINE TileFactors(const SpanTile& at, size_t group) {
    const KernelArgs& args = at.args;
    if (args.weight.factors == nullptr) return;
    for (size_t v = 0; v < LUTGEMM_TILE_VECTORS; ++v) {
      const size_t output = at.tile.output + v * hn::Lanes(TileTag());
      const size_t strip = args.strip + StripOf(args, output);
      of[v] = FactorIndex(args, strip, group, output % args.weight.strip);
    }
  }
  HWY_INLINE void NextSpan(size_t strip) {
    for (size_t& index : of) index += strip;
  }
};

// ForEachGroupOfTile with the products of its steps.
template <int kTokens, FoldKind kKind, Bytes kBytes>
HWY_INLINE void DotSpans(const Tile& tile) {
  SpanTile at(tile);
  const KernelArgs& args = at.args;
  const BlockGrid& grid = args.grid;
  const size_t span_steps = grid.border_steps(), half = TileOutputs() / 2;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data);
  act += tile.token * args.act.token_bytes + tile.begin * 16;
  const uint8_t* panel = tile.panel;
  const float* act_scale = args.act.scale + (at.int_sum - args.act.int_sum);
  LUTGEMM_DCHECK(tile.at.starts_span() && tile.begin == tile.at.begin);
  TilePrefetch prefetch = tile.prefetch;
  SpanStarts starts;
  size_t group = tile.at.group;
  TileFactors factors(at, group);
  for (size_t begin = tile.begin; begin < tile.end; begin += span_steps) {
    const size_t steps = HWY_MIN(span_steps, tile.end - begin);
    size_t groups = grid.span_groups;
    if (HWY_UNLIKELY(groups * grid.group_steps != steps)) {
      groups = base::CeilDiv(steps, grid.group_steps);
    }
    starts.Fill<kTokens, kKind>(at, groups);
    float* acc = args.acc + at.acc;
    // Merged bytes have no groups.
    const bool merged = kKind == FoldKind::kMerged;
    const size_t last = merged ? steps : steps - (groups - 1) * grid.group_steps;
    HalfSpan span = {panel,
                     act,
                     at.scale,
                     at.offset,
                     group == 0 ? kZeroTile : acc,
                     acc,
                     merged ? 1 : groups,
                     last,
                     {factors.of[0], factors.of[1]},
                     act_scale + groups - 1,
                     tile.outputs};
    DotHalfSpan<kTokens, kKind, kBytes>(at, starts, span, prefetch);
    span = {panel + half * 4,
            act,
            at.scale + half,
            at.offset + half,
            span.from + half,
            acc + half,
            merged ? 1 : groups,
            last,
            {factors.of[2], factors.of[3]},
            span.act_scale,
            nullptr};
    TilePrefetch none = {nullptr, 0};
    DotHalfSpan<kTokens, kKind, kBytes>(at, starts, span, none);
    panel += steps * 4 * kPanelRow, act += steps * 16, act_scale += groups, group += groups;
    factors.NextSpan(args.weight.strip);
    at.int_sum += groups, at.scale += groups * kAccUnit, at.offset += groups * kAccUnit;
    if (args.weight.offset_factors != nullptr) {
      EndTileSpanOffsets<kTokens>(at, group - 1, groups);
    }
  }
}

#endif

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_REGISTER_SPAN_INL_H_
