// Products of bit matrices, which Highway does not offer: transposition, and signs of bytes.

#if LUTGEMM_BIT_TRANSPOSE
#include <immintrin.h>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

template <class V>
HWY_INLINE V TransposeBits(V rows) {
  // The instruction multiplies each byte of its first operand by the matrix in its second: unit
  // bytes pick columns.
  const hn::Repartition<uint64_t, hn::DFromV<V>> du64;
  const auto units = hn::Set(du64, uint64_t{0x8040201008040201});
  return V{_mm512_gf2p8affine_epi64_epi8(units.raw, rows.raw, 0)};
}

template <class V>
HWY_INLINE V SignsOf(V bytes) {
  // Rows of the matrix give bits 7 to 0 of the result: all are bit 7, but for bit 0, which is 1.
  const hn::Repartition<uint64_t, hn::DFromV<V>> du64;
  const auto matrix = hn::Set(du64, uint64_t{0x0080808080808080});
  return V{_mm512_gf2p8affine_epi64_epi8(bytes.raw, matrix.raw, 1)};
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_BIT_TRANSPOSE
