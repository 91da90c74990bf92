// Method ternary3: ternary weights of the kTrits layout, looked up three at a time for many
// tokens. The 27 sums of three activations are 14 and their negatives: four such tables fill one
// 64-entry byte lookup, and the byte dot product applies the signs while it adds four lookups of an
// output. Three bytes of five trits become five indices with signs, once per chunk of K.

#include "kernels/common/panel-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"
#include "kernels/ternary3/expand-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Lookups of n rows of a panel; tokens' tables are `stride` bytes apart.
template <int kTokens>
HWY_INLINE void Ternary3Rows(const uint8_t* HWY_RESTRICT panel, const uint8_t* HWY_RESTRICT table,
                             size_t stride, size_t n, const int32_t* HWY_RESTRICT bias,
                             TilePrefetch& prefetch, LUTGEMM_TILE_SUM_PARAMETERS) {
  const TileTag di32;
  const hn::ScalableTag<uint8_t> du8;
  const size_t n32 = hn::Lanes(di32);
#define LUTGEMM_X(t)                                      \
  if constexpr (t < kTokens) {                            \
    a##t = hn::Sub(a##t, hn::Load(di32, bias));           \
    b##t = hn::Sub(b##t, hn::Load(di32, bias + n32));     \
    c##t = hn::Sub(c##t, hn::Load(di32, bias + 2 * n32)); \
    d##t = hn::Sub(d##t, hn::Load(di32, bias + 3 * n32)); \
  }
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  const size_t prefetch_step = prefetch.step / kStepRows + 1;
  do {
    const uint8_t* stop = prefetch.at + prefetch_step;
    for (const uint8_t* at = prefetch.at; at < stop; at += 64) hwy::Prefetch(at);
    prefetch.at = stop;
    const auto i0 = hn::Load(du8, panel), i1 = hn::Load(du8, panel + 64);
    const auto i2 = hn::Load(du8, panel + 128), i3 = hn::Load(du8, panel + 192);
    const auto* signs = reinterpret_cast<const int8_t*>(panel) + 256;
#define LUTGEMM_X(t)                                      \
  if constexpr (t < kTokens) {                            \
    const auto x##t = hn::Load(du8, table + t * stride);  \
    AddDotBytesAt(Lookup64(x##t, i0), signs, a##t);       \
    AddDotBytesAt(Lookup64(x##t, i1), signs + 64, b##t);  \
    AddDotBytesAt(Lookup64(x##t, i2), signs + 128, c##t); \
    AddDotBytesAt(Lookup64(x##t, i3), signs + 192, d##t); \
  }
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    panel += kTernary3Row;
    table += 64;
  } while (--n != 0);
}

// A register tile; a chunk lies in one block.
template <int kTokens>
HWY_NOINLINE void Ternary3Tile(const Tile& tile, const int32_t* HWY_RESTRICT bias) {
  const size_t stride = tile.args->act.token_bytes;
  const uint8_t* tables = tile.args->act.data + tile.token * stride;
  tables += tile.begin * kStepRows * 64;
  const auto steps = [&](size_t n, TilePrefetch& prefetch, LUTGEMM_TILE_SUM_PARAMETERS)
                         LUTGEMM_LOOP_ATTR {
                           Ternary3Rows<kTokens>(tile.panel, tables, stride, n * kStepRows, bias,
                                                 prefetch, LUTGEMM_TILE_SUMS);
                         };
  ForEachBlockOfTile<kTokens, FoldKind::kCentred, false>(tile, steps);
}

HWY_INLINE void Ternary3Tokens(const Tile& tile, size_t tokens, const int32_t* bias) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return Ternary3Tile<t + 1>(tile, bias);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

// Strips that share a tile's tables: their panels fit the L1 cache with them.
static constexpr size_t kTernary3Strips = 2;

inline HWY_NOINLINE void Ternary3Gemm(const KernelArgs& args) {
  const size_t strip_panel = args.range.chunk * kStepRows * kTernary3Row;
  alignas(64) int32_t bias[kTernary3Strips * 64];
  for (Tile tile = FirstTile(args); tile.at.begin < args.range.end; tile.at.Next()) {
    for (tile.begin = tile.at.begin; tile.begin < tile.at.end; tile.begin = tile.end) {
      tile.end = HWY_MIN(tile.begin + args.range.chunk, tile.at.end);
      for (size_t strip = 0; strip < args.strips; ++strip) {
        ExpandTernary3(args, strip, tile.begin, tile.end, args.panel + strip * strip_panel,
                       bias + strip * 64);
      }
      ExpandScales(args, tile.at.group, tile.at.group + 1);
      const auto run = [&](const Tile& one, size_t tokens)
                           HWY_ATTR { Ternary3Tokens(one, tokens, bias + one.output); };
      ForEachTile(args, tile, strip_panel, run, [](const Tile&, size_t) {});
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
