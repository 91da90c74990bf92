// One token times 3-bit codes of a codebook in the kPlanes layout. Bits of eight codes at a time
// are transposed into nibbles: four positions of k of two outputs in a dword each, so that the byte
// dot product reads activations in the order that the transposition leaves.
#if defined(LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
#undef LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
#endif

#include "kernels/codebook/decode-inl.h"
#include "kernels/common/fold-inl.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/dot/gemv_planes-inl.h"

#if LUTGEMM_BIT_TRANSPOSE

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
HWY_INLINE CodebookBytes SelectorRows(const WeightArgs& w, size_t strip, size_t group) {
  const CodebookTag du8;
  const hn::Repartition<uint32_t, CodebookTag> du32;
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

// A codebook by what transpositions leave, in memory as Book is.
struct TransposedCodebook {
  alignas(64) uint8_t odd[64];
  alignas(64) uint8_t even[64];
};
HWY_INLINE TransposedCodebook LoadTransposedCodebook(const WeightArgs& w) {
  const CodebookTag du8;
  const CodebookTables book = LoadCodebook(w);
  const auto entries = hn::Load(du8, book.entries);
  TransposedCodebook transposed;
  hn::Store(Lookup64(entries, hn::Load(du8, kTransposedIndices.odd)), du8, transposed.odd);
  hn::Store(Lookup64(entries, hn::Load(du8, kTransposedIndices.even)), du8, transposed.even);
  return transposed;
}

// Rows of one slice to be transposed, with those of its selectors, SelectorRows.
template <class V>
HWY_INLINE void LoadCodebookRows(const uint8_t* cells, CodebookBytes selectors,
                                 LUTGEMM_FOUR(V& row)) {
  const CodebookTag du8;
  const hn::ScalableTag<uint16_t> du16;
  const auto p0 = hn::Load(du8, cells), p1 = hn::Load(du8, cells + 64);
  const auto p2 = hn::Load(du8, cells + 128);
  const auto words = [&](auto a, auto b, bool upper) HWY_ATTR {
    return hn::BitCast(du16, upper ? hn::InterleaveUpper(du8, a, b) : hn::InterleaveLower(a, b));
  };
  // Four bytes (p2, p1, p0, selectors) of a position become the high nibbles of eight bytes, those
  // of the next position their low nibbles.
  const auto low21 = words(p2, p1, false), high21 = words(p2, p1, true);
  const auto low0 = words(p0, selectors, false), high0 = words(p0, selectors, true);
  row_v0 = hn::BitCast(du8, hn::InterleaveLower(low21, low0));
  row_v1 = hn::BitCast(du8, hn::InterleaveUpper(du16, low21, low0));
  row_v2 = hn::BitCast(du8, hn::InterleaveLower(high21, high0));
  row_v3 = hn::BitCast(du8, hn::InterleaveUpper(du16, high21, high0));
}

// The bytes of row i: in the dwords of block b outputs 4 b + i and 16 + 4 b + i of group 0 (odd: 1)
// of four k, then of group 2 (odd: 3).
template <class V>
HWY_INLINE void DecodeCodebookRow(V row, V even_table, V odd_table, V& even, V& odd) {
  const CodebookTag du8;
  const hn::ScalableTag<uint32_t> du32;
  const auto odd_index = TransposeBits(row);
  const auto even_index = hn::BitCast(du8, hn::RotateRight<4>(hn::BitCast(du32, odd_index)));
  even = Lookup64(even_table, even_index);
  odd = Lookup64(odd_table, odd_index);
}

// Adds one slice's products to the sums. x02 holds in every block the activations of groups 0, 0,
// 2, 2 of four k, x13 those of groups 1, 1, 3, 3.
template <class VU8, class VI8, class VI32>
HWY_INLINE void AddCodebookSlice(const uint8_t* cells, VU8 selectors, VU8 even_table, VU8 odd_table,
                                 VI8 x02, VI8 x13, LUTGEMM_FOUR(VI32& sum)) {
  const hn::ScalableTag<int32_t> di32;
  VU8 LUTGEMM_FOUR(row), even, odd;
  LoadCodebookRows(cells, selectors, LUTGEMM_FOUR(row));
#define LUTGEMM_X(row, sum)                                 \
  DecodeCodebookRow(row, even_table, odd_table, even, odd); \
  AddDotBytes(di32, even, x02, sum);                        \
  AddDotBytes(di32, odd, x13, sum);
  LUTGEMM_X(row_v0, sum_v0)
  LUTGEMM_X(row_v1, sum_v1)
  LUTGEMM_X(row_v2, sum_v2)
  LUTGEMM_X(row_v3, sum_v3)
#undef LUTGEMM_X
}

// Slices [begin, end) of one strip, to its half of a panel of bytes.
HWY_INLINE void ExpandCodebookSlices(const KernelArgs& args, size_t strip, const uint8_t* codes,
                                     size_t begin, size_t end, uint8_t* HWY_RESTRICT panel) {
  const TransposedCodebook book = LoadTransposedCodebook(args.weight);
  const auto even_table = hn::Load(CodebookTag(), book.even),
             odd_table = hn::Load(CodebookTag(), book.odd);
  for (size_t s = begin, stop = begin; s < end; s = stop) {
    const size_t group = s / args.grid.group_steps;
    stop = HWY_MIN((group + 1) * args.grid.group_steps, end);
    const auto selectors = SelectorRows(args.weight, strip, group);
    for (size_t i = s; i < stop; ++i, panel += 4 * kPanelRow) {
      CodebookBytes LUTGEMM_FOUR(row), LUTGEMM_FOUR(even), LUTGEMM_FOUR(odd);
      LoadCodebookRows(codes + i * 192, selectors, LUTGEMM_FOUR(row));
      DecodeCodebookRow(row_v0, even_table, odd_table, even_v0, odd_v0);
      DecodeCodebookRow(row_v1, even_table, odd_table, even_v1, odd_v1);
      DecodeCodebookRow(row_v2, even_table, odd_table, even_v2, odd_v2);
      DecodeCodebookRow(row_v3, even_table, odd_table, even_v3, odd_v3);
      TransposeDwords(LUTGEMM_FOUR(even));
      TransposeDwords(LUTGEMM_FOUR(odd));
      StoreStripRow(even_v0, even_v1, 0, panel);
      StoreStripRow(odd_v0, odd_v1, 1, panel);
      StoreStripRow(even_v2, even_v3, 2, panel);
      StoreStripRow(odd_v2, odd_v3, 3, panel);
    }
  }
}

// All strips of a call, at most two, side by side: they share what is made of activations. Where
// there is one, it takes both places. `fold` and `other_fold` are of common/gemv-inl.h.
template <class Strip>
HWY_INLINE void CodebookGemvStrips(const KernelArgs& args, const Strip& fold,
                                   const Strip& other_fold) {
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<int32_t> di32;
  const WeightArgs& w = args.weight;
  const size_t token = args.token_begin, other = args.strips - 1;
  const uint8_t* codes = w.codes + args.strip * w.strip_bytes;
  const auto* act = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  const TransposedCodebook book = LoadTransposedCodebook(w);
  const auto even_table = hn::Load(CodebookTag(), book.even),
             odd_table = hn::Load(CodebookTag(), book.odd);
  auto acc_low = hn::Zero(hn::ScalableTag<float>()), acc_high = acc_low;
  auto other_acc_low = acc_low, other_acc_high = acc_low;
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    const auto selectors = SelectorRows(w, args.strip, at.group);
    const auto other_selectors = SelectorRows(w, args.strip + other, at.group);
    hn::Vec<decltype(di32)> LUTGEMM_FOUR(sum), LUTGEMM_FOUR(other), low, high;
    SetFourZeros(LUTGEMM_FOUR(sum));
    SetFourZeros(LUTGEMM_FOUR(other));
    for (size_t s = at.begin; s < at.end; ++s) {
      const uint8_t* cells = codes + s * 192;
      const uint8_t* other_cells = cells + other * w.strip_bytes;
      for (size_t p = 0; p < 3; ++p) {
        hwy::Prefetch(cells + p * 64 + args.ahead);
        hwy::Prefetch(other_cells + p * 64 + args.ahead);
      }
      const auto x = hn::BitCast(di32, hn::LoadDup128(di8, act + s * 16));
      const auto x02 = hn::BitCast(di8, hn::DupEven(x)), x13 = hn::BitCast(di8, hn::DupOdd(x));
      AddCodebookSlice(cells, selectors, even_table, odd_table, x02, x13, LUTGEMM_FOUR(sum));
      AddCodebookSlice(other_cells, other_selectors, even_table, odd_table, x02, x13,
                       LUTGEMM_FOUR(other));
    }
    SumFour(LUTGEMM_FOUR(sum), low, high);
    fold.Fold(at, 0, low, high, acc_low, acc_high);
    SumFour(LUTGEMM_FOUR(other), low, high);
    other_fold.Fold(at, 0, low, high, other_acc_low, other_acc_high);
  }
  fold.Store(acc_low, acc_high);
  other_fold.Store(other_acc_low, other_acc_high);
}

HWY_INLINE void CodebookGemvStrips(const KernelArgs& args) {
  const auto run = [&](const auto& fold, const auto& other_fold)
                       LUTGEMM_LOOP_ATTR { CodebookGemvStrips(args, fold, other_fold); };
  WithTwoStrips<true>(args, 0, args.strips - 1, run);
}

HWY_INLINE void CodebookPlanesOutliers(const KernelArgs& args, size_t strip, size_t token) {
  const CodebookTables book = LoadCodebook(args.weight);
  PlanesOutliers<3>(args, strip, token, CodebookDecoder<true>{args.weight, book});
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_BIT_TRANSPOSE

#endif  // LUTGEMM_KERNELS_CODEBOOK_PLANES_INL_H_
