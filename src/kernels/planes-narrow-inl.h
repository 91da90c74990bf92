// Family `planes` with 16-entry lookups per 128-bit block: cells of several strips are transposed
// in registers so that every block reads one table; byte results are summed as 16-bit words, w and
// w >> 8 apart.
#if defined(LUTGEMM_KERNELS_PLANES_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PLANES_NARROW_INL_H_
#undef LUTGEMM_KERNELS_PLANES_NARROW_INL_H_
#else
#define LUTGEMM_KERNELS_PLANES_NARROW_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"

#if !LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Strips done at once: one per 128-bit block.
static HWY_INLINE size_t NarrowStrips() { return hn::Lanes(hn::ScalableTag<uint8_t>()) / 16; }
static constexpr size_t kMaxNarrowStrips = 4;

// Byte b of each block to block position (b % 4) * 4 + b / 4: dword j then holds the four outputs'
// bytes of K-group j.
alignas(16) static constexpr uint8_t kTranspose4x4[16] = {0, 4, 8,  12, 1, 5, 9,  13,
                                                          2, 6, 10, 14, 3, 7, 11, 15};

// 16 bytes of each strip's cell, one strip per block; strips past the end repeat the last one.
template <class DU8>
HWY_INLINE hn::Vec<DU8> LoadQuarter(DU8 du8, const uint8_t* const* strips, size_t offset) {
  if constexpr (hn::MaxLanes(du8) == 16) {
    return hn::LoadU(du8, strips[0] + offset);
  } else {
    const hn::Half<DU8> half;
    constexpr size_t kHalf = hn::MaxLanes(half) / 16;
    return hn::Combine(du8, LoadQuarter(half, strips + kHalf, offset),
                       LoadQuarter(half, strips, offset));
  }
}

// 16-bit sums of even and odd bytes: `words` adds whole words, `odds` their high bytes.
template <class VU16>
struct ByteSums {
  VU16 words, odds;
};

template <class VU16, class VU8>
HWY_INLINE void AddBytes(ByteSums<VU16>& sums, VU8 bytes) {
  const hn::DFromV<VU16> du16;
  const auto words = hn::BitCast(du16, bytes);
  sums.words = hn::Add(sums.words, words);
  sums.odds = hn::Add(sums.odds, hn::ShiftRight<8>(words));
}

// raw[strip][first + o] += mult * (sum of output o - bias).
template <class VU16>
HWY_INLINE void FlushSums(const ByteSums<VU16>& sums, int mult, int bias, size_t first,
                          int32_t* HWY_RESTRICT raw) {
  const hn::DFromV<VU16> du16;
  const auto even = hn::Sub(sums.words, hn::ShiftLeft<8>(sums.odds));
  alignas(64) uint16_t low[32], high[32];
  hn::Store(hn::InterleaveLower(du16, even, sums.odds), du16, low);
  hn::Store(hn::InterleaveUpper(du16, even, sums.odds), du16, high);
  for (size_t strip = 0; strip < NarrowStrips(); ++strip) {
    int32_t* HWY_RESTRICT to = raw + strip * 32 + first;
    for (size_t o = 0; o < 8; ++o) to[o] += mult * (int{low[strip * 8 + o]} - bias);
    for (size_t o = 0; o < 8; ++o) to[8 + o] += mult * (int{high[strip * 8 + o]} - bias);
  }
}

// 64 slices of four lookups keep sums of bytes up to 255 below 2^16.
static constexpr size_t kSlicesPerFlush = 64;

