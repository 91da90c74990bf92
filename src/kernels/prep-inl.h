// Activation preparation: int8 codes or lookup tables, block by block. Bit-equal on every target:
// float operations are the same, in the same order, and never fused.
#if defined(LUTGEMM_KERNELS_PREP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PREP_INL_H_
#undef LUTGEMM_KERNELS_PREP_INL_H_
#else
#define LUTGEMM_KERNELS_PREP_INL_H_
#endif

#include "kernels/ops-inl.h"
#include "kernels/prep.h"
#include "kernels/produce-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using DF32 = hn::CappedTag<float, 16>;
using DI32 = hn::RebindToSigned<DF32>;

template <class DF>
HWY_INLINE hn::Vec<DF> LoadAct(DF df, const void* act, Elem elem, size_t index) {
  if (elem != Elem::kI8) return LoadAsF32(df, act, elem, index);
  const hn::Rebind<int8_t, DF> di8;
  const hn::RebindToSigned<DF> di32;
  return hn::ConvertTo(
      df, hn::PromoteTo(di32, hn::LoadU(di8, static_cast<const int8_t*>(act) + index)));
}

// The block's activations as f32, zeros behind them. `to` has room for one more vector.
HWY_INLINE void LoadBlock(const PrepArgs& args, const BlockSpan& span, float* HWY_RESTRICT to) {
  const DF32 df;
  const size_t lanes = hn::Lanes(df);
  size_t i = 0;
  for (; i + lanes <= span.count; i += lanes) {
    hn::StoreU(LoadAct(df, args.act, args.elem, span.k + i), df, to + i);
  }
  if (i < span.count) {
    alignas(64) uint8_t tail[64] = {};
    const size_t bytes = args.elem == Elem::kF32 ? 4 : args.elem == Elem::kI8 ? 1 : 2;
    const auto* from = static_cast<const uint8_t*>(args.act) + (span.k + i) * bytes;
    for (size_t b = 0; b < (span.count - i) * bytes; ++b) tail[b] = from[b];
    hn::StoreU(LoadAct(df, tail, args.elem, 0), df, to + i);
    i += lanes;
  }
  if (args.produce.kind != Produce::Kind::kNone) ProduceSpan(args, span.k, span.count, to);
  for (; i < span.padded; ++i) to[i] = 0.0f;
}

HWY_NOINLINE void ProduceRow(const PrepArgs& args, float* row) {
  constexpr size_t kPiece = 256;
  alignas(64) float piece[kPiece + 16];
  for (size_t k = 0; k < args.k; k += kPiece) {
    const size_t count = HWY_MIN(kPiece, args.k - k);
    LoadBlock(args, {k, count, count}, piece);
    hwy::CopyBytes(piece, row + k, count * sizeof(float));
  }
}

// Largest |x| with NaN above all: magnitudes compare as integers.
HWY_INLINE float AbsMax(const float* act, size_t padded) {
  const DF32 df;
  const DI32 di32;
  auto largest = hn::Zero(di32);
  size_t i = 0;
  for (; i + hn::Lanes(df) <= padded; i += hn::Lanes(df)) {
    largest = hn::Max(largest, hn::BitCast(di32, hn::Abs(hn::LoadU(df, act + i))));
  }
  float result = hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest)));
  for (; i < padded; ++i) {
    result = MaxOrNan(result, std::abs(act[i]));
  }
  return result;
}

// Largest sum of |a| over groups of four; padded is a multiple of 16.
HWY_INLINE float MaxSumOfFour(const float* act, size_t padded) {
  const DF32 df;
  const DI32 di32;
  auto largest = hn::Zero(di32);
  for (size_t i = 0; i < padded; i += hn::Lanes(df)) {
    const auto x = hn::Abs(hn::LoadU(df, act + i));
    const auto pairs = hn::Add(x, hn::Shuffle2301(x));
    const auto sums = hn::Add(pairs, hn::Shuffle1032(pairs));
    largest = hn::Max(largest, hn::BitCast(di32, sums));
  }
  return hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest)));
}

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

// Sum of |x| in the order of OrderedSum; padded is a multiple of 16.
HWY_INLINE float OrderedAbsSum(const float* act, size_t padded) {
  const DF32 df;
  alignas(64) float part[16];
  for (size_t j = 0; j < 16; j += hn::Lanes(df)) {
    auto sum = hn::Zero(df);
    for (size_t i = j; i < padded; i += 16) sum = hn::Add(sum, hn::Abs(hn::LoadU(df, act + i)));
    hn::Store(sum, df, part + j);
  }
  return OrderedSum(part, 16);
}

