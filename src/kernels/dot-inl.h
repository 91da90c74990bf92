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
#include "kernels/dot-few-inl.h"
#include "kernels/dot-one-inl.h"
#include "kernels/dot-planes-few-inl.h"
#include "kernels/dot-planes-inl.h"
#include "kernels/dot-tile-inl.h"
#include "kernels/expand-inl.h"
#include "kernels/expand-trits-inl.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"
#include "kernels/panel-outliers-inl.h"
#include "kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Steps of a chunk. Many tokens read panels of all K from the L2 cache, so that a tile keeps its
// sums; panels that few tokens read stay in the L1 cache.
HWY_INLINE size_t DotChunk(const LookupArgs& args, size_t slices) {
  const bool few = args.token_end - args.token_begin <= kFewTokens;
  const size_t unit = (few ? kPanelBytes / 2 : args.panel_bytes) / (4 * kPanelRow);
  return slices == 1 ? ChunkSteps(args.grid, unit) : unit / slices * slices;
}

// A call whose bytes take in its weights' zeros.
HWY_INLINE LookupArgs WithoutZeros(const LookupArgs& given) {
  LookupArgs args = given;
  args.weight.zero = ZeroKind::kNone;
  args.weight.fold.b = -kZeroBias;
  return args;
}

// kZeroBias less the zeros of outputs o, o + 1, ... of a strip, in four bytes each.
HWY_INLINE BookBytes ZeroBytes(const LookupArgs& args, size_t strip, size_t group, size_t o) {
  const BookTag du8;
  const hn::Repartition<uint32_t, BookTag> du32;
  const hn::Rebind<uint8_t, decltype(du32)> dz;
  const WeightArgs& w = args.weight;
  const auto* zeros = reinterpret_cast<const uint8_t*>(w.zeros) + strip * w.scale_strip_stride +
                      group * w.scale_group_stride + o;
  const auto zero = hn::PromoteTo(du32, hn::LoadU(dz, zeros));
  const auto four = hn::BitCast(du8, hn::Mul(zero, hn::Set(du32, 0x01010101u)));
  return hn::Sub(hn::Set(du8, uint8_t{kZeroBias}), four);
}

// Slices [begin, end) of a strip's half of a panel: codes less their zeros, plus kZeroBias.
HWY_INLINE void SubtractZeros(const LookupArgs& args, size_t strip, size_t begin, size_t end,
                              uint8_t* HWY_RESTRICT panel) {
  const BookTag du8;
  for (size_t part = 0; part < 128; part += hn::Lanes(du8)) {
    uint8_t* at = panel + part;
    for (size_t s = begin; s < end; ++s) {
      const auto add = ZeroBytes(args, strip, s / args.grid.group_steps, part / 4);
      for (size_t j = 0; j < 4; ++j, at += kPanelRow) {
        hn::Store(hn::Add(hn::Load(du8, at), add), du8, at);
      }
    }
  }
}

// expand(args, codes, begin, end, panel) writes one strip of a chunk; chunks are multiples of
// `slices`, or of whole groups.
template <Bytes kBytes, class Expand>
HWY_INLINE void DotPanels(const LookupArgs& given, Expand expand, size_t slices = 1) {
  if constexpr (kBytes == Bytes::kNibbles) {
    // Codes less their zeros are no nibbles.
    if (given.weight.small_zeros) return DotPanels<Bytes::kSmall>(given, expand, slices);
  }
  const LookupArgs args = given.weight.small_zeros ? WithoutZeros(given) : given;
  const FoldKind kind = KindOf(args);
  const auto expand_strip = [&](size_t strip, size_t begin, size_t end, uint8_t* panel) HWY_ATTR {
    const uint8_t* codes = args.weight.codes + strip * args.weight.strip_bytes;
    if (!given.weight.small_zeros) return expand(args, codes, begin, end, panel);
    constexpr size_t kPiece = 16;  // stays in the L1 cache
    for (size_t s = begin; s < end; s += kPiece, panel += kPiece * 4 * kPanelRow) {
      const size_t stop = HWY_MIN(s + kPiece, end);
      expand(args, codes, s, stop, panel);
      SubtractZeros(args, strip, s, stop, panel);
    }
  };
  const auto expand_all = [&](size_t begin, size_t end) HWY_ATTR {
    for (size_t output = 0; output < kAccUnit; output += args.weight.strip) {
      expand_strip(args.strip + StripOf(args, output), begin, end, args.panel + output * 4);
    }
  };
  NextOutliers outliers = FirstOutliers(args);
  ForEachChunk(args, DotChunk(args, slices), expand_all, [&](Tile& chunk_tile) HWY_ATTR {
    const size_t bytes = LUTGEMM_TILE_VECTORS * hn::Lanes(TileTag()) * 4;
    const auto run = [&](const Tile& tile, size_t tokens)
                         HWY_ATTR { DotTokens<kBytes>(kind, tile, tokens); };
    ForEachTile(args, chunk_tile, bytes, run, [&](const Tile& tile, size_t tokens) HWY_ATTR {
      if (outliers.any) PanelOutliers(tile, tokens, outliers);
    });
  });
}

