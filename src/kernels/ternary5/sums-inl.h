// Sums of biased bytes of quints, as 16-bit words of even and odd bytes.
#if defined(LUTGEMM_KERNELS_TERNARY5_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TERNARY5_SUMS_INL_H_
#undef LUTGEMM_KERNELS_TERNARY5_SUMS_INL_H_
#else
#define LUTGEMM_KERNELS_TERNARY5_SUMS_INL_H_
#endif

#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Vectors of 64 outputs, or of half as many at most: two of those share the loads of a table.
using Ternary5Tag =
    hn::CappedTag<uint8_t, hn::MaxLanes(hn::ScalableTag<uint8_t>()) == 64 ? 64 : 32>;
using Ternary5Codes = hn::Vec<Ternary5Tag>;
using Ternary5Sums = hn::Vec<hn::Repartition<uint16_t, Ternary5Tag>>;

// Consecutive quints of strips that follow one another, and how many bytes behind each what is read
// later lies.
struct Ternary5Piece {
  const uint8_t* codes;
  size_t strip_bytes;
  size_t quints;
  ptrdiff_t ahead;
};

// Adds kMult * (sum - bias) of the outputs of one vector of codes to four vectors of raw: outputs 4
// i to the first, 4 i + 1 to the second, and so on; in this order words are taken apart by masks.
template <int kMult>
HWY_INLINE void FlushTernary5(Ternary5Sums words, Ternary5Sums odds, int bias,
                              int32_t* HWY_RESTRICT raw) {
  const hn::Repartition<int32_t, Ternary5Tag> di32;
  const hn::Repartition<uint32_t, Ternary5Tag> du32;
  const auto even = hn::BitCast(du32, hn::Sub(words, hn::ShiftLeft<8>(odds)));
  const auto odd = hn::BitCast(du32, odds);
  const auto lower = hn::Set(du32, 0xffffu);
  const auto add = [&](size_t i, auto sums) HWY_ATTR {
    auto more = hn::Sub(hn::BitCast(di32, sums), hn::Set(di32, bias));
    if constexpr (kMult != 1) more = hn::Mul(more, hn::Set(di32, kMult));
    int32_t* to = raw + i * hn::Lanes(di32);
    hn::Store(hn::Add(hn::Load(di32, to), more), di32, to);
  };
  add(0, hn::And(even, lower));
  add(1, hn::And(odd, lower));
  add(2, hn::ShiftRight<16>(even));
  add(3, hn::ShiftRight<16>(odd));
}

// Raw sums of a strip's 64 outputs, in the order of outputs.
HWY_INLINE void OrderRaw(const int32_t* HWY_RESTRICT raw, int32_t* HWY_RESTRICT ordered) {
  const hn::Repartition<int32_t, Ternary5Tag> di32;
  const size_t lanes = hn::Lanes(di32);
  for (size_t o = 0; o < 64; o += 4 * lanes) {
    hn::StoreInterleaved4(hn::Load(di32, raw + o), hn::Load(di32, raw + o + lanes),
                          hn::Load(di32, raw + o + 2 * lanes), hn::Load(di32, raw + o + 3 * lanes),
                          di32, ordered + o);
  }
}

// Adds a vector of bytes to the sums.
HWY_INLINE void AddTernary5Bytes(Ternary5Codes bytes, Ternary5Sums& words, Ternary5Sums& odds) {
  const auto sum = hn::BitCast(hn::Repartition<uint16_t, Ternary5Tag>(), bytes);
  words = hn::Add(words, sum);
  odds = hn::Add(odds, hn::ShiftRight<8>(sum));
}

// Exact tables: T = 36 h + l, both biased by 18 (so at most 36): seven fit a byte sum.
static constexpr size_t kQuintsPerByteSum = 7;

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TERNARY5_SUMS_INL_H_