// A block's activations times `inverse`, as 16-bit integers with kFractionBits bits of fraction.
HWY_INLINE void ToFixedPoint(const float* act, size_t padded, float inverse,
                             int16_t* HWY_RESTRICT fixed) {
  const DF32 df;
  const hn::Rebind<int16_t, DF32> di16;
  for (size_t i = 0; i < padded; i += hn::Lanes(df)) {
    const auto scaled = hn::Mul(hn::LoadU(df, act + i), hn::Set(df, inverse));
    const auto integer = hn::NearestInt(hn::Mul(scaled, hn::Set(df, kFraction)));
    hn::StoreU(hn::DemoteTo(di16, integer), di16, fixed + i);
  }
}

// 64 entries of one slice. Entry i of group j is the sum of four activations, plus where a bit of i
// is set and minus elsewhere, its fraction rounded off; entry 15 - i is its exact negative.
#if LUTGEMM_WIDE_LOOKUP

// Sources of the 8 entries with bit 3 set, four groups: from the pairs of activations (0, 1) and
// (2, 3), of which differences come first, in lanes (a - b, b - a), and sums follow as (a + b,
// -a - b).
static constexpr size_t PairSource(size_t pair, size_t signs) {
  const size_t lane = 2 * pair;
  return signs == 0 ? 16 + lane + 1 : signs == 1 ? lane : signs == 2 ? lane + 1 : 16 + lane;
}
struct EntrySources {
  alignas(64) uint16_t first[32];
  alignas(64) uint16_t second[32];
  alignas(64) int16_t round[32];
  alignas(64) uint8_t order[64];  // of 32 entries and their 32 negatives
};
static constexpr EntrySources kEntrySources = [] {
  EntrySources sources{};
  for (size_t i = 0; i < 32; ++i) {
    const size_t group = i / 8, signs = 8 + i % 8;
    sources.first[i] = static_cast<uint16_t>(PairSource(2 * group, signs & 3));
    sources.second[i] = static_cast<uint16_t>(PairSource(2 * group + 1, signs >> 2));
    sources.round[i] = static_cast<int16_t>(RoundFraction(group));
    sources.order[group * 16 + signs] = static_cast<uint8_t>(i);
    sources.order[group * 16 + 15 - signs] = static_cast<uint8_t>(32 + i);
  }
  return sources;
}();

HWY_INLINE void FastSlice(const int16_t* fixed, int8_t* HWY_RESTRICT table) {
  const hn::ScalableTag<int16_t> di16;
  const hn::ScalableTag<int8_t> di8;
  const hn::Half<decltype(di16)> half16;
  const hn::Half<decltype(di8)> half8;
  const hn::Repartition<uint32_t, decltype(half16)> du32;
  const auto x = hn::LoadU(half16, fixed);
  const auto swapped = hn::BitCast(half16, hn::RotateRight<16>(hn::BitCast(du32, x)));
  const auto sum = hn::Add(x, swapped);
  const auto pairs = hn::Combine(di16, hn::OddEven(hn::Neg(sum), sum), hn::Sub(x, swapped));
  const auto entry = [&](const uint16_t* from) HWY_ATTR {
    return hn::TableLookupLanes(pairs, hn::SetTableIndices(di16, from));
  };
  const auto rounded = hn::Add(hn::Add(entry(kEntrySources.first), entry(kEntrySources.second)),
                               hn::Load(di16, kEntrySources.round));
  const auto bytes = hn::DemoteTo(half8, hn::ShiftRight<kFractionBits>(rounded));
  const auto both = hn::Combine(di8, hn::Neg(bytes), bytes);
  hn::Store(Lookup64(both, hn::Load(hn::ScalableTag<uint8_t>(), kEntrySources.order)), di8, table);
}

#else

