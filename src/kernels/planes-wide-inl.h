// Family `planes` with 64-entry byte lookups and a byte dot product: the four neighbouring bytes of
// an output index four tables held in one register, and the dot product with the plane's multiplier
// sums them exactly. One token reads cells directly; several share a panel of decoded indices.
#if defined(LUTGEMM_KERNELS_PLANES_WIDE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PLANES_WIDE_INL_H_
#undef LUTGEMM_KERNELS_PLANES_WIDE_INL_H_
#else
#define LUTGEMM_KERNELS_PLANES_WIDE_INL_H_
#endif

#include "kernels/arch/x86_vbmi-inl.h"
#include "kernels/arch/x86_vnni-inl.h"
#include "kernels/args.h"
#include "kernels/fold-inl.h"
#include "kernels/one-token-inl.h"
#include "kernels/ops-inl.h"
#include "kernels/planes-few-inl.h"
#include "kernels/tile-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Adds one slice's lookups of one token to the sums of 32 outputs.
template <int kPlanes, int kPasses, class VI32>
HWY_INLINE void AddSlice(const uint8_t* codes, const int8_t* table, const uint8_t* mult, VI32& low,
                         VI32& high) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<uint16_t> du16;
  const hn::ScalableTag<int32_t> di32;
  const auto table_of_byte = hn::Load(du8, kTableOfByte);
  const auto nibble = hn::Set(du8, uint8_t{15});
  for (int p = 0; p < kPlanes; ++p) {
    const auto cell = hn::Load(du8, codes + p * 64);
    const auto shifted = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, cell)));
    const auto low_index = MaskedOr(cell, nibble, table_of_byte);
    const auto high_index = MaskedOr(shifted, nibble, table_of_byte);
    for (int pass = 0; pass < kPasses; ++pass) {
      const auto entries = hn::Load(di8, table + pass * 64);
      // Exact tables come as l, then h with 16 times the weight.
      const auto m = hn::Set(du8, static_cast<uint8_t>(mult[p] << (4 * pass)));
      AddDotBytes(di32, m, Lookup64(entries, low_index), low);
      AddDotBytes(di32, m, Lookup64(entries, high_index), high);
    }
  }
}

// One token and strip; `accumulators` are one of one-token-inl.h.
template <int kPlanes, int kPasses, class Accumulators>
HWY_INLINE void PlanesOneToken(const LookupArgs& args, size_t strip, Accumulators& accumulators) {
  const hn::ScalableTag<int32_t> di32;
  const uint8_t* cells = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* table =
      reinterpret_cast<const int8_t*>(args.act.data + args.token_begin * args.act.token_bytes);
  constexpr size_t kSliceBytes = kPlanes * 64, kTableBytes = kPasses * 64;
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    // Even and odd slices have sums of their own: the dot product's latency is hidden.
    auto low = hn::Zero(di32), high = low, low2 = low, high2 = low;
    size_t n = at.end - at.begin;
    for (; n >= 2; n -= 2, cells += 2 * kSliceBytes, table += 2 * kTableBytes) {
      for (int p = 0; p < 2 * kPlanes; ++p) hwy::Prefetch(cells + p * 64 + kPrefetchBytes);
      AddSlice<kPlanes, kPasses>(cells, table, args.weight.plane_mult, low, high);
      AddSlice<kPlanes, kPasses>(cells + kSliceBytes, table + kTableBytes, args.weight.plane_mult,
                                 low2, high2);
    }
    if (n != 0) {
      AddSlice<kPlanes, kPasses>(cells, table, args.weight.plane_mult, low, high);
      cells += kSliceBytes, table += kTableBytes;
    }
    accumulators.Fold(at, 0, hn::Add(low, low2), hn::Add(high, high2));
  }
}

// A panel's row: one plane of one slice for 64 outputs, indices of each 16 outputs in one vector.
static constexpr size_t kIndexRow = 256;

// Indices of slices [begin, end) of one strip, to its half of a panel's rows.
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

