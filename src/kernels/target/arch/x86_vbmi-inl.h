// Lookups in 64 and 128 entries, bytes out of the middle of wider lanes, and logic in place.

#if LUTGEMM_TABLE_ENTRIES >= 64
#include <immintrin.h>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// The instructions ignore higher bits of indices, which is why neither lookup goes through
// IndicesFromVec and its debug check.
template <class V, class VI>
HWY_INLINE V Lookup64(V table, VI index) {
  return hn::TableLookupLanes(table, hn::Indices512<hn::TFromV<V>>{index.raw});
}
template <class V>
HWY_INLINE V Lookup128(V low, V high, V index) {
  return hn::TwoTablesLookupLanes(low, high, hn::Indices512<hn::TFromV<V>>{index.raw});
}

// One instruction a vector.
template <int kShift, class VI32>
HWY_INLINE hn::Vec<hn::ScalableTag<uint8_t>> BytesAt(VI32 v0, VI32 v1, VI32 v2, VI32 v3) {
  const auto from = _mm512_set1_epi64(0x0101010101010101 * kShift + 0x2020202000000000);
  auto bytes = _mm512_multishift_epi64_epi8(from, v0.raw);
  bytes = _mm512_mask_multishift_epi64_epi8(bytes, 0x2222222222222222, from, v1.raw);
  bytes = _mm512_mask_multishift_epi64_epi8(bytes, 0x4444444444444444, from, v2.raw);
  bytes = _mm512_mask_multishift_epi64_epi8(bytes, 0x8888888888888888, from, v3.raw);
  return hn::Vec<hn::ScalableTag<uint8_t>>{bytes};
}

// In the place of `bytes`: with OrAnd g++ 12 copies `tables` first, which is used again, for every
// lookup.
template <class VU8>
HWY_INLINE VU8 MaskedOr(VU8 bytes, VU8 mask, VU8 tables) {
  return VU8{_mm512_ternarylogic_epi64(bytes.raw, mask.raw, tables.raw, 0xea)};
}

template <int kBits, class VU16>
HWY_INLINE VU16 ShiftRightOfPairs(VU16 low, VU16 high) {
  return VU16{_mm512_shrdi_epi16(low.raw, high.raw, kBits)};
}

template <class VU16>
HWY_INLINE hn::Vec<hn::ScalableTag<uint8_t>> FiveBitsAt(VU16 bits) {
  const auto from = _mm512_set1_epi64(0x3525302015051000);
  return hn::Vec<hn::ScalableTag<uint8_t>>{_mm512_multishift_epi64_epi8(from, bits.raw)};
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_TABLE_ENTRIES >= 64