HWY_INLINE void FastSlice(const int16_t* fixed, int8_t* HWY_RESTRICT table) {
  const hn::CappedTag<int16_t, 8> di16;
  const hn::Rebind<int8_t, decltype(di16)> di8;
  // Signs of activations 0, 1, 2 in entries 8 to 15.
  alignas(16) static constexpr int16_t kSign[3][8] = {
      {-1, 1, -1, 1, -1, 1, -1, 1}, {-1, -1, 1, 1, -1, -1, 1, 1}, {-1, -1, -1, -1, 1, 1, 1, 1}};
  for (size_t j = 0; j < 4; ++j) {
    auto sum = hn::Set(di16, static_cast<int16_t>(fixed[j * 4 + 3] + RoundFraction(j)));
    for (size_t b = 0; b < 3; ++b) {
      sum = hn::Add(sum, hn::Mul(hn::Set(di16, fixed[j * 4 + b]), hn::Load(di16, kSign[b])));
    }
    const auto entry = hn::ShiftRight<kFractionBits>(sum);
    hn::StoreU(hn::DemoteTo(di8, entry), di8, table + j * 16 + 8);
    hn::StoreU(hn::DemoteTo(di8, hn::Neg(hn::Reverse(di16, entry))), di8, table + j * 16);
  }
}

#endif

// Tables of int8 activations, T = 16 h + l: 64 entries l, then 64 entries h.
HWY_INLINE void ExactSlice(const int8_t* q, int8_t* HWY_RESTRICT table) {
  const hn::CappedTag<int16_t, 16> di16;
  const hn::Rebind<int8_t, decltype(di16)> di8;
  alignas(64) static constexpr int16_t kSign[4][16] = {
      {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1},
      {-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1},
      {-1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1},
      {-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1}};
  for (size_t j = 0; j < 4; ++j) {
    for (size_t i = 0; i < 16; i += hn::Lanes(di16)) {
      auto sum = hn::Zero(di16);
      for (size_t b = 0; b < 4; ++b) {
        const auto sign = hn::LoadU(di16, &kSign[b][i]);
        sum = hn::Add(sum, hn::Mul(hn::Set(di16, int16_t{q[j * 4 + b]}), sign));
      }
      const auto high = hn::ShiftRight<4>(hn::Add(sum, hn::Set(di16, int16_t{8})));
      const auto low = hn::Sub(sum, hn::ShiftLeft<4>(high));
      hn::StoreU(hn::DemoteTo(di8, low), di8, table + j * 16 + i);
      hn::StoreU(hn::DemoteTo(di8, high), di8, table + 64 + j * 16 + i);
    }
  }
}

HWY_NOINLINE void PrepPlanesFast(const PrepArgs& args, size_t block_begin, size_t block_end) {
  BlockCursor at = CursorAt(args.grid, block_begin);
  auto* tables = reinterpret_cast<int8_t*>(args.out.data + args.token * args.out.token_bytes);
  const float halve = args.half ? 0.5f : 1.0f;
  for (; at.block < block_end; at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, args.scratch);
    const BlockScale scale = ScaleOf(MaxSumOfFour(args.scratch, span.padded));
    const size_t i = args.token * args.grid.blocks + at.block;
    args.out.scale[i] = scale.scale * halve;
    const bool zero = scale.inverse == 0.0f;
    args.out.sum[i] = zero || !args.need_sum ? 0.0f : OrderedSum(args.scratch, span.padded) * halve;
    if (zero) {
      for (size_t k = 0; k < span.padded; ++k) args.scratch[k] = 0.0f;
    }
    auto* fixed = reinterpret_cast<int16_t*>(args.scratch + span.padded);
    ToFixedPoint(args.scratch, span.padded, scale.inverse, fixed);
    for (size_t s = at.begin; s < at.end; ++s) {
      FastSlice(fixed + (s - at.begin) * 16, tables + s * kPlanesTable);
    }
  }
}

// int8 codes of one block at `to` (padded positions), and their sum.
HWY_INLINE int32_t QuantizeBlock(const float* act, size_t padded, float inverse, int8_t* to) {
  const DF32 df;
  const DI32 di32;
  const hn::Rebind<int8_t, DF32> di8;
  auto sums = hn::Zero(di32);
  size_t i = 0;
  for (; i + hn::Lanes(df) <= padded; i += hn::Lanes(df)) {
    const auto q = hn::NearestInt(hn::Mul(hn::LoadU(df, act + i), hn::Set(df, inverse)));
    sums = hn::Add(sums, q);
    hn::StoreU(hn::DemoteTo(di8, q), di8, to + i);
  }
  int32_t sum = hn::ReduceSum(di32, sums);
  for (; i < padded; ++i) {
    const auto q = static_cast<int8_t>(std::nearbyint(act[i] * inverse));
    sum += q;
    to[i] = q;
  }
  return sum;
}