// One lookup and one dot product per vector of outputs, token, plane and pass, for n slices;
// tokens' tables are `stride` bytes apart.
template <int kTokens, int kPasses>
HWY_INLINE void PlanesSlices(const WeightArgs& w, const uint8_t* HWY_RESTRICT panels,
                             const int8_t* HWY_RESTRICT tables, size_t stride, size_t slices,
                             TileSums& sums) {
  const TileTag di32;
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const size_t planes = w.planes;
  const size_t prefetch_step = sums.prefetch_step / (planes * kPasses) + 1;
  for (size_t p = 0; p < planes; ++p) {
    for (size_t pass = 0; pass < kPasses; ++pass) {
      // Plane by plane, so that g++ 12 finds no tables to hoist: they would not fit.
      const auto m = hn::Set(du8, static_cast<uint8_t>(w.plane_mult[p] << (4 * pass)));
      const uint8_t* panel = panels + p * kIndexRow;
      const int8_t* table = tables + pass * 64;
      for (size_t n = slices; n != 0; --n) {
        hwy::Prefetch(sums.prefetch);
        sums.prefetch += prefetch_step;
        const auto i0 = hn::Load(du8, panel), i1 = hn::Load(du8, panel + 64);
        const auto i2 = hn::Load(du8, panel + 128), i3 = hn::Load(du8, panel + 192);
#define LUTGEMM_X(t)                                     \
  if constexpr (t < kTokens) {                           \
    const auto x##t = hn::Load(di8, table + t * stride); \
    AddDotBytes(di32, m, Lookup64(x##t, i0), sums.a##t); \
    AddDotBytes(di32, m, Lookup64(x##t, i1), sums.b##t); \
    AddDotBytes(di32, m, Lookup64(x##t, i2), sums.c##t); \
    AddDotBytes(di32, m, Lookup64(x##t, i3), sums.d##t); \
  }
        LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
        panel += planes * kIndexRow;
        table += kPasses * 64;
      }
    }
  }
}

template <int kTokens, int kPasses, FoldKind kKind>
HWY_NOINLINE void PlanesTile(const Tile& tile) {
  const WeightArgs& w = tile.args->weight;
  const size_t stride = tile.args->act.token_bytes;
  const uint8_t* panel = tile.panel;
  const auto* tables = reinterpret_cast<const int8_t*>(tile.args->act.data + tile.token * stride);
  tables += tile.begin * kPasses * 64;
  const auto steps = [&](size_t n, TileSums& sums) LUTGEMM_LOOP_ATTR {
    PlanesSlices<kTokens, kPasses>(w, panel, tables, stride, n, sums);
    panel += n * w.planes * kIndexRow;
    tables += n * kPasses * 64;
  };
  ForEachPiece<kTokens, kKind, kPasses == 2>(tile, steps);
}

template <int kPasses, FoldKind kKind>
HWY_INLINE void PlanesTokens(const Tile& tile, size_t tokens) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return PlanesTile<t + 1, kPasses, kKind>(tile);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

template <int kPasses>
HWY_NOINLINE void PlanesTokens(FoldKind kind, const Tile& tile, size_t tokens) {
  switch (kind) {
    case FoldKind::kGeneral:
    case FoldKind::kOffset:
      return PlanesTokens<kPasses, FoldKind::kGeneral>(tile, tokens);
    case FoldKind::kPlain:
      return PlanesTokens<kPasses, FoldKind::kPlain>(tile, tokens);
    case FoldKind::kCentred:
      return PlanesTokens<kPasses, FoldKind::kCentred>(tile, tokens);
  }
}

// Outputs of a call that share a tile's tables while they are in the L1 cache.
static constexpr size_t kPlanesOutputs = 128;

template <int kPlanes, int kPasses>
HWY_NOINLINE void PlanesLookup(const LookupArgs& given) {
  LookupArgs args = given;
  if (kPasses == 1) args.weight.fold.half = 0;  // fast tables are halved in preparation
  if (args.token_end - args.token_begin == 1) {
    for (size_t strip = 0; strip < args.strips; ++strip) {
      WithStrip<kPasses == 2>(args, strip, [&](auto& accumulators) LUTGEMM_LOOP_ATTR {
        PlanesOneToken<kPlanes, kPasses>(args, strip, accumulators);
      });
    }
    StoreTokens(args, args.token_begin, 1);
    return;
  }
  if (TakesFewLookups<kPlanes, kPasses>(args)) return FewLookupsStrips<kPlanes, kPasses>(args);
  constexpr size_t kUnit = kPanelBytes / (kPlanesOutputs / 64 * kIndexRow * kPlanes) / 2;
  const size_t chunk = ChunkSteps(args.grid, kUnit);
  const size_t group_bytes = chunk * kPlanes * kIndexRow;
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
  ForEachChunk(args, chunk, expand, [&](Tile& chunk_tile) HWY_ATTR {
    const auto run = [&](const Tile& tile, size_t tokens)
                         HWY_ATTR { PlanesTokens<kPasses>(kind, tile, tokens); };
    ForEachTile(args, chunk_tile, group_bytes, run, [](const Tile&, size_t) {});
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_PLANES_WIDE_INL_H_
