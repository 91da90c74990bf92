// Panels for the method dot: the codes of 64 outputs as bytes, [k / 4][output][k % 4], whatever
// the layout they come from. One chunk of K at a time, read by every token.
#if defined(LUTGEMM_KERNELS_DOT_EXPAND_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_EXPAND_INL_H_
#undef LUTGEMM_KERNELS_DOT_EXPAND_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_EXPAND_INL_H_
#endif

#include "kernels/common/transpose-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Byte j of each group of four to all four, for j = 0..3.
alignas(16) static constexpr uint8_t kSpread[4][16] = {
    {0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12},
    {1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9, 13, 13, 13, 13},
    {2, 2, 2, 2, 6, 6, 6, 6, 10, 10, 10, 10, 14, 14, 14, 14},
    {3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15}};
alignas(16) static constexpr uint8_t kLowBits[16] = {1, 2, 4, 8, 1, 2, 4, 8,
                                                     1, 2, 4, 8, 1, 2, 4, 8};

// Bytes of a panel's row: 64 outputs, four k.
static constexpr size_t kPanelRow = 256;

#if LUTGEMM_BIT_TRANSPOSE
// A row of a strip's half of a panel: outputs 0 to 15, then 16 to 31.
template <class V>
HWY_INLINE void StoreStripRow(V low, V high, size_t row, uint8_t* HWY_RESTRICT panel) {
  const hn::ScalableTag<uint8_t> du8;
  hn::Store(low, du8, panel + row * kPanelRow);
  hn::Store(high, du8, panel + row * kPanelRow + 64);
}

// ExpandPlanes for planes whose weights are powers of two.
template <int kPlanes>
HWY_INLINE void ExpandByTransposition(const uint8_t* HWY_RESTRICT codes, size_t slices,
                                      uint8_t* HWY_RESTRICT panel) {
  for (size_t s = 0; s < slices; ++s, panel += 4 * kPanelRow) {
    hn::Vec<hn::ScalableTag<uint8_t>> v0, v1, v2, v3, v4, v5, v6, v7;
    LoadSliceCodes<kPlanes>(codes + s * kPlanes * 64, v0, v1, v2, v3, v4, v5, v6, v7);
    TransposeDwords(v0, v2, v4, v6);
    TransposeDwords(v1, v3, v5, v7);
    StoreStripRow(v0, v2, 0, panel);
    StoreStripRow(v4, v6, 1, panel);
    StoreStripRow(v1, v3, 2, panel);
    StoreStripRow(v5, v7, 3, panel);
  }
}
#endif

// Slices [begin, end) of one strip of 32, to its half of the panel.
template <int kPlanes>
HWY_INLINE void ExpandPlanes(const KernelArgs& args, const uint8_t* HWY_RESTRICT codes,
                             size_t begin, size_t end, uint8_t* HWY_RESTRICT panel) {
#if LUTGEMM_BIT_TRANSPOSE
  // Only ternary planes are no powers of two.
  const bool powers = args.weight.plane_mult[0] == 1 && args.weight.plane_mult[1] == 2;
  if (kPlanes > 2 || (kPlanes == 2 && powers)) {
    return ExpandByTransposition<kPlanes>(codes + begin * kPlanes * 64, end - begin, panel);
  }
#endif
  const hn::CappedTag<uint8_t, 64> du8;
  const hn::Repartition<uint16_t, decltype(du8)> du16;
  const auto low_bits = hn::LoadDup128(du8, kLowBits);
  const auto high_bits = hn::BitCast(du8, hn::ShiftLeft<4>(hn::BitCast(du16, low_bits)));
  for (size_t s = begin; s < end; ++s) {
    const uint8_t* cells = codes + s * kPlanes * 64;
    for (size_t part = 0; part < 64; part += hn::Lanes(du8)) {
      for (size_t j = 0; j < 4; ++j) {
        const auto spread = hn::LoadDup128(du8, kSpread[j]);
        auto low = hn::Zero(du8), high = low;
        for (size_t p = 0; p < kPlanes; ++p) {
          const auto cell = hn::Load(du8, cells + p * 64 + part);
          const auto bits = hn::TableLookupBytes(cell, spread);
          const auto mult = hn::Set(du8, args.weight.plane_mult[p]);
          low = hn::Add(low, hn::IfThenElseZero(hn::TestBit(bits, low_bits), mult));
          high = hn::Add(high, hn::IfThenElseZero(hn::TestBit(bits, high_bits), mult));
        }
        uint8_t* to = panel + ((s - begin) * 4 + j) * kPanelRow + part;
        hn::Store(low, du8, to);
        hn::Store(high, du8, to + 64);
      }
    }
  }
}

// Slices [begin, end) of one strip of kCodes; decoder(group, o) gives what makes the panel's bytes
// of bytes that have the codes of outputs from o on in their low nibbles.
template <class Decoder>
HWY_INLINE void ExpandNibbles(const KernelArgs& args, const uint8_t* HWY_RESTRICT codes,
                              size_t begin, size_t end, uint8_t* HWY_RESTRICT panel,
                              Decoder decoder) {
  const hn::CappedTag<uint8_t, 64> du8;
  const hn::Repartition<uint16_t, decltype(du8)> du16;
  const size_t unit = args.grid.group_steps;
  constexpr size_t kMost = 16;  // slices that are read twice
  for (size_t s = begin, stop = begin; s < end; s = stop) {
    stop = HWY_MIN(HWY_MIN((s / unit + 1) * unit, s + kMost), end);
    for (size_t at = 0; at < 128; at += hn::Lanes(du8)) {
      const auto decode = decoder(s / unit, at / 4);
      for (size_t i = s; i < stop; ++i) {
        const uint8_t* from = codes + i * 256 + at / 64 * 128 + at % 64;
        uint8_t* to = panel + (i - begin) * 4 * kPanelRow + at;
        for (size_t k8 = 0; k8 < 2; ++k8, from += 64, to += 2 * kPanelRow) {
          const auto both = hn::Load(du8, from);
          const auto high = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, both)));
          hn::Store(decode(both), du8, to);
          hn::Store(decode(high), du8, to + kPanelRow);
        }
      }
    }
  }
}

HWY_INLINE void ExpandCodes(const KernelArgs& args, const uint8_t* codes, size_t begin, size_t end,
                            uint8_t* panel) {
  const hn::CappedTag<uint8_t, 64> du8;
  ExpandNibbles(args, codes, begin, end, panel, [&](size_t, size_t) HWY_ATTR {
    return [du8](auto bytes) HWY_ATTR { return hn::And(bytes, hn::Set(du8, uint8_t{15})); };
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_EXPAND_INL_H_