// Scale shared by blocks from `at` on, scale_blocks of them at most.
HWY_INLINE BlockScale SharedScale(const PrepArgs& args, BlockCursor at) {
  const size_t end = at.block + args.scale_blocks;
  float largest = 0.0f;
  for (; at.block < end && !at.done(); at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, args.scratch);
    largest = MaxOrNan(largest, AbsMax(args.scratch, span.padded));
  }
  return ScaleOf(largest);
}

// The scale without the block's outliers, which go to their list.
HWY_INLINE BlockScale ClipOutliers(const PrepArgs& args, const BlockCursor& at,
                                   const BlockSpan& span, BlockScale scale) {
  uint32_t& count = args.out.outlier_count[args.token * args.grid.blocks + at.block];
  count = 0;
  const float limit = OutlierLimit(OrderedAbsSum(args.scratch, span.padded), span.count);
  if (!(AbsMax(args.scratch, span.padded) > limit) || !std::isfinite(scale.scale)) return scale;
  const BlockScale clipped = ScaleOf(limit);
  Outlier* to = args.out.outliers + (args.token * args.grid.steps + at.begin) * kOutliersPerStep;
  count = TakeOutliers(args.scratch, span.count, limit, clipped, at.begin * args.step_k, to);
  return clipped;
}

// Calls emit(cursor, span, int8 codes) for each block; codes live in the second half of scratch.
template <class Emit>
HWY_INLINE void ForEachInt8Block(const PrepArgs& args, size_t block_begin, size_t block_end,
                                 Emit emit) {
  BlockScale scale{1.0f, 1.0f};
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    if (args.elem != Elem::kI8 && (at.block - block_begin) % args.scale_blocks == 0) {
      scale = SharedScale(args, at);
    }
    if (args.scale_blocks > 1 || args.elem == Elem::kI8) LoadBlock(args, span, args.scratch);
    if (args.out.outliers != nullptr) scale = ClipOutliers(args, at, span, scale);
    if (scale.inverse == 0.0f) {
      for (size_t k = 0; k < span.padded; ++k) args.scratch[k] = 0.0f;
    }
    auto* codes = reinterpret_cast<int8_t*>(args.scratch + span.padded + 16);
    const size_t i = args.token * args.grid.blocks + at.block;
    args.out.scale[i] = scale.scale;
    args.out.int_sum[i] = QuantizeBlock(args.scratch, span.padded, scale.inverse, codes);
    emit(at, span, codes);
  }
}

HWY_NOINLINE void PrepPlanesExact(const PrepArgs& args, size_t block_begin, size_t block_end) {
  auto* tables = reinterpret_cast<int8_t*>(args.out.data + args.token * args.out.token_bytes);
  ForEachInt8Block(args, block_begin, block_end,
                   [&](const BlockCursor& at, const BlockSpan&, const int8_t* codes) HWY_ATTR {
                     for (size_t s = at.begin; s < at.end; ++s) {
                       ExactSlice(codes + (s - at.begin) * 16, tables + s * 2 * kPlanesTable);
                     }
                   });
}

HWY_NOINLINE void PrepInt8(const PrepArgs& args, size_t block_begin, size_t block_end) {
  uint8_t* to = args.out.data + args.token * args.out.token_bytes;
  ForEachInt8Block(args, block_begin, block_end,
                   [&](const BlockCursor& at, const BlockSpan& span, const int8_t* codes) HWY_ATTR {
                     hwy::CopyBytes(codes, to + at.begin * args.step_k, span.padded);
                   });
}

#if LUTGEMM_WIDE_LOOKUP

// Digits minus one of the first two and the last three trits of a quint, by h and by l.
alignas(64) static constexpr int16_t kHighDigits[2][32] = {{-1, -1, -1, 0, 0, 0, 1, 1, 1},
                                                           {-1, 0, 1, -1, 0, 1, -1, 0, 1}};
alignas(64) static constexpr int16_t kLowDigits[3][32] = {
    {-1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {-1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1},
    {-1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1}};

// The 128 sums of five 16-bit values, 32 at a time: emit(first position, sums).
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

#endif  // LUTGEMM_WIDE_LOOKUP

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_PREP_INL_H_
