// Panels for the method dot from the kTrits layout: bytes of five trits become digits 0, 1, 2.

#include "base/check.h"
#include "kernels/common/interleave-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/target/ops-inl.h"
#include "layout/layout.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_TABLE_ENTRIES >= 64

// Digits of a quint v >= 0 by its position, two bits each: three in one table, two in the other.
struct PackedDigits {
  alignas(64) uint8_t first[128];
  alignas(64) uint8_t last[128];
};
static constexpr PackedDigits kPackedDigits = [] {
  PackedDigits digits{};
  for (unsigned v = 0; v <= 121; ++v) {
    const size_t p = layout::TritPosition(v);
    const unsigned t = v + 121;
    digits.first[p] = static_cast<uint8_t>(t / 81 | t / 27 % 3 << 2 | t / 9 % 3 << 4);
    digits.last[p] = static_cast<uint8_t>(t / 3 % 3 | t % 3 << 2);
  }
  return digits;
}();

// Digits of quints by a table; `twos` is what it holds for digits that are all twos: less the
// digits of -v it is those of v.
HWY_INLINE OutputBytes DigitsBy(const uint8_t* table, uint8_t twos, OutputBytes quints) {
  const hn::ScalableTag<uint8_t> du8;
  const auto negative = hn::Not(hn::MaskFromVec(quints));
  const auto found = Lookup128(hn::Load(du8, table), hn::Load(du8, table + 64), quints);
  return hn::MaskedSubOr(found, negative, hn::Set(du8, twos), found);
}

// The five digits of a byte of each output, a row of 64 each, in the order of interleaving.
HWY_INLINE void Digits(const uint8_t* codes, uint8_t (*HWY_RESTRICT digits)[64]) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<uint16_t> du16;
  const auto quints = LoadForInterleave(codes);
  const auto store = [&](size_t i, auto bits) HWY_ATTR {
    hn::Store(hn::And(hn::BitCast(du8, bits), hn::Set(du8, uint8_t{3})), du8, digits[i]);
  };
  const auto first = hn::BitCast(du16, DigitsBy(kPackedDigits.first, 0x2a, quints));
  const auto last = hn::BitCast(du16, DigitsBy(kPackedDigits.last, 0x0a, quints));
  store(0, first);
  store(1, hn::ShiftRight<2>(first));
  store(2, hn::ShiftRight<4>(first));
  store(3, last);
  store(4, hn::ShiftRight<2>(last));
}

HWY_INLINE void StorePanelRow(const uint8_t (*digits)[64], uint8_t* HWY_RESTRICT panel) {
  const hn::ScalableTag<uint8_t> du8;
  OutputBytes v0, v1, v2, v3;
  InterleaveFour(digits, v0, v1, v2, v3);
  hn::Store(v0, du8, panel);
  hn::Store(v1, du8, panel + 64);
  hn::Store(v2, du8, panel + 128);
  hn::Store(v3, du8, panel + 192);
}

#else

// The five digits of each byte, by five multiplications of a base-3 fraction (see layout.h).
HWY_INLINE void Digits(const uint8_t* codes, uint8_t (*HWY_RESTRICT digits)[64]) {
  const hn::CappedTag<uint8_t, 64> du8;
  const hn::Repartition<uint16_t, decltype(du8)> du16;
  const auto top = hn::Set(du8, uint8_t{0x7f});
  const auto one = hn::Set(du16, uint16_t{1}), below = hn::Set(du16, uint16_t{511});
  const auto low8 = hn::Set(du16, uint16_t{255});
  for (size_t part = 0; part < 64; part += hn::Lanes(du8)) {
    const auto byte = hn::Load(du8, codes + part);
    const auto positive = hn::Ge(byte, hn::Set(du8, uint8_t{128}));
    const auto straight = hn::BitCast(du16, hn::IfThenElse(positive, byte, hn::Xor(byte, top)));
    auto even = hn::Add(hn::Add(hn::And(straight, low8), hn::And(straight, low8)), one);
    const auto upper = hn::ShiftRight<8>(straight);
    auto odd = hn::Add(hn::Add(upper, upper), one);
    for (size_t i = 0; i < 5; ++i) {
      const auto even3 = hn::Add(even, hn::Add(even, even));
      const auto odd3 = hn::Add(odd, hn::Add(odd, odd));
      const auto pair = hn::Or(hn::ShiftRight<9>(even3), hn::ShiftLeft<8>(hn::ShiftRight<9>(odd3)));
      hn::Store(hn::BitCast(du8, pair), du8, digits[i] + part);
      even = hn::And(even3, below);
      odd = hn::And(odd3, below);
    }
  }
}

HWY_INLINE void StorePanelRow(const uint8_t (*digits)[64], uint8_t* HWY_RESTRICT panel) {
  const hn::CappedTag<uint8_t, 64> du8;
  for (size_t part = 0; part < 64; part += hn::Lanes(du8)) {
    const auto row = [&](size_t i) HWY_ATTR { return hn::Load(du8, digits[i] + part); };
    hn::StoreInterleaved4(row(0), row(1), row(2), row(3), du8, panel + part * 4);
  }
}

#endif  // LUTGEMM_TABLE_ENTRIES >= 64

// Four quints are twenty k, five rows of the panel.
static constexpr size_t kTritsExpandSlices = 5;

// Slices [begin, end) of one strip of 64; begin is a multiple of kTritsExpandSlices. Where the
// strip's quints end, rows are padded with some digit: activations there are zero.
HWY_INLINE void ExpandTrits(const KernelArgs& args, const uint8_t* HWY_RESTRICT codes, size_t begin,
                            size_t end, uint8_t* HWY_RESTRICT panel) {
  LUTGEMM_DCHECK(begin % kTritsExpandSlices == 0);
  alignas(64) uint8_t digits[20][64];
  const size_t last = args.weight.strip_bytes / 64 - 1;
  const size_t rows = (end - begin) * 4;
  for (size_t row = 0, q = begin * 16 / 5; row < rows; row += 5, q += 4) {
    for (size_t i = 0; i < 4; ++i) {
      Digits(codes + (q + i < last ? q + i : last) * 64, digits + i * 5);
    }
    for (size_t g = 0; g < 5 && row + g < rows; ++g) {
      StorePanelRow(digits + g * 4, panel + (row + g) * kPanelRow);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
