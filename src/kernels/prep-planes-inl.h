// Tables of four activations for `planes`: fast ones of 8 bits, exact ones of two bytes.
#if defined(LUTGEMM_KERNELS_PREP_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PREP_PLANES_INL_H_
#undef LUTGEMM_KERNELS_PREP_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_PREP_PLANES_INL_H_
#endif

#include "kernels/prep-int8-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

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
    args.out.sum[i] = 0.0f;
    if (!zero && args.need_sum) {
      args.out.sum[i] = VectorOrderedSum(args.scratch, span.padded) * halve;
    }
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

HWY_NOINLINE void PrepPlanesExact(const PrepArgs& args, size_t block_begin, size_t block_end) {
  auto* tables = reinterpret_cast<int8_t*>(args.out.data + args.token * args.out.token_bytes);
  ForEachInt8Block(args, block_begin, block_end,
                   [&](const BlockCursor& at, const BlockSpan&, const int8_t* codes) HWY_ATTR {
                     for (size_t s = at.begin; s < at.end; ++s) {
                       ExactSlice(codes + (s - at.begin) * 16, tables + s * 2 * kPlanesTable);
                     }
                   });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_PREP_PLANES_INL_H_
