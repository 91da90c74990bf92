// Products of a query with cached keys and of probabilities with cached values, straight from
// blocks of block floating point. Bit-equal on every target: products and sums are rounded apart.

#include "format/bfp_block.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using CacheTag = hn::CappedTag<float, format::kBfpFields>;

// Fields [first, first + Lanes) of the eight in `from`, as floats.
template <unsigned kBits>
HWY_INLINE hn::Vec<CacheTag> UnpackFields(const uint8_t* from, size_t first) {
  const CacheTag df;
  const hn::RebindToSigned<CacheTag> di32;
  const hn::RebindToUnsigned<CacheTag> du32;
  const hn::Repartition<uint64_t, CacheTag> du64;
  alignas(64) static constexpr uint64_t kShift[8] = {0,         kBits,     2 * kBits, 3 * kBits,
                                                     4 * kBits, 5 * kBits, 6 * kBits, 7 * kBits};
  const auto fields = hn::Set(du64, format::LoadBfpFields<kBits>(from));
  const auto low = hn::Shr(fields, hn::Load(du64, kShift + first));
  const auto high = hn::Shr(fields, hn::Load(du64, kShift + first + hn::Lanes(du64)));
  const auto words = hn::ConcatEven(du32, hn::BitCast(du32, high), hn::BitCast(du32, low));
  const auto top = hn::BitCast(di32, hn::ShiftLeft<32 - kBits>(words));
  return hn::ConvertTo(df, hn::ShiftRight<32 - kBits>(top));
}

// Eight sums to one: halves, quarters, pairs.
template <class V>
HWY_INLINE float SumEight(V first, V second) {
  const hn::CappedTag<float, 4> d4;
#if HWY_HAVE_SCALABLE
  // How many of them `first` has is known only now.
  const CacheTag df;
  alignas(64) float eight[2 * format::kBfpFields];
  hn::Store(first, df, eight);
  if (hn::Lanes(df) < format::kBfpFields) hn::Store(second, df, eight + hn::Lanes(df));
  const auto four = hn::Add(hn::Load(d4, eight), hn::Load(d4, eight + 4));
#else
  hn::Vec<decltype(d4)> four;
  if constexpr (hn::MaxLanes(CacheTag()) == 8) {
    (void)second;
    four = hn::Add(hn::LowerHalf(d4, first), hn::UpperHalf(d4, first));
  } else {
    four = hn::Add(first, second);
  }
#endif
  const auto two = hn::Add(four, hn::Shuffle1032(four));
  return hn::GetLane(hn::Add(two, hn::Shuffle2301(two)));
}

template <unsigned kBits>
HWY_INLINE void AddBlockScores(const CacheBlock& block, const float* HWY_RESTRICT query,
                               size_t count, float* HWY_RESTRICT scores) {
  const CacheTag df;
  const size_t lanes = hn::Lanes(df);
  for (size_t t = 0; t < count; ++t) {
    const uint8_t* token = block.tokens + t * block.token_bytes;
    const uint8_t* from = token + 1;
    auto first = hn::Zero(df), second = first;
    for (size_t i = 0; i < block.length; i += format::kBfpFields, from += kBits) {
      first = hn::Add(first, hn::Mul(UnpackFields<kBits>(from, 0), hn::LoadU(df, query + i)));
      if (lanes == 8) continue;
      second = hn::Add(second, hn::Mul(UnpackFields<kBits>(from, 4), hn::LoadU(df, query + i + 4)));
    }
    scores[t] += SumEight(first, second) * block.units[*token];
  }
}

template <unsigned kBits>
HWY_INLINE void AddBlockSums(const CacheBlock& block, const float* HWY_RESTRICT probabilities,
                             size_t count, float* HWY_RESTRICT sums) {
  const CacheTag df;
  for (size_t t = 0; t < count; ++t) {
    const uint8_t* token = block.tokens + t * block.token_bytes;
    const uint8_t* from = token + 1;
    const auto factor = hn::Set(df, probabilities[t] * block.units[*token]);
    for (size_t i = 0; i < block.length; i += format::kBfpFields, from += kBits) {
      for (size_t j = 0; j < format::kBfpFields; j += hn::Lanes(df)) {
        const auto product = hn::Mul(factor, UnpackFields<kBits>(from, j));
        hn::StoreU(hn::Add(hn::LoadU(df, sums + i + j), product), df, sums + i + j);
      }
    }
  }
}

#define LUTGEMM_EACH_WIDTH(X) X(3) X(4) X(5) X(6) X(7) X(8)

inline HWY_NOINLINE void BlockScores(const CacheBlock& block, const float* query, size_t count,
                                     float* scores) {
  switch (block.bits) {
#define LUTGEMM_X(bits) \
  case bits:            \
    return AddBlockScores<bits>(block, query, count, scores);
    LUTGEMM_EACH_WIDTH(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

inline HWY_NOINLINE void BlockSums(const CacheBlock& block, const float* probabilities,
                                   size_t count, float* sums) {
  switch (block.bits) {
#define LUTGEMM_X(bits) \
  case bits:            \
    return AddBlockSums<bits>(block, probabilities, count, sums);
    LUTGEMM_EACH_WIDTH(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

#undef LUTGEMM_EACH_WIDTH

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
