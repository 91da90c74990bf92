// A row of a panel of indices, met by a tile's tables: what methods lut4 and lut5 share.
#if defined(LUTGEMM_KERNELS_COMMON_LOOKUP_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_LOOKUP_ROW_INL_H_
#undef LUTGEMM_KERNELS_COMMON_LOOKUP_ROW_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_LOOKUP_ROW_INL_H_
#endif

#include "kernels/common/tile_sums-inl.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Bytes of a row: indices of 64 outputs, of each 16 outputs in one vector.
static constexpr size_t kIndexRow = 256;

// One lookup and one byte product with `m` per vector of outputs and token; tokens' tables are
// `stride` bytes apart.
template <int kTokens, class VU8>
HWY_INLINE void LookupRow(VU8 m, const uint8_t* HWY_RESTRICT panel,
                          const int8_t* HWY_RESTRICT table, size_t stride,
                          LUTGEMM_TILE_SUM_PARAMETERS) {
  const TileTag di32;
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const auto i0 = hn::Load(du8, panel), i1 = hn::Load(du8, panel + 64);
  const auto i2 = hn::Load(du8, panel + 128), i3 = hn::Load(du8, panel + 192);
#define LUTGEMM_X(t)                                     \
  if constexpr (t < kTokens) {                           \
    const auto x##t = hn::Load(di8, table + t * stride); \
    AddDotBytes(di32, m, Lookup64(x##t, i0), a##t);      \
    AddDotBytes(di32, m, Lookup64(x##t, i1), b##t);      \
    AddDotBytes(di32, m, Lookup64(x##t, i2), c##t);      \
    AddDotBytes(di32, m, Lookup64(x##t, i3), d##t);      \
  }
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64

#endif  // LUTGEMM_KERNELS_COMMON_LOOKUP_ROW_INL_H_
