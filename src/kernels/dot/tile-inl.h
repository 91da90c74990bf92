// The register tile of method dot: panels of bytes times int8 activations.

#include "kernels/common/panel-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/dot/products-inl.h"
#include "kernels/dot/register_span-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_TILE_VECTORS == 4
#define LUTGEMM_WIDE_TILE(statement) statement
#else
#define LUTGEMM_WIDE_TILE(statement)
#endif

// Products of n slices, whose panel and activations are passed by; tokens' activations are `stride`
// bytes apart.
template <int kTokens, Bytes kBytes>
HWY_INLINE void DotSlices(const uint8_t*& panel, const int8_t*& act, size_t stride, size_t n,
                          TilePrefetch& prefetch, LUTGEMM_TILE_SUM_PARAMETERS) {
  const TileTag di32;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  do {
    const uint8_t* stop = prefetch.at + prefetch.step;
    for (const uint8_t* at = prefetch.at; at < stop; at += 64) hwy::Prefetch(at);
    // A slice at a time: short loops end without a mispredicted branch.
    for (size_t j = 0; j < 4; ++j) {
      const auto w0 = hn::Load(du8, panel + j * kPanelRow);
      const auto w1 = hn::Load(du8, panel + j * kPanelRow + hn::Lanes(du8));
      LUTGEMM_WIDE_TILE(const auto w2 = hn::Load(du8, panel + j * kPanelRow + 2 * hn::Lanes(du8)));
      LUTGEMM_WIDE_TILE(const auto w3 = hn::Load(du8, panel + j * kPanelRow + 3 * hn::Lanes(du8)));
#define LUTGEMM_X(t)                                                 \
  if constexpr (t < kTokens) {                                       \
    const auto x##t = BroadcastFour(di32, act + j * 4 + t * stride); \
    AddTileDot<kBytes>(di32, w0, x##t, a##t);                        \
    AddTileDot<kBytes>(di32, w1, x##t, b##t);                        \
    LUTGEMM_WIDE_TILE(AddTileDot<kBytes>(di32, w2, x##t, c##t));     \
    LUTGEMM_WIDE_TILE(AddTileDot<kBytes>(di32, w3, x##t, d##t));     \
  }
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    }
    panel += 4 * kPanelRow, act += 16, prefetch.at += prefetch.step;
  } while (--n != 0);
}

#if LUTGEMM_BYTE_PRODUCT == LUTGEMM_PRODUCT_NONE
// The same for nibbles: pairs of two slices are summed in 16 bits, which takes 2.25 instructions
// for a vector of products instead of three. The sums of 32 bits wait, in memory where they do not
// fit.
template <int kTokens>
HWY_INLINE void NibbleSlices(const uint8_t*& panel, const int8_t*& act, size_t stride, size_t n,
                             TilePrefetch& prefetch, LUTGEMM_TILE_SUM_PARAMETERS) {
  const TileTag di32;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const hn::Repartition<int16_t, decltype(di32)> di16;
  constexpr size_t kSlices = kNibbleProducts / 4;
  while (n != 0) {
    const size_t slices = n < kSlices ? n : kSlices;
    n -= slices;
    const uint8_t* stop = prefetch.at + slices * prefetch.step;
    for (; prefetch.at < stop; prefetch.at += 64) hwy::Prefetch(prefetch.at);
    prefetch.at = stop;
    using Pairs = hn::Vec<decltype(di16)>;
#define LUTGEMM_X(t) Pairs e##t = hn::Zero(di16), f##t = e##t, g##t = e##t, h##t = e##t;
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    for (size_t j = 0; j < 4 * slices; ++j, panel += kPanelRow, act += 4) {
      const auto w0 = hn::Load(du8, panel), w1 = hn::Load(du8, panel + hn::Lanes(du8));
      LUTGEMM_WIDE_TILE(const auto w2 = hn::Load(du8, panel + 2 * hn::Lanes(du8)));
      LUTGEMM_WIDE_TILE(const auto w3 = hn::Load(du8, panel + 3 * hn::Lanes(du8)));
#define LUTGEMM_X(t)                                         \
  if constexpr (t < kTokens) {                               \
    const auto x##t = BroadcastFour(di32, act + t * stride); \
    AddPairs(di32, w0, x##t, e##t);                          \
    AddPairs(di32, w1, x##t, f##t);                          \
    LUTGEMM_WIDE_TILE(AddPairs(di32, w2, x##t, g##t));       \
    LUTGEMM_WIDE_TILE(AddPairs(di32, w3, x##t, h##t));       \
  }
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    }
#define LUTGEMM_X(t)                                 \
  if constexpr (t < kTokens) {                       \
    AddWidened(di32, e##t, a##t);                    \
    AddWidened(di32, f##t, b##t);                    \
    LUTGEMM_WIDE_TILE(AddWidened(di32, g##t, c##t)); \
    LUTGEMM_WIDE_TILE(AddWidened(di32, h##t, d##t)); \
  }
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}
#endif

template <int kTokens, FoldKind kKind, Bytes kBytes>
HWY_NOINLINE void DotTile(const Tile& tile) {
#if LUTGEMM_REGISTER_SPANS
  if constexpr ((IsSpan(kKind) || kKind == FoldKind::kMerged) && kTokens > 4) {
    return DotSpans<kTokens, kKind, kBytes>(tile);
  }
#endif
  const size_t stride = tile.args->act.token_bytes;
  const uint8_t* panel = tile.panel;
  const auto* act = reinterpret_cast<const int8_t*>(tile.args->act.data + tile.token * stride);
  act += tile.begin * 16;
  const auto steps = [&](size_t n, TilePrefetch& prefetch,
                         LUTGEMM_TILE_SUM_PARAMETERS) LUTGEMM_LOOP_ATTR {
#if LUTGEMM_BYTE_PRODUCT == LUTGEMM_PRODUCT_NONE
    if constexpr (kBytes == Bytes::kNibbles) {
      return NibbleSlices<kTokens>(panel, act, stride, n, prefetch, LUTGEMM_TILE_SUMS);
    }
#endif
    DotSlices<kTokens, kBytes>(panel, act, stride, n, prefetch, LUTGEMM_TILE_SUMS);
  };
  ForEachBlockOfTile<kTokens, kKind, true>(tile, steps);
}

template <FoldKind kKind, Bytes kBytes>
HWY_INLINE void DotTokens(const Tile& tile, size_t tokens) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return DotTile<t + 1, kKind, kBytes>(tile);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

template <Bytes kBytes>
HWY_INLINE void DotTokens(FoldKind kind, const Tile& tile, size_t tokens) {
  switch (kind) {
    case FoldKind::kGeneral:
      return DotTokens<FoldKind::kGeneral, kBytes>(tile, tokens);
    case FoldKind::kOffset:
      return DotTokens<FoldKind::kOffset, kBytes>(tile, tokens);
    case FoldKind::kSpan:
      return DotTokens<FoldKind::kSpan, kBytes>(tile, tokens);
    case FoldKind::kSpanOffset:
      return DotTokens<FoldKind::kSpanOffset, kBytes>(tile, tokens);
    case FoldKind::kMerged:
      return DotTokens<FoldKind::kMerged, Bytes::kSmall>(tile, tokens);
    case FoldKind::kPlain:
    case FoldKind::kCentred:
      return DotTokens<FoldKind::kPlain, kBytes>(tile, tokens);
  }
}

#undef LUTGEMM_WIDE_TILE

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
