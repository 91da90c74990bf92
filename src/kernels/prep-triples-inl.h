// Tables of three activations for `triples`.
#if defined(LUTGEMM_KERNELS_PREP_TRIPLES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PREP_TRIPLES_INL_H_
#undef LUTGEMM_KERNELS_PREP_TRIPLES_INL_H_
#else
#define LUTGEMM_KERNELS_PREP_TRIPLES_INL_H_
#endif

#include "kernels/prep-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Largest sum of |a| over groups of three; padded is a multiple of 60.
HWY_INLINE float MaxSumOfThree(const float* act, size_t padded) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> di32;
  constexpr size_t kStep = 3 * hn::MaxLanes(df);
  auto largest = hn::Zero(di32);
  for (size_t i = 0; i < padded; i += kStep) {
    // The last step looks at some groups again.
    const float* from = act + (i + kStep <= padded ? i : padded - kStep);
    hn::Vec<decltype(df)> a, b, c;
    hn::LoadInterleaved3(df, from, a, b, c);
    const auto sum = hn::Add(hn::Add(hn::Abs(a), hn::Abs(b)), hn::Abs(c));
    largest = hn::Max(largest, hn::BitCast(di32, sum));
  }
  return hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest)));
}

// Four tables of three activations each: entry i holds 9 a + 3 b + c = i with digits -1, 0, 1.
struct TripleSources {
  alignas(64) uint16_t lane[2][3][32];  // of activation j of a group of 12
  alignas(64) int16_t digit[3][32];
};
static constexpr TripleSources kTripleSources = [] {
  TripleSources sources{};
  for (size_t i = 0; i < 32; ++i) {
    const int v = static_cast<int>(i % 16 < 14 ? i % 16 : 0) + 13;
    const int digit[3] = {v / 9 - 1, v / 3 % 3 - 1, v % 3 - 1};
    for (size_t j = 0; j < 3; ++j) {
      sources.digit[j][i] = static_cast<int16_t>(digit[j]);
      sources.lane[0][j][i] = static_cast<uint16_t>(i / 16 * 3 + j);
      sources.lane[1][j][i] = static_cast<uint16_t>(i / 16 * 3 + j + 6);
    }
  }
  return sources;
}();

// 64 entries from twelve activations in fixed point (and four more that are read and not used).
HWY_INLINE void TripleTables(const int16_t* fixed, uint8_t* HWY_RESTRICT tables) {
  const hn::ScalableTag<int16_t> di16;
  const hn::Half<decltype(di16)> half16;
  const hn::Rebind<uint8_t, decltype(di16)> du8;
  const auto x = hn::ZeroExtendVector(di16, hn::LoadU(half16, fixed));
  for (size_t pair = 0; pair < 2; ++pair) {
    const auto term = [&](size_t j) HWY_ATTR {
      const auto index = hn::SetTableIndices(di16, kTripleSources.lane[pair][j]);
      return hn::Mul(hn::TableLookupLanes(x, index), hn::Load(di16, kTripleSources.digit[j]));
    };
    const auto round = hn::Set(di16, int16_t{(128 << kFractionBits) + kRoundFraction});
    const auto sum = hn::Add(hn::Add(term(0), term(1)), hn::Add(term(2), round));
    hn::StoreU(hn::DemoteTo(du8, hn::ShiftRight<kFractionBits>(sum)), du8, tables + pair * 32);
  }
}

HWY_NOINLINE void PrepTriplesFast(const PrepArgs& args, size_t block_begin, size_t block_end) {
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, args.scratch);
    const BlockScale scale = ScaleOf(MaxSumOfThree(args.scratch, span.padded));
    const size_t i = args.token * args.grid.blocks + at.block;
    args.out.scale[i] = scale.scale;
    args.out.sum[i] = 0.0f;
    for (size_t k = 0; scale.inverse == 0.0f && k < span.padded; ++k) args.scratch[k] = 0.0f;
    auto* fixed = reinterpret_cast<int16_t*>(args.scratch + span.padded + 16);
    ToFixedPoint(args.scratch, span.padded, scale.inverse, fixed);
    for (size_t k = 0; k < span.padded; k += 12) {
      TripleTables(fixed + k, tables + at.begin * kTriplesTables + k / 12 * 64);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_PREP_TRIPLES_INL_H_
