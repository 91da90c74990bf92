// Family `dot`: codes as unsigned bytes times int8 activations, four k at a time. Panels of bytes
// are expanded chunk by chunk; one token of the kCodes layout is multiplied straight from nibbles.
#if defined(LUTGEMM_KERNELS_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_INL_H_
#undef LUTGEMM_KERNELS_DOT_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/expand-inl.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"
#include "kernels/tile-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_TILE_VECTORS == 4
#define LUTGEMM_WIDE_TILE(statement) statement
#else
#define LUTGEMM_WIDE_TILE(statement)
#endif

// Four activations of one token in every lane.
template <class DI32>
HWY_INLINE hn::Vec<hn::Repartition<int8_t, DI32>> BroadcastFour(DI32 di32, const int8_t* act) {
  int32_t four;
  std::memcpy(&four, act, 4);
  return hn::BitCast(hn::Repartition<int8_t, DI32>(), hn::Set(di32, four));
}

template <int kTokens, FoldKind kKind>
HWY_NOINLINE void DotTile(const Tile& tile) {
  const TileTag di32;
  using V = hn::Vec<decltype(di32)>;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const size_t stride = tile.args->act.token_bytes;
  const auto* act =
      reinterpret_cast<const int8_t*>(tile.args->act.data + tile.token * stride);
  for (BlockCursor at = tile.at; at.begin < tile.end; at.Next()) {
    const Piece piece = PieceOf(tile, at);
#define LUTGEMM_X(t)      \
  V a##t, b##t, c##t, d##t; \
  if constexpr (t < kTokens) StartSums<kKind, true>(tile, at, piece, t, a##t, b##t, c##t, d##t);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    const uint8_t* panel = tile.panel + (piece.begin - tile.begin) * 4 * kPanelRow;
    const int8_t* four = act + piece.begin * 16;
    for (size_t n = (piece.end - piece.begin) * 4; n != 0; --n, panel += kPanelRow, four += 4) {
      const auto w0 = hn::Load(du8, panel), w1 = hn::Load(du8, panel + hn::Lanes(du8));
#if LUTGEMM_TILE_VECTORS == 4
      const auto w2 = hn::Load(du8, panel + 128), w3 = hn::Load(du8, panel + 192);
#endif
#define LUTGEMM_X(t)                                          \
  if constexpr (t < kTokens) {                                \
    const auto x##t = BroadcastFour(di32, four + t * stride); \
    a##t = DotBytes(di32, w0, x##t, a##t);                    \
    b##t = DotBytes(di32, w1, x##t, b##t);                    \
    LUTGEMM_WIDE_TILE(c##t = DotBytes(di32, w2, x##t, c##t)); \
    LUTGEMM_WIDE_TILE(d##t = DotBytes(di32, w3, x##t, d##t)); \
  }
      LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    }
    const auto scales = LoadTileScales(tile, at);
#define LUTGEMM_X(t)         \
  if constexpr (t < kTokens) \
    EndSums<kKind, true>(tile, at, piece, t, scales, a##t, b##t, c##t, d##t);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

template <FoldKind kKind>
HWY_INLINE void DotTokens(const Tile& tile, size_t tokens) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return DotTile<t + 1, kKind>(tile);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

// expand(args, codes, begin, end, panel) writes one strip of a chunk.
template <class Expand>
HWY_INLINE void DotPanels(const LookupArgs& args, size_t chunk, Expand expand) {
  const bool plain = KindOf(args) != FoldKind::kGeneral;
  const auto expand_all = [&](size_t begin, size_t end) HWY_ATTR {
    for (size_t output = 0; output < kAccUnit; output += args.weight.strip) {
      const size_t strip = args.strip + StripOf(args, output);
      expand(args, args.weight.codes + strip * args.weight.strip_bytes, begin, end,
             args.panel + output * 4);
    }
  };
  ForEachChunk(args, chunk, expand_all, [&](const Tile& chunk_tile) HWY_ATTR {
    const size_t bytes = LUTGEMM_TILE_VECTORS * hn::Lanes(TileTag()) * 4;
    ForEachTile(args, chunk_tile, bytes, [&](const Tile& tile, size_t tokens) HWY_ATTR {
      if (plain) {
        DotTokens<FoldKind::kPlain>(tile, tokens);
      } else {
        DotTokens<FoldKind::kGeneral>(tile, tokens);
      }
    });
  });
}

static constexpr size_t kDotChunk = kPanelBytes / (4 * kPanelRow);

template <int kPlanes>
HWY_NOINLINE void DotPlanes(const LookupArgs& args) {
  DotPanels(args, ChunkSteps(args.grid, kDotChunk), ExpandPlanes<kPlanes>);
}

HWY_NOINLINE void DotTrits(const LookupArgs& args) {
  constexpr size_t kChunk = kDotChunk / kTritsExpandSlices * kTritsExpandSlices;
  DotPanels(args, kChunk, ExpandTrits);
}

// One slice of kCodes for 16 outputs, straight from its two cells.
template <class DI32, class VI32>
HWY_INLINE void AddCodesSlice(DI32 di32, const uint8_t* cells, const int8_t* act, VI32& even,
                              VI32& odd) {
  const hn::Repartition<uint8_t, DI32> du8;
  const hn::Repartition<uint16_t, DI32> du16;
  const auto nibble = hn::Set(du8, uint8_t{15});
  for (size_t k8 = 0; k8 < 2; ++k8) {
    const auto both = hn::Load(du8, cells + k8 * 64);
    const auto high = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, both)));
    even = DotBytes(di32, hn::And(both, nibble), BroadcastFour(di32, act + k8 * 8), even);
    odd = DotBytes(di32, hn::And(high, nibble), BroadcastFour(di32, act + k8 * 8 + 4), odd);
  }
}

HWY_INLINE void DotCodesOneToken(const LookupArgs& args, size_t strip) {
  const hn::CappedTag<int32_t, 16> di32;
  const size_t lanes = hn::Lanes(di32);
  const size_t token = args.token_begin;
  const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const BlockFold fold = MakeBlockFold<true>(args, at, token, strip);
    for (size_t o = 0; o < 16; o += lanes) {
      auto a0 = hn::Zero(di32), a1 = a0, b0 = a0, b1 = a0;
      for (size_t s = at.begin; s < at.end; ++s) {
        const uint8_t* cells = codes + s * 256 + o * 4;
        if (o == 0) {
          for (size_t line = 0; line < 4; ++line) {
            hwy::Prefetch(cells + line * 64 + kPrefetchBytes);
          }
        }
        AddCodesSlice(di32, cells, act + s * 16, a0, a1);
        AddCodesSlice(di32, cells + 128, act + s * 16, b0, b1);
      }
      FoldExact<FoldKind::kGeneral>(di32, hn::Add(a0, a1), WeightScale(di32, fold, o), fold, o);
      FoldExact<FoldKind::kGeneral>(di32, hn::Add(b0, b1), WeightScale(di32, fold, o + 16), fold, o + 16);
    }
  }
}

HWY_NOINLINE void DotCodes(const LookupArgs& args) {
  if (args.token_end - args.token_begin > 1) {
    DotPanels(args, ChunkSteps(args.grid, kDotChunk), ExpandCodes);
    return;
  }
  for (size_t strip = 0; strip < args.strips; ++strip) DotCodesOneToken(args, strip);
}

#undef LUTGEMM_WIDE_TILE

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_INL_H_
