// Family `dot`: codes as unsigned bytes times int8 activations, four k at a time. Panels of bytes
// are expanded chunk by chunk; one token of the kCodes layout is multiplied straight from nibbles.
#if defined(LUTGEMM_KERNELS_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_INL_H_
#undef LUTGEMM_KERNELS_DOT_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/book-inl.h"
#include "kernels/book-planes-inl.h"
#include "kernels/dot-one-inl.h"
#include "kernels/dot-planes-inl.h"
#include "kernels/expand-inl.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"
#include "kernels/outliers-inl.h"
#include "kernels/tile-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_TILE_VECTORS == 4
#define LUTGEMM_WIDE_TILE(statement) statement
#else
#define LUTGEMM_WIDE_TILE(statement)
#endif

template <int kTokens, FoldKind kKind, Bytes kBytes>
HWY_NOINLINE void DotTile(const Tile& tile) {
  const TileTag di32;
  using V = hn::Vec<decltype(di32)>;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const size_t stride = tile.args->act.token_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(tile.args->act.data + tile.token * stride);
  for (BlockCursor at = tile.at; at.begin < tile.end; at.Next()) {
    const Piece piece = PieceOf(tile, at);
#define LUTGEMM_X(t)        \
  V a##t, b##t, c##t, d##t; \
  if constexpr (t < kTokens) StartSums<kKind, true>(tile, at, piece, t, a##t, b##t, c##t, d##t);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    const uint8_t* panel = tile.panel + (piece.begin - tile.begin) * 4 * kPanelRow;
    const int8_t* four = act + piece.begin * 16;
    for (size_t n = piece.end - piece.begin; n != 0; --n, panel += 4 * kPanelRow, four += 16) {
      // A slice at a time: short loops end without a mispredicted branch.
      for (size_t j = 0; j < 4; ++j) {
        const auto w0 = hn::Load(du8, panel + j * kPanelRow);
        const auto w1 = hn::Load(du8, panel + j * kPanelRow + hn::Lanes(du8));
        LUTGEMM_WIDE_TILE(const auto w2 = hn::Load(du8, panel + j * kPanelRow + 128));
        LUTGEMM_WIDE_TILE(const auto w3 = hn::Load(du8, panel + j * kPanelRow + 192));
#define LUTGEMM_X(t)                                                  \
  if constexpr (t < kTokens) {                                        \
    const auto x##t = BroadcastFour(di32, four + j * 4 + t * stride); \
    a##t = Dot<kBytes>(di32, w0, x##t, a##t);                         \
    b##t = Dot<kBytes>(di32, w1, x##t, b##t);                         \
    LUTGEMM_WIDE_TILE(c##t = Dot<kBytes>(di32, w2, x##t, c##t));      \
    LUTGEMM_WIDE_TILE(d##t = Dot<kBytes>(di32, w3, x##t, d##t));      \
  }
        LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
      }
    }
    const auto scales = LoadTileScales(tile, at);
#define LUTGEMM_X(t)         \
  if constexpr (t < kTokens) \
    EndSums<kKind, true>(tile, at, piece, t, scales, a##t, b##t, c##t, d##t);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
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

// Outliers of every token in a chunk, against the panel.
HWY_NOINLINE void PanelOutliers(const Tile& chunk) {
  const LookupArgs& args = *chunk.args;
  const TileTag di32;
  const auto codes = [&](size_t o, size_t k) HWY_ATTR {
    const uint8_t* row = args.panel + (k / 4 - chunk.begin * 4) * kPanelRow + o * 4;
    const auto four = hn::Load(di32, reinterpret_cast<const int32_t*>(row));
    return hn::And(hn::ShiftRightSame(four, static_cast<int>(k % 4 * 8)), hn::Set(di32, 255));
  };
  const size_t strip = args.weight.strip;
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    if (!HasOutliers(args, token)) continue;
    const auto fold_at = [&](const BlockCursor& at, size_t o) HWY_ATTR {
      BlockFold fold = MakeBlockFold<true>(args, at, token, o / strip);
      fold.scale_index += o % strip;
      return fold;
    };
    float* rest = args.rest + (token - args.token_begin) * args.acc_stride;
    const size_t outputs = args.strips * strip;
    if (chunk.begin == 0) std::memset(rest, 0, outputs * sizeof(float));
    AddOutliers(args, chunk.at, chunk.begin, chunk.end, token, outputs, rest, codes, fold_at);
    if (chunk.end >= args.grid.steps) {
      AddRest(rest, outputs, args.acc + (token - args.token_begin) * args.acc_stride);
    }
  }
}

// expand(args, codes, begin, end, panel) writes one strip of a chunk.
template <Bytes kBytes, class Expand>
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
        DotTokens<FoldKind::kPlain, kBytes>(tile, tokens);
      } else {
        DotTokens<FoldKind::kGeneral, kBytes>(tile, tokens);
      }
    });
    if (args.act.outliers != nullptr) PanelOutliers(chunk_tile);
  });
}

