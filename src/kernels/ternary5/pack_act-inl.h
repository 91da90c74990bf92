// Tables of five activations for `trits`: biased negatives of their sums.
#if defined(LUTGEMM_KERNELS_TERNARY5_PACK_ACT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TERNARY5_PACK_ACT_INL_H_
#undef LUTGEMM_KERNELS_TERNARY5_PACK_ACT_INL_H_
#else
#define LUTGEMM_KERNELS_TERNARY5_PACK_ACT_INL_H_
#endif

#include "kernels/dot/pack_act-inl.h"
#include "kernels/ternary5/tables-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Largest sum of |a| over groups of five: sums from every position on, of which those count where a
// group starts. padded is a multiple of five; up to 20 floats behind are read and not used.
HWY_INLINE float MaxSumOfFive(const float* act, size_t padded) {
  const DF32 df;
  const DI32 di32;
  alignas(64) static constexpr int32_t kStarts[20] = {-1, 0, 0, 0, 0, -1, 0, 0, 0, 0,
                                                      -1, 0, 0, 0, 0, -1, 0, 0, 0, 0};
  const auto magnitude = [&](size_t i) HWY_ATTR { return hn::Abs(hn::LoadU(df, act + i)); };
  auto largest = hn::Zero(di32);
  for (size_t i = 0; i < padded; i += hn::Lanes(df)) {
    const auto pairs = hn::Add(hn::Add(magnitude(i), magnitude(i + 1)),
                               hn::Add(magnitude(i + 2), magnitude(i + 3)));
    const auto sums = hn::BitCast(di32, hn::Add(pairs, magnitude(i + 4)));
    auto starts = hn::LoadU(di32, kStarts + i % 5);
    if (i + hn::Lanes(df) > padded) {
      starts = hn::IfThenElseZero(hn::FirstN(di32, padded - i), starts);
    }
    largest = hn::Max(largest, hn::And(starts, sums));
  }
  return hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest)));
}

inline HWY_NOINLINE void PackTernary5Fast(const PackActArgs& args, size_t block_begin,
                                          size_t block_end) {
  const Ternary5SumTag di16;
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  const auto biased = [&](auto sums) HWY_ATTR {
    const auto rounded = hn::Add(sums, hn::Set(di16, int16_t{kRoundFraction}));
    return hn::Sub(hn::Set(di16, int16_t{128}), hn::ShiftRight<kFractionBits>(rounded));
  };
  ForEachFixedBlock(args, block_begin, block_end, MaxSumOfFive,
                    [&](const BlockCursor& at, const BlockSpan&, const int16_t* fixed) HWY_ATTR {
                      for (size_t q = at.begin; q < at.end; ++q, fixed += 5) {
                        Ternary5Tables(fixed, tables + q * kTernary5Table, biased);
                      }
                    });
}

inline HWY_NOINLINE void PackTernary5Exact(const PackActArgs& args, size_t block_begin,
                                           size_t block_end) {
  const Ternary5SumTag di16;
  const hn::Rebind<int8_t, Ternary5SumTag> di8;
  const auto biased = [&](auto half) HWY_ATTR {
    return hn::Sub(hn::Set(di16, int16_t{kTritSplitBias}), half);
  };
  const auto high = [&](auto sums) HWY_ATTR {
    return hn::MulFixedPoint15(sums, hn::Set(di16, int16_t{kTritSplitFactor}));
  };
  const auto biased_high = [&](auto sums) HWY_ATTR { return biased(high(sums)); };
  const auto biased_low = [&](auto sums) HWY_ATTR {
    const auto rest = hn::Sub(sums, hn::Mul(high(sums), hn::Set(di16, int16_t{kTritSplit})));
    return biased(rest);
  };
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  const auto emit = [&](const BlockCursor& at, const BlockSpan& span,
                        const int8_t* codes) HWY_ATTR {
    auto* fixed = reinterpret_cast<int16_t*>(args.scratch);  // its floats have become codes
    for (size_t i = 0; i < span.padded; i += hn::Lanes(di16)) {
      hn::StoreU(hn::PromoteTo(di16, hn::LoadU(di8, codes + i)), di16, fixed + i);
    }
    for (size_t q = at.begin; q < at.end; ++q, fixed += 5) {
      Ternary5Tables(fixed, tables + q * 2 * kTernary5Table, biased_low, biased_high);
    }
  };
  ForEachInt8Block(args, block_begin, block_end, emit);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_TERNARY5_PACK_ACT_INL_H_
