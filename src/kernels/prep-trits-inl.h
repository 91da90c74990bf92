// Tables of five activations for `trits` and of three for `triples`.
#if defined(LUTGEMM_KERNELS_PREP_TRITS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PREP_TRITS_INL_H_
#undef LUTGEMM_KERNELS_PREP_TRITS_INL_H_
#else
#define LUTGEMM_KERNELS_PREP_TRITS_INL_H_
#endif

#include "kernels/prep-int8-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

HWY_INLINE float MaxSumOfFive(const float* act, size_t padded) {
  float largest = 0.0f;
  for (size_t i = 0; i < padded; i += 5) {
    const float sum = ((std::abs(act[i]) + std::abs(act[i + 1])) +
                       (std::abs(act[i + 2]) + std::abs(act[i + 3]))) +
                      std::abs(act[i + 4]);
    largest = MaxOrNan(largest, sum);
  }
  return largest;
}

// Digits minus one of the first two and the last three trits of a quint, by h and by l.
alignas(64) static constexpr int16_t kHighDigits[2][32] = {{-1, -1, -1, 0, 0, 0, 1, 1, 1},
                                                           {-1, 0, 1, -1, 0, 1, -1, 0, 1}};
alignas(64) static constexpr int16_t kLowDigits[3][32] = {
    {-1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {-1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1},
    {-1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1}};

#if LUTGEMM_WIDE_LOOKUP

// The 128 sums of five 16-bit values, a vector at a time: emit(first position, sums).
template <class Emit>
HWY_INLINE void TritSums(const int16_t* five, Emit emit) {
  const hn::ScalableTag<int16_t> di16;
  const hn::ScalableTag<uint16_t> du16;
  const auto term = [&](size_t i, const int16_t* digits) HWY_ATTR {
    return hn::Mul(hn::Set(di16, five[i]), hn::Load(di16, digits));
  };
  const auto high = hn::Add(term(0, kHighDigits[0]), term(1, kHighDigits[1]));
  const auto low =
      hn::Add(hn::Add(term(2, kLowDigits[0]), term(3, kLowDigits[1])), term(4, kLowDigits[2]));
  for (size_t p = 0; p < 128; p += 32) {
    const auto h = hn::IndicesFromVec(di16, hn::LoadU(du16, kTritEntries.high.data() + p));
    const auto l = hn::IndicesFromVec(di16, hn::LoadU(du16, kTritEntries.low.data() + p));
    emit(p, hn::Add(hn::TableLookupLanes(high, h), hn::TableLookupLanes(low, l)));
  }
}

#else

// A position is a quint's magnitude plus how many positions below it are unused: magnitudes from
// kTritRuns[i] on have i of them.
static constexpr std::array<size_t, 7> kTritRuns = [] {
  std::array<size_t, 7> runs{};
  for (unsigned v = 121; v != 0; --v) runs[layout::TritPosition(v) - v] = v;
  runs[0] = 0;
  return runs;
}();

template <class Emit>
HWY_INLINE void TritSums(const int16_t* five, Emit emit) {
  const hn::ScalableTag<int16_t> di16;
  constexpr size_t kLanes = hn::MaxLanes(di16);
  // Sums of the last three; then the sum of magnitude v at v + 13, which is 27 h + l less 108.
  alignas(64) int16_t low[32], sums[27 * 5 + 32], positions[128 + 32];
  for (size_t i = 0; i < 32; i += kLanes) {
    const auto term = [&](size_t j) HWY_ATTR {
      return hn::Mul(hn::Set(di16, five[2 + j]), hn::Load(di16, kLowDigits[j] + i));
    };
    hn::Store(hn::Add(hn::Add(term(0), term(1)), term(2)), di16, low + i);
  }
  for (size_t h = 4; h < 9; ++h) {
    const int sum = kHighDigits[0][h] * five[0] + kHighDigits[1][h] * five[1];
    const auto high = hn::Set(di16, static_cast<int16_t>(sum));
    for (size_t i = 0; i < 32; i += kLanes) {
      hn::StoreU(hn::Add(hn::Load(di16, low + i), high), di16, sums + 27 * (h - 4) + i);
    }
  }
  for (size_t run = 0; run < kTritRuns.size(); ++run) {
    const size_t v = kTritRuns[run];
    for (size_t i = 0; i < 32; i += kLanes) {
      hn::StoreU(hn::LoadU(di16, sums + 13 + v + i), di16, positions + v + run + i);
    }
  }
  for (size_t p = 0; p < 128; p += kLanes) emit(p, hn::Load(di16, positions + p));
}

#endif  // LUTGEMM_WIDE_LOOKUP

HWY_NOINLINE void PrepTritsFast(const PrepArgs& args, size_t block_begin, size_t block_end) {
  const hn::ScalableTag<int16_t> di16;
  const hn::Rebind<uint8_t, decltype(di16)> du8;
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  const float halve = args.half ? 0.5f : 1.0f;
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, args.scratch);
    const BlockScale scale = ScaleOf(MaxSumOfFive(args.scratch, span.padded));
    const size_t i = args.token * args.grid.blocks + at.block;
    args.out.scale[i] = scale.scale * halve;
    args.out.sum[i] = 0.0f;
    for (size_t q = at.begin; q < at.end; ++q) {
      int16_t five[5];
      for (size_t j = 0; j < 5; ++j) {
        const float x = scale.inverse == 0.0f ? 0.0f : args.scratch[(q - at.begin) * 5 + j];
        five[j] = static_cast<int16_t>(std::nearbyint((x * scale.inverse) * kFraction));
      }
      TritSums(five, [&](size_t p, auto sums) HWY_ATTR {
        // Rounds the fraction off and adds the bias in one go.
        constexpr int16_t kRound = (128 << kFractionBits) + (1 << (kFractionBits - 1));
        const auto biased = hn::ShiftRight<kFractionBits>(hn::Add(sums, hn::Set(di16, kRound)));
        hn::StoreU(hn::DemoteTo(du8, biased), du8, tables + q * kTritsTable + p);
      });
    }
  }
}

HWY_NOINLINE void PrepTritsExact(const PrepArgs& args, size_t block_begin, size_t block_end) {
  const hn::ScalableTag<int16_t> di16;
  const hn::Rebind<uint8_t, decltype(di16)> du8;
  uint8_t* tables = args.out.data + args.token * args.out.token_bytes;
  const auto emit = [&](const BlockCursor& at, const BlockSpan&, const int8_t* codes) HWY_ATTR {
    for (size_t q = at.begin; q < at.end; ++q) {
      int16_t five[5];
      for (size_t j = 0; j < 5; ++j) five[j] = codes[(q - at.begin) * 5 + j];
      uint8_t* table = tables + q * 2 * kTritsTable;
      TritSums(five, [&](size_t p, auto sums) HWY_ATTR {
        const auto bias = hn::Set(di16, int16_t{kTritSplitBias});
        const auto high = hn::MulFixedPoint15(sums, hn::Set(di16, int16_t{kTritSplitFactor}));
        const auto low = hn::Sub(sums, hn::Mul(high, hn::Set(di16, int16_t{kTritSplit})));
        hn::StoreU(hn::DemoteTo(du8, hn::Add(low, bias)), du8, table + p);
        hn::StoreU(hn::DemoteTo(du8, hn::Add(high, bias)), du8, table + kTritsTable + p);
      });
    }
  };
  ForEachInt8Block(args, block_begin, block_end, emit);
}

#if LUTGEMM_WIDE_LOOKUP

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

#endif  // LUTGEMM_WIDE_LOOKUP

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_PREP_TRITS_INL_H_