static constexpr size_t kDotChunk = kPanelBytes / (8 * kPanelRow);

template <int kPlanes>
HWY_NOINLINE void DotPlanes(const LookupArgs& args) {
  constexpr Bytes kBytes = kPlanes == 8 ? kAllBytes : Bytes::kSmall;
#if LUTGEMM_WIDE_LOOKUP
  // Fewer planes have lookups for one token.
  if constexpr (kPlanes > 4) {
    if (args.token_end - args.token_begin == 1) return DotPlanesStrips<kPlanes>(args);
  }
#endif
  DotPanels<kBytes>(args, ChunkSteps(args.grid, kDotChunk), ExpandPlanes<kPlanes>);
}

// Codebooks: codes are expanded as integers are, then looked up.
template <class Expand>
HWY_INLINE void BookPanels(const LookupArgs& args, Expand expand) {
  DotPanels<kAllBytes>(args, ChunkSteps(args.grid, kDotChunk),
                       [&](const LookupArgs& a, const uint8_t* codes, size_t begin, size_t end,
                           uint8_t* panel) HWY_ATTR {
                         expand(a, codes, begin, end, panel);
                         const auto offset = static_cast<size_t>(codes - a.weight.codes);
                         DecodePanel(a, offset / a.weight.strip_bytes, begin, end, panel);
                       });
}

HWY_NOINLINE void BookPlanes3(const LookupArgs& args) {
#if LUTGEMM_WIDE_LOOKUP
  if (args.token_end - args.token_begin == 1) {
    const bool outliers = HasOutliers(args, args.token_begin);
    for (size_t strip = 0; strip < args.strips; ++strip) {
      BookPlanes3OneToken(args, strip);
      if (outliers) BookPlanes3Outliers(args, strip);
    }
    return;
  }
#endif
  BookPanels(args, ExpandPlanes<3>);
}

HWY_NOINLINE void DotTrits(const LookupArgs& args) {
  constexpr size_t kChunk = kDotChunk / kTritsExpandSlices * kTritsExpandSlices;
  DotPanels<Bytes::kSmall>(args, kChunk, ExpandTrits);
}

HWY_NOINLINE void DotCodes(const LookupArgs& args) {
  if (args.token_end - args.token_begin > 1) {
    DotPanels<Bytes::kSmall>(args, ChunkSteps(args.grid, kDotChunk), ExpandCodes);
    return;
  }
  CodesStrips<Bytes::kSmall>(args, [](size_t, size_t, size_t) HWY_ATTR {
    return [](BookBytes bytes) HWY_ATTR { return hn::And(bytes, hn::Set(BookTag(), uint8_t{15})); };
  });
}

HWY_NOINLINE void BookCodes(const LookupArgs& args) {
  if (args.token_end - args.token_begin > 1) {
    BookPanels(args, ExpandCodes);
    return;
  }
  const Book book = LoadBook(args.weight);
  CodesStrips<kAllBytes>(args, [&](size_t strip, size_t group, size_t o) HWY_ATTR {
    const auto selectors = Selectors(args.weight, strip, group, o);
    return [&book, selectors](BookBytes codes) HWY_ATTR { return Decode(book, codes, selectors); };
  });
}

#undef LUTGEMM_WIDE_TILE

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_INL_H_
