// One token times 3-bit codes of a codebook in the kPlanes layout. Bits of eight codes at a time
// are transposed into nibbles: four positions of k of two outputs in a dword each, so that the byte
// dot product reads activations in the order that the transposition leaves.
#if defined(LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
#undef LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
#endif

#include "kernels/target/arch/x86_gfni-inl.h"
#include "kernels/target/arch/x86_vnni-inl.h"
#include "kernels/codebook/decode-inl.h"
#include "kernels/dot/gemv_planes-inl.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/common/fold-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// What a transposition leaves in a byte, from bit 0 on: a row's second selector bit, the code of an
// odd group of four k, the first selector bit, and the code of an even one; the latter two come
// first once the dword is rotated. Six bits are an index, whatever the sixth is.
struct TransposedIndices {
  alignas(64) uint8_t odd[64], even[64];
};
static constexpr TransposedIndices kTransposedIndices = [] {
  TransposedIndices indices{};
  for (unsigned i = 0; i < 64; ++i) {
    const unsigned code = i / 2 % 8, low = i % 2, high = i / 16 % 2;
    indices.odd[i] = static_cast<uint8_t>((low * 2 + high) * 16 + code);
    indices.even[i] = static_cast<uint8_t>((high * 2 + low) * 16 + code);
  }
  return indices;
}();

// Rows of selector bits for a transposition, where a cell has its bytes of outputs o and o + 16:
// the first bit for groups 0 and 2 of four k, the second for 1 and 3, in all bits of a nibble.
HWY_INLINE BookBytes SelectorRows(const WeightArgs& w, size_t strip, size_t group) {
  const BookTag du8;
  const hn::Repartition<uint32_t, BookTag> du32;
  if (w.selectors == nullptr) return hn::Zero(du8);
  alignas(64) static constexpr uint32_t kRows[16] = {
      0,          0x000f000f, 0x0f000f00, 0x0f0f0f0f, 0x00f000f0, 0x00ff00ff,
      0x0ff00ff0, 0x0fff0fff, 0xf000f000, 0xf00ff00f, 0xff00ff00, 0xff0fff0f,
      0xf0f0f0f0, 0xf0fff0ff, 0xfff0fff0, 0xffffffff};
  uint32_t bits[2];
  std::memcpy(bits, w.selectors + strip * w.selector_strip_stride + group * w.selector_group_stride,
              sizeof(bits));
  const auto iota = hn::Iota(du32, 0);
  const auto shifts = hn::Add(iota, iota);
  const auto low = hn::Shr(hn::Set(du32, bits[0]), shifts);
  const auto high = hn::ShiftLeft<2>(hn::Shr(hn::Set(du32, bits[1]), shifts));
  const auto four = hn::And(hn::IfVecThenElse(hn::Set(du32, 3), low, high), hn::Set(du32, 15));
  return hn::BitCast(du8,
                     hn::TableLookupLanes(hn::Load(du32, kRows), hn::IndicesFromVec(du32, four)));
}

// A codebook by what transpositions leave.
struct TransposedBook {
  BookBytes odd, even;
};
HWY_INLINE TransposedBook LoadTransposedBook(const WeightArgs& w) {
  const BookTag du8;
  const Book book = LoadBook(w);
  return {Lookup64(book.all, hn::Load(du8, kTransposedIndices.odd)),
          Lookup64(book.all, hn::Load(du8, kTransposedIndices.even))};
}

// Bytes of one slice: calls visit(i, even, odd) for vectors i = 0..3, which hold in the dwords of
// block b outputs 4 b + i and 16 + 4 b + i of group 0 (odd: 1) of four k, then of group 2 (odd: 3).
template <class Visit>
HWY_INLINE void DecodeBookSlice(const uint8_t* cells, const TransposedBook& book,
                                BookBytes selectors, Visit visit) {
  const BookTag du8;
  const hn::ScalableTag<uint16_t> du16;
  const hn::ScalableTag<uint32_t> du32;
  const auto p0 = hn::Load(du8, cells), p1 = hn::Load(du8, cells + 64);
  const auto p2 = hn::Load(du8, cells + 128);
  const auto words = [&](auto a, auto b, bool upper) HWY_ATTR {
    return hn::BitCast(du16, upper ? hn::InterleaveUpper(du8, a, b) : hn::InterleaveLower(a, b));
  };
  // Four bytes (p2, p1, p0, selectors) of a position become the high nibbles of eight bytes, those
  // of the next position their low nibbles.
  const auto low21 = words(p2, p1, false), high21 = words(p2, p1, true);
  const auto low0 = words(p0, selectors, false), high0 = words(p0, selectors, true);
  const auto decode = [&](size_t i, auto rows) LUTGEMM_LOOP_ATTR {
    const auto odd = TransposeBits(hn::BitCast(du8, rows));
    const auto even = hn::BitCast(du8, hn::RotateRight<4>(hn::BitCast(du32, odd)));
    visit(i, Lookup64(book.even, even), Lookup64(book.odd, odd));
  };
  decode(0, hn::InterleaveLower(low21, low0));
  decode(1, hn::InterleaveUpper(du16, low21, low0));
  decode(2, hn::InterleaveLower(high21, high0));
  decode(3, hn::InterleaveUpper(du16, high21, high0));
}

