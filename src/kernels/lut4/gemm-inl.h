// Method lut4 with 64-entry byte lookups and byte products: the four neighbouring bytes of an
// output index four tables held in one register, and the product with the plane's multiplier
// sums them exactly. Tokens share a panel of decoded indices.

#include "kernels/common/fold-inl.h"
#include "kernels/common/lookup_row-inl.h"
#include "kernels/common/panel-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Indices of slices [begin, end) of one strip, to its half of a panel's rows: one for a plane of a
// slice.
template <int kPlanes>
HWY_INLINE void ExpandIndices(const uint8_t* codes, size_t begin, size_t end, uint8_t* panel) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  const auto table_of_byte = hn::Load(du8, kTableOfByte);
  const auto nibble = hn::Set(du8, uint8_t{15});
  for (size_t i = begin * kPlanes; i < end * kPlanes; ++i, panel += kIndexRow) {
    const auto cell = hn::Load(du8, codes + i * 64);
    const auto shifted = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, cell)));
    hn::Store(MaskedOr(cell, nibble, table_of_byte), du8, panel);
    hn::Store(MaskedOr(shifted, nibble, table_of_byte), du8, panel + 64);
  }
}

// One lookup and one byte product per vector of outputs, token, plane and pass, for n slices;
// tokens' tables are `stride` bytes apart.
template <int kTokens, int kPasses>
HWY_INLINE void Lut4Slices(const WeightArgs& w, const uint8_t* HWY_RESTRICT panels,
                           const int8_t* HWY_RESTRICT tables, size_t stride, size_t slices,
                           TilePrefetch& prefetch, LUTGEMM_TILE_SUM_PARAMETERS) {
  const hn::ScalableTag<uint8_t> du8;
  const size_t planes = w.planes;
  const size_t prefetch_step = prefetch.step / (planes * kPasses) + 1;
  for (size_t p = 0; p < planes; ++p) {
    for (size_t pass = 0; pass < kPasses; ++pass) {
      // Plane by plane, so that g++ 12 finds no tables to hoist: they would not fit.
      const auto m = hn::Set(du8, static_cast<uint8_t>(w.plane_mult[p] << (4 * pass)));
      const uint8_t* panel = panels + p * kIndexRow;
      const int8_t* table = tables + pass * 64;
      for (size_t n = slices; n != 0; --n) {
        hwy::Prefetch(prefetch.at);
        prefetch.at += prefetch_step;
        LookupRow<kTokens>(m, panel, table, stride, LUTGEMM_TILE_SUMS);
        panel += planes * kIndexRow;
        table += kPasses * 64;
      }
    }
  }
}

template <int kTokens, int kPasses, FoldKind kKind>
HWY_NOINLINE void Lut4Tile(const Tile& tile) {
  const WeightArgs& w = tile.args->weight;
  const size_t stride = tile.args->act.token_bytes;
  const uint8_t* panel = tile.panel;
  const auto* tables = reinterpret_cast<const int8_t*>(tile.args->act.data + tile.token * stride);
  tables += tile.begin * kPasses * 64;
  const auto steps = [&](size_t n, TilePrefetch& prefetch,
                         LUTGEMM_TILE_SUM_PARAMETERS) LUTGEMM_LOOP_ATTR {
    Lut4Slices<kTokens, kPasses>(w, panel, tables, stride, n, prefetch, LUTGEMM_TILE_SUMS);
    panel += n * w.planes * kIndexRow;
    tables += n * kPasses * 64;
  };
  ForEachBlockOfTile<kTokens, kKind, kPasses == 2>(tile, steps);
}

template <int kPasses, FoldKind kKind>
HWY_INLINE void Lut4Tokens(const Tile& tile, size_t tokens) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return Lut4Tile<t + 1, kPasses, kKind>(tile);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

template <int kPasses>
HWY_NOINLINE void Lut4Tokens(FoldKind kind, const Tile& tile, size_t tokens) {
  switch (kind) {
    case FoldKind::kGeneral:
    case FoldKind::kOffset:
    case FoldKind::kSpan:
    case FoldKind::kSpanOffset:
    case FoldKind::kMerged:
      return Lut4Tokens<kPasses, FoldKind::kGeneral>(tile, tokens);
    case FoldKind::kPlain:
      return Lut4Tokens<kPasses, FoldKind::kPlain>(tile, tokens);
    case FoldKind::kCentred:
      return Lut4Tokens<kPasses, FoldKind::kCentred>(tile, tokens);
  }
}

// Strips of a call: their panels share a tile's tables while they are in the L1 cache.
static constexpr size_t kLut4GemmStrips = 4;

// Any number of tokens; K in parts.
template <int kPlanes, int kPasses>
HWY_NOINLINE void Lut4Gemm(const KernelArgs& given) {
  KernelArgs args = given;
  if (kPasses == 1) args.weight.fold.half = 0;  // fast tables are halved in packing
  const size_t group_bytes = args.range.chunk * kPlanes * kIndexRow;
  const auto expand = [&](size_t begin, size_t end) HWY_ATTR {
    for (size_t output = 0; output < args.strips * 32; output += kAccUnit) {
      uint8_t* panel = args.panel + output / kAccUnit * group_bytes;
      for (size_t half = 0; half < 2; ++half) {
        const size_t strip = args.strip + StripOf(args, output + half * 32);
        const uint8_t* codes = args.weight.codes + strip * args.weight.strip_bytes;
        ExpandIndices<kPlanes>(codes, begin, end, panel + half * 128);
      }
    }
  };
  const FoldKind kind = KindOf(args);
  ForEachChunk(args, expand, [&](Tile& chunk_tile) HWY_ATTR {
    const auto run = [&](const Tile& tile, size_t tokens)
                         HWY_ATTR { Lut4Tokens<kPasses>(kind, tile, tokens); };
    ForEachTile(args, chunk_tile, group_bytes, run, [](const Tile&, size_t) {});
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