template <int kPlanes>
HWY_NOINLINE void DotPlanes(const LookupArgs& args) {
  constexpr Bytes kBytes = kPlanes == 8 ? kAllBytes : kPlanes <= 4 ? kNibbleBytes : Bytes::kSmall;
#if LUTGEMM_WIDE_LOOKUP
  if constexpr (kPlanes > 1) {
    if (TransposesPlanes(args) && args.token_end - args.token_begin == 1)
      return DotPlanesStrips<kPlanes>(args);
    if (TakesFewPlanes(args)) {
      return FewPlanesStrips<CodePairs<kPlanes>>(args, [&](size_t strip, size_t token) HWY_ATTR {
        CodePlanesOutliers<kPlanes>(args, strip, token);
      });
    }
  }
#endif
  DotPanels<kBytes>(args, ExpandPlanes<kPlanes>);
}

// Which strip's codes these are.
HWY_INLINE size_t StripOfCodes(const LookupArgs& args, const uint8_t* codes) {
  return static_cast<size_t>(codes - args.weight.codes) / args.weight.strip_bytes;
}

// Where no instruction transposes bits, codes of three planes are expanded as integers are, then
// looked up while they are in the L1 cache.
HWY_INLINE void ExpandBookPlanes3(const LookupArgs& args, const uint8_t* codes, size_t begin,
                                  size_t end, uint8_t* panel) {
  const size_t strip = StripOfCodes(args, codes);
#if LUTGEMM_WIDE_LOOKUP
  ExpandBookSlices(args, strip, codes, begin, end, panel);
#else
  constexpr size_t kPiece = 16;
  for (size_t s = begin; s < end; s += kPiece, panel += kPiece * 4 * kPanelRow) {
    const size_t stop = HWY_MIN(s + kPiece, end);
    ExpandPlanes<3>(args, codes, s, stop, panel);
    DecodePanel(args, strip, s, stop, panel);
  }
#endif
}

HWY_NOINLINE void BookPlanes3(const LookupArgs& args) {
#if LUTGEMM_WIDE_LOOKUP
  if (args.token_end - args.token_begin == 1) {
    BookPlanes3OneToken(args);
    if (HasOutliers(args.act.outliers, args.token_begin)) {
      for (size_t strip = 0; strip < args.strips; ++strip)
        BookPlanes3Outliers(args, strip, args.token_begin);
    }
    StoreTokens(args, args.token_begin, 1);
    return;
  }
  if (args.token_end - args.token_begin <= args.few.transposed) {
    return FewPlanesStrips<BookPairs>(args, [&](size_t strip, size_t token) HWY_ATTR {
      BookPlanes3Outliers(args, strip, token);
    });
  }
#endif
  DotPanels<kAllBytes>(args, ExpandBookPlanes3);
}

HWY_NOINLINE void DotTrits(const LookupArgs& args) {
  DotPanels<kNibbleBytes>(args, ExpandTrits, kTritsExpandSlices);
}

HWY_NOINLINE void DotCodes(const LookupArgs& args) {
  const auto decoder = [](size_t, size_t, size_t) HWY_ATTR {
    return [](BookBytes bytes) HWY_ATTR { return hn::And(bytes, hn::Set(BookTag(), uint8_t{15})); };
  };
  if (args.token_end - args.token_begin == 1) return CodesStrips<kNibbleBytes>(args, decoder);
#if LUTGEMM_WIDE_LOOKUP
  if (args.weight.small_zeros && TakesFewTokens(WithoutZeros(args))) {
    return FewTokensStrips(WithoutZeros(args), [&](size_t strip, size_t group, size_t o) HWY_ATTR {
      const auto add = ZeroBytes(args, strip, group, o);
      return [add](BookBytes bytes)
                 HWY_ATTR { return hn::Add(hn::And(bytes, hn::Set(BookTag(), uint8_t{15})), add); };
    });
  }
  if (TakesFewTokens(args)) return FewTokensStrips(args, decoder);
#endif
  DotPanels<kNibbleBytes>(args, ExpandCodes);
}

HWY_NOINLINE void BookCodes(const LookupArgs& args) {
  const Book book = LoadBook(args.weight);
  const auto decoder = [&](size_t strip, size_t group, size_t o) HWY_ATTR {
    const auto selectors = Selectors(args.weight, strip, group, o);
    return [&book, selectors](BookBytes codes) HWY_ATTR { return Decode(book, codes, selectors); };
  };
  if (args.token_end - args.token_begin == 1) return CodesStrips<kAllBytes>(args, decoder);
#if LUTGEMM_WIDE_LOOKUP
  if (TakesFewTokens(args)) return FewTokensStrips(args, decoder);
#endif
  DotPanels<kAllBytes>(args, [&](const LookupArgs&, const uint8_t* codes, size_t begin, size_t end,
                                 uint8_t* panel) HWY_ATTR {
    const size_t strip = StripOfCodes(args, codes);
    ExpandNibbles(args, codes, begin, end, panel,
                  [&](size_t group, size_t o) HWY_ATTR { return decoder(strip, group, o); });
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_INL_H_
