// Method lut5: codes of two planes, looked up five weights at a time for many tokens. Two tables
// of 32 entries fill one 64-entry byte lookup, and the four bytes of an output are its two planes
// in both: 10 weights where method lut4 looks up 8. Nibbles of bits become indices of five once
// per chunk of K.

#include "kernels/common/lookup_row-inl.h"
#include "kernels/common/panel-inl.h"
#include "kernels/contract.h"
#include "kernels/lut5/expand-inl.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Lookups of n rows of a panel; tokens' tables are `stride` bytes apart.
template <int kTokens>
HWY_INLINE void Lut5Rows(const uint8_t* HWY_RESTRICT panel, const int8_t* HWY_RESTRICT table,
                         size_t stride, size_t n, uint32_t multipliers, TilePrefetch& prefetch,
                         LUTGEMM_TILE_SUM_PARAMETERS) {
  const hn::ScalableTag<uint8_t> du8;
  const auto m = hn::BitCast(du8, hn::Set(hn::ScalableTag<uint32_t>(), multipliers));
  for (; n != 0; --n) {
    hwy::Prefetch(prefetch.at);
    prefetch.at += prefetch.step;
    LookupRow<kTokens>(m, panel, table, stride, LUTGEMM_TILE_SUMS);
    panel += kIndexRow;
    table += kLut5Tables;
  }
}

template <int kTokens, FoldKind kKind>
HWY_NOINLINE void Lut5Tile(const Tile& tile) {
  const size_t stride = tile.args->act.token_bytes;
  const uint8_t* panel = tile.panel;
  const auto* tables = reinterpret_cast<const int8_t*>(tile.args->act.data + tile.token * stride);
  tables += tile.begin * kLut5Tables;
  const uint8_t* mult = tile.args->weight.plane_mult;
  const uint32_t multipliers = (mult[0] | uint32_t{mult[1]} << 8) * 0x10001;
  const auto steps = [&](size_t n, TilePrefetch& prefetch,
                         LUTGEMM_TILE_SUM_PARAMETERS) LUTGEMM_LOOP_ATTR {
    Lut5Rows<kTokens>(panel, tables, stride, n, multipliers, prefetch, LUTGEMM_TILE_SUMS);
    panel += n * kIndexRow;
    tables += n * kLut5Tables;
  };
  ForEachBlockOfTile<kTokens, kKind, false>(tile, steps);
}

template <FoldKind kKind>
HWY_INLINE void Lut5Tokens(const Tile& tile, size_t tokens) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return Lut5Tile<t + 1, kKind>(tile);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

inline HWY_NOINLINE void Lut5Tokens(FoldKind kind, const Tile& tile, size_t tokens) {
  switch (kind) {
    case FoldKind::kGeneral:
    case FoldKind::kOffset:
    case FoldKind::kSpan:
    case FoldKind::kSpanOffset:
      return Lut5Tokens<FoldKind::kGeneral>(tile, tokens);
    case FoldKind::kPlain:
      return Lut5Tokens<FoldKind::kPlain>(tile, tokens);
    case FoldKind::kCentred:
      return Lut5Tokens<FoldKind::kCentred>(tile, tokens);
  }
}

// Strips of a call, whose panels share a tile's tables while they are in the L1 cache.
static constexpr size_t kLut5Strips = 2;

inline HWY_NOINLINE void Lut5Gemm(const KernelArgs& given) {
  KernelArgs args = given;
  args.weight.fold.half = 0;  // tables are halved in preparation
  const size_t group_bytes = args.range.chunk * kIndexRow;
  const auto expand = [&](size_t begin, size_t end) HWY_ATTR {
    for (size_t output = 0; output < args.strips * 32; output += 32) {
      uint8_t* panel = args.panel + output / kAccUnit * group_bytes + output % kAccUnit * 4;
      const size_t strip = args.strip + StripOf(args, output);
      ExpandLut5(args, args.weight.codes + strip * args.weight.strip_bytes, begin, end, panel);
    }
  };
  const FoldKind kind = KindOf(args);
  ForEachChunk(args, expand, [&](Tile& chunk_tile) HWY_ATTR {
    const auto run = [&](const Tile& tile, size_t tokens)
                         HWY_ATTR { Lut5Tokens(kind, tile, tokens); };
    ForEachTile(args, chunk_tile, group_bytes, run, [](const Tile&, size_t) {});
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