// Adds one slice's products to the sums. x02 holds in every block the activations of groups 0, 0,
// 2, 2 of four k, x13 those of groups 1, 1, 3, 3.
HWY_INLINE void AddBookSlice(const uint8_t* cells, const TransposedBook& book, BookBytes selectors,
                             hn::Vec<hn::ScalableTag<int8_t>> x02,
                             hn::Vec<hn::ScalableTag<int8_t>> x13,
                             FourVectors<hn::Vec<hn::ScalableTag<int32_t>>>& sums) {
  const hn::ScalableTag<int32_t> di32;
  DecodeBookSlice(cells, book, selectors, [&](size_t i, auto even, auto odd) LUTGEMM_LOOP_ATTR {
    auto& sum = i == 0 ? sums.v0 : i == 1 ? sums.v1 : i == 2 ? sums.v2 : sums.v3;
    AddDotBytes(di32, even, x02, sum);
    AddDotBytes(di32, odd, x13, sum);
  });
}

// Slices [begin, end) of one strip, to its half of a panel of bytes.
HWY_INLINE void ExpandBookSlices(const LookupArgs& args, size_t strip, const uint8_t* codes,
                                 size_t begin, size_t end, uint8_t* HWY_RESTRICT panel) {
  const TransposedBook book = LoadTransposedBook(args.weight);
  for (size_t s = begin, stop = begin; s < end; s = stop) {
    const size_t group = s / args.grid.group_steps;
    stop = HWY_MIN((group + 1) * args.grid.group_steps, end);
    const auto selectors = SelectorRows(args.weight, strip, group);
    for (size_t i = s; i < stop; ++i, panel += 4 * kPanelRow) {
      FourVectors<BookBytes> even, odd;
      DecodeBookSlice(
          codes + i * 192, book, selectors,
          [&](size_t v, auto of_even, auto of_odd) LUTGEMM_LOOP_ATTR {
            (v == 0 ? even.v0 : v == 1 ? even.v1 : v == 2 ? even.v2 : even.v3) = of_even;
            (v == 0 ? odd.v0 : v == 1 ? odd.v1 : v == 2 ? odd.v2 : odd.v3) = of_odd;
          });
      TransposeDwords(even.v0, even.v1, even.v2, even.v3);
      TransposeDwords(odd.v0, odd.v1, odd.v2, odd.v3);
      StoreStripRow(even.v0, even.v1, 0, panel);
      StoreStripRow(odd.v0, odd.v1, 1, panel);
      StoreStripRow(even.v2, even.v3, 2, panel);
      StoreStripRow(odd.v2, odd.v3, 3, panel);
    }
  }
}

// All strips of a call, at most two, side by side: they share what is made of activations. Where
// there is one, it takes both places.
template <class Accumulators>
HWY_INLINE void BookPlanes3OneToken(const LookupArgs& args, Accumulators& accumulators,
                                    Accumulators& other_accumulators) {
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<int32_t> di32;
  const WeightArgs& w = args.weight;
  const size_t token = args.token_begin, other = args.strips - 1;
  const uint8_t* codes = w.codes + args.strip * w.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  const TransposedBook book = LoadTransposedBook(w);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const auto selectors = SelectorRows(w, args.strip, at.group);
    const auto other_selectors = SelectorRows(w, args.strip + other, at.group);
    const auto zero = hn::Zero(di32);
    FourVectors<hn::Vec<decltype(di32)>> sums{zero, zero, zero, zero}, other_sums = sums;
    for (size_t s = at.begin; s < at.end; ++s) {
      const uint8_t* cells = codes + s * 192;
      const uint8_t* other_cells = cells + other * w.strip_bytes;
      for (size_t p = 0; p < 3; ++p) {
        hwy::Prefetch(cells + p * 64 + kPrefetchBytes);
        hwy::Prefetch(other_cells + p * 64 + kPrefetchBytes);
      }
      const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act + s * 16));
      const auto x02 = hn::BitCast(di8, hn::DupEven(x)), x13 = hn::BitCast(di8, hn::DupOdd(x));
      AddBookSlice(cells, book, selectors, x02, x13, sums);
      AddBookSlice(other_cells, book, other_selectors, x02, x13, other_sums);
    }
    const StripSums whole = SumsOfFour(sums), other_whole = SumsOfFour(other_sums);
    accumulators.Fold(at, 0, whole.low, whole.high);
    other_accumulators.Fold(at, 0, other_whole.low, other_whole.high);
  }
}

HWY_INLINE void BookPlanes3OneToken(const LookupArgs& args) {
  WithTwoStrips<true>(args, 0, args.strips - 1, [&](auto& first, auto& second) LUTGEMM_LOOP_ATTR {
    BookPlanes3OneToken(args, first, second);
  });
}

HWY_INLINE void BookPlanes3Outliers(const LookupArgs& args, size_t strip, size_t token) {
  const BookTag du8;
  const Book book = LoadBook(args.weight);
  PlanesOutliers<3>(args, strip, token, [&](auto codes, size_t group, size_t o) HWY_ATTR {
    const auto selectors = Selectors(args.weight, args.strip + strip, group, o);
    return Decode(book, hn::BitCast(du8, codes), selectors);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