// All slices [begin, end) of one plane, added to raw[strip][32].
template <int kPlanes, int kPasses>
HWY_INLINE void AddPlane(const uint8_t* const* strips, const int8_t* table, int plane, int mult,
                         size_t begin, size_t end, int32_t* HWY_RESTRICT raw) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::Repartition<uint16_t, decltype(du8)> du16;
  const hn::Repartition<uint32_t, decltype(du8)> du32;
  const hn::Repartition<uint64_t, decltype(du8)> du64;
  using Sums = ByteSums<hn::Vec<decltype(du16)>>;
  const auto transpose = hn::LoadDup128(du8, kTranspose4x4);
  const auto nibble = hn::Set(du8, uint8_t{15});
  const auto bias = hn::Set(du8, uint8_t{128});
  const Sums zero{hn::Zero(du16), hn::Zero(du16)};
  Sums low0 = zero, high0 = zero, low1 = zero, high1 = zero;
  for (size_t s = begin; s < end; ++s) {
    const size_t cell = (s * kPlanes + static_cast<size_t>(plane)) * 64;
    const auto quarter = [&](size_t q) HWY_ATTR {
      return hn::BitCast(du32,
                         hn::TableLookupBytes(LoadQuarter(du8, strips, cell + 16 * q), transpose));
    };
    const auto q0 = quarter(0), q1 = quarter(1), q2 = quarter(2), q3 = quarter(3);
    const auto a = hn::BitCast(du64, hn::InterleaveLower(du32, q0, q1));
    const auto b = hn::BitCast(du64, hn::InterleaveUpper(du32, q0, q1));
    const auto c = hn::BitCast(du64, hn::InterleaveLower(du32, q2, q3));
    const auto d = hn::BitCast(du64, hn::InterleaveUpper(du32, q2, q3));
    const auto lookup = [&](size_t j, auto group64) HWY_ATTR {
      const auto group = hn::BitCast(du8, group64);
      const auto low = hn::And(group, nibble);
      const auto shifted = hn::ShiftRight<4>(hn::BitCast(du16, group));
      const auto high = hn::And(hn::BitCast(du8, shifted), nibble);
      const auto* entries = reinterpret_cast<const uint8_t*>(table + s * kPasses * 64 + j * 16);
      const auto t0 = hn::Xor(hn::LoadDup128(du8, entries), bias);
      AddBytes(low0, hn::TableLookupBytes(t0, low));
      AddBytes(high0, hn::TableLookupBytes(t0, high));
      if constexpr (kPasses == 2) {
        const auto t1 = hn::Xor(hn::LoadDup128(du8, entries + 64), bias);
        AddBytes(low1, hn::TableLookupBytes(t1, low));
        AddBytes(high1, hn::TableLookupBytes(t1, high));
      }
    };
    lookup(0, hn::InterleaveLower(du64, a, c));
    lookup(1, hn::InterleaveUpper(du64, a, c));
    lookup(2, hn::InterleaveLower(du64, b, d));
    lookup(3, hn::InterleaveUpper(du64, b, d));
  }
  const int offset = static_cast<int>(end - begin) * 4 * 128;
  FlushSums(low0, mult, offset, 0, raw);
  FlushSums(high0, mult, offset, 16, raw);
  if constexpr (kPasses == 2) {
    FlushSums(low1, 16 * mult, offset, 0, raw);
    FlushSums(high1, 16 * mult, offset, 16, raw);
  }
}

template <int kPlanes, int kPasses>
HWY_NOINLINE void PlanesLookup(const LookupArgs& args) {
  constexpr bool kExact = kPasses == 2;
  const hn::ScalableTag<int32_t> di32;
  const uint8_t* strips[kMaxNarrowStrips];
  for (size_t i = 0; i < kMaxNarrowStrips; ++i) {
    const size_t strip = args.strip + (i < args.strips ? i : args.strips - 1);
    strips[i] = args.weight.codes + strip * args.weight.strip_bytes;
  }
  alignas(64) int32_t raw[kMaxNarrowStrips * 32];
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    const auto* table =
        reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
    for (BlockCursor at(args.grid); !at.done(); at.Next()) {
      for (int32_t& r : raw) r = 0;
      for (int p = 0; p < kPlanes; ++p) {
        for (size_t s = at.begin; s < at.end; s += kSlicesPerFlush) {
          const size_t end = s + kSlicesPerFlush < at.end ? s + kSlicesPerFlush : at.end;
          AddPlane<kPlanes, kPasses>(strips, table, p, args.weight.plane_mult[p], s, end, raw);
        }
      }
      for (size_t strip = 0; strip < args.strips; ++strip) {
        const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
        for (size_t o = 0; o < 32; o += hn::Lanes(di32)) {
          const auto sums = hn::Load(di32, raw + strip * 32 + o);
          Fold<kExact>(di32, sums, WeightScale(di32, fold, o), fold, o);
        }
      }
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // !LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_PLANES_NARROW_INL_H_
