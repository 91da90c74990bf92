// One token times 3-bit codes of a codebook in the kPlanes layout. Bits of eight codes at a time
// are transposed into nibbles: four positions of k of two outputs in a dword each, so that the byte
// dot product reads activations in the order that the transposition leaves.
#if defined(LUTGEMM_KERNELS_BOOK_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_BOOK_PLANES_INL_H_
#undef LUTGEMM_KERNELS_BOOK_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_BOOK_PLANES_INL_H_
#endif

#include "kernels/arch/x86_gfni-inl.h"
#include "kernels/book-inl.h"
#include "kernels/dot-planes-inl.h"
#include "kernels/fold-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Selectors of the outputs of vector i, as Selectors gives them.
HWY_INLINE BookBytes TransposedSelectors(const WeightArgs& w, size_t strip, size_t group,
                                         size_t i) {
  const BookTag du8;
  const hn::Repartition<uint32_t, BookTag> du32;
  const auto low = hn::BitCast(du32, Selectors(w, strip, group, 0));
  const auto high = hn::BitCast(du32, Selectors(w, strip, group, 16));
  const auto index = [&](size_t lane) {
    return static_cast<uint32_t>(lane / 4 * 4 + i + (lane % 2 != 0 ? 16 : 0));
  };
  alignas(64) uint32_t lanes[16];
  for (size_t lane = 0; lane < 16; ++lane) lanes[lane] = index(lane);
  return hn::BitCast(du8,
                     hn::TwoTablesLookupLanes(du32, low, high, hn::SetTableIndices(du32, lanes)));
}

// Adds one slice's products to the sums. x02 holds in every block the activations of groups 0, 0,
// 2, 2 of four k, x13 those of groups 1, 1, 3, 3.
HWY_INLINE void AddBookSlice(const uint8_t* cells, const Book& book,
                             const FourVectors<BookBytes>& selectors,
                             hn::Vec<hn::ScalableTag<int8_t>> x02,
                             hn::Vec<hn::ScalableTag<int8_t>> x13,
                             FourVectors<hn::Vec<hn::ScalableTag<int32_t>>>& sums) {
  const BookTag du8;
  const hn::ScalableTag<uint16_t> du16;
  const hn::ScalableTag<int32_t> di32;
  const auto p0 = hn::Load(du8, cells), p1 = hn::Load(du8, cells + 64);
  const auto p2 = hn::Load(du8, cells + 128), none = hn::Zero(du8);
  const auto words = [&](auto a, auto b, bool upper) HWY_ATTR {
    return hn::BitCast(du16, upper ? hn::InterleaveUpper(du8, a, b) : hn::InterleaveLower(a, b));
  };
  // Four bytes (0, p2, p1, p0) of a position become the high nibbles of eight bytes, those of the
  // next position their low nibbles.
  const auto low2 = words(none, p2, false), high2 = words(none, p2, true);
  const auto low01 = words(p1, p0, false), high01 = words(p1, p0, true);
  const auto add = [&](auto planes, BookBytes selector, auto& sum) HWY_ATTR {
    const auto odd = TransposeBits(hn::BitCast(du8, planes));
    const auto even = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, odd)));
    sum = DotBytes(di32, Decode(book, even, selector), x02, sum);
    sum = DotBytes(di32, Decode(book, odd, selector), x13, sum);
  };
  add(hn::InterleaveLower(low2, low01), selectors.v0, sums.v0);
  add(hn::InterleaveUpper(du16, low2, low01), selectors.v1, sums.v1);
  add(hn::InterleaveLower(high2, high01), selectors.v2, sums.v2);
  add(hn::InterleaveUpper(du16, high2, high01), selectors.v3, sums.v3);
}

HWY_INLINE void BookPlanes3OneToken(const LookupArgs& args, size_t strip) {
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<int32_t> di32;
  const size_t token = args.token_begin;
  const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  const Book book = LoadBook(args.weight);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const auto selector = [&](size_t i) HWY_ATTR {
      return TransposedSelectors(args.weight, args.strip + strip, at.group, i);
    };
    const FourVectors<BookBytes> selectors{selector(0), selector(1), selector(2), selector(3)};
    const auto zero = hn::Zero(di32);
    FourVectors<hn::Vec<decltype(di32)>> sums{zero, zero, zero, zero};
    for (size_t s = at.begin; s < at.end; ++s) {
      const uint8_t* cells = codes + s * 192;
      for (size_t p = 0; p < 3; ++p) hwy::Prefetch(cells + p * 64 + kPrefetchBytes);
      const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act + s * 16));
      AddBookSlice(cells, book, selectors, hn::BitCast(di8, hn::DupEven(x)),
                   hn::BitCast(di8, hn::DupOdd(x)), sums);
    }
    FoldFour(MakeBlockFold<true>(args, at, token, strip), sums);
  }
}

HWY_INLINE void BookPlanes3Outliers(const LookupArgs& args, size_t strip) {
  const BookTag du8;
  const Book book = LoadBook(args.weight);
  PlanesOutliers<3>(args, strip, [&](auto codes, size_t group, size_t o) HWY_ATTR {
    const auto selectors = Selectors(args.weight, args.strip + strip, group, o);
    return Decode(book, hn::BitCast(du8, codes), selectors);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_BOOK_PLANES_INL_H_
