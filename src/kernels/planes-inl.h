// Family `planes`: one lookup per bit plane and four activations.
//
// Two bodies read the same cells. Wide (64-entry byte lookup and byte dot product): the four
// neighbouring bytes of an output index four tables held in one register, and the dot product with
// the plane's multiplier sums them exactly. Narrow (16-entry lookups per 128-bit block): cells of
// several strips are transposed in registers so that every block reads one table; byte results are
// summed as 16-bit words, w and w >> 8 apart.
#if defined(LUTGEMM_KERNELS_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PLANES_INL_H_
#undef LUTGEMM_KERNELS_PLANES_INL_H_
#else
#define LUTGEMM_KERNELS_PLANES_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/fold-inl.h"
#include "kernels/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

#if LUTGEMM_WIDE_LOOKUP

alignas(64) static constexpr uint8_t kTableOfByte[64] = {
    0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16,
    32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48,
    0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48};

// Adds one slice's lookups of one token to the sums of 32 outputs.
template <int kPlanes, int kPasses, class VI32>
HWY_INLINE void AddSlice(const uint8_t* codes, const int8_t* table, const uint8_t* mult, VI32& low,
                         VI32& high) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<uint16_t> du16;
  const hn::ScalableTag<int32_t> di32;
  const auto table_of_byte = hn::Load(du8, kTableOfByte);
  const auto nibble = hn::Set(du8, uint8_t{15});
  for (int p = 0; p < kPlanes; ++p) {
    const auto cell = hn::Load(du8, codes + p * 64);
    const auto shifted = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, cell)));
    const auto low_index = hn::OrAnd(table_of_byte, cell, nibble);
    const auto high_index = hn::OrAnd(table_of_byte, shifted, nibble);
    for (int pass = 0; pass < kPasses; ++pass) {
      const auto entries = hn::Load(di8, table + pass * 64);
      // Exact tables come as l, then h with 16 times the weight.
      const auto m = hn::Set(du8, static_cast<uint8_t>(mult[p] << (4 * pass)));
      low = DotBytes(di32, m, Lookup64(entries, low_index), low);
      high = DotBytes(di32, m, Lookup64(entries, high_index), high);
    }
  }
}

template <int kPlanes, int kPasses>
HWY_INLINE void PlanesOneToken(const LookupArgs& args, size_t strip, size_t token) {
  constexpr bool kExact = kPasses == 2;
  const hn::ScalableTag<int32_t> di32;
  const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const auto* table = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    // Even and odd slices have sums of their own: the dot product's latency is hidden.
    auto low = hn::Zero(di32), high = low, low2 = low, high2 = low;
    size_t s = at.begin;
    for (; s + 2 <= at.end; s += 2) {
      const uint8_t* cells = codes + s * kPlanes * 64;
      for (int p = 0; p < 2 * kPlanes; ++p) hwy::Prefetch(cells + p * 64 + kPrefetchBytes);
      AddSlice<kPlanes, kPasses>(cells, table + s * kPasses * 64, args.weight.plane_mult, low,
                                 high);
      AddSlice<kPlanes, kPasses>(cells + kPlanes * 64, table + (s + 1) * kPasses * 64,
                                 args.weight.plane_mult, low2, high2);
    }
    if (s < at.end) {
      AddSlice<kPlanes, kPasses>(codes + s * kPlanes * 64, table + s * kPasses * 64,
                                 args.weight.plane_mult, low, high);
    }
    const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
    Fold<kExact>(di32, hn::Add(low, low2), WeightScale(di32, fold, 0), fold, 0);
    Fold<kExact>(di32, hn::Add(high, high2), WeightScale(di32, fold, 16), fold, 16);
  }
}

// Four tokens share the index arithmetic. Sums are named, not an array: g++ 12 keeps named vectors
// in registers where it spills arrays.
template <int kPlanes, int kPasses, bool kPlain>
HWY_INLINE void PlanesFourTokens(const LookupArgs& args, size_t strip, size_t token) {
  constexpr bool kExact = kPasses == 2;
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<uint16_t> du16;
  const hn::ScalableTag<int32_t> di32;
  const auto table_of_byte = hn::Load(du8, kTableOfByte);
  const auto nibble = hn::Set(du8, uint8_t{15});
  const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const size_t stride = args.act.token_bytes;
  const auto* table = reinterpret_cast<const int8_t*>(args.act.data + token * stride);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    auto l0 = hn::Zero(di32), l1 = l0, l2 = l0, l3 = l0, h0 = l0, h1 = l0, h2 = l0, h3 = l0;
    for (size_t s = at.begin; s < at.end; ++s) {
      for (int p = 0; p < kPlanes; ++p) {
        const auto cell = hn::Load(du8, codes + (s * kPlanes + static_cast<size_t>(p)) * 64);
        const auto shifted = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, cell)));
        const auto low = hn::OrAnd(table_of_byte, cell, nibble);
        const auto high = hn::OrAnd(table_of_byte, shifted, nibble);
        for (int pass = 0; pass < kPasses; ++pass) {
          const int8_t* t = table + (s * kPasses + static_cast<size_t>(pass)) * 64;
          const auto m =
              hn::Set(du8, static_cast<uint8_t>(args.weight.plane_mult[p] << (4 * pass)));
          const auto t0 = hn::Load(di8, t);
          const auto t1 = hn::Load(di8, t + stride);
          const auto t2 = hn::Load(di8, t + 2 * stride);
          const auto t3 = hn::Load(di8, t + 3 * stride);
          l0 = DotBytes(di32, m, Lookup64(t0, low), l0);
          h0 = DotBytes(di32, m, Lookup64(t0, high), h0);
          l1 = DotBytes(di32, m, Lookup64(t1, low), l1);
          h1 = DotBytes(di32, m, Lookup64(t1, high), h1);
          l2 = DotBytes(di32, m, Lookup64(t2, low), l2);
          h2 = DotBytes(di32, m, Lookup64(t2, high), h2);
          l3 = DotBytes(di32, m, Lookup64(t3, low), l3);
          h3 = DotBytes(di32, m, Lookup64(t3, high), h3);
        }
      }
    }
    const BlockFold f0 = MakeBlockFold<kExact>(args, at, token, strip);
    const auto low_scale = WeightScale(di32, f0, 0), high_scale = WeightScale(di32, f0, 16);
    const auto fold = [&](size_t t, auto low, auto high) HWY_ATTR {
      const BlockFold f = MakeBlockFold<kExact>(args, at, token + t, strip);
      Fold<kExact, kPlain>(di32, low, low_scale, f, 0);
      Fold<kExact, kPlain>(di32, high, high_scale, f, 16);
    };
    fold(0, l0, h0);
    fold(1, l1, h1);
    fold(2, l2, h2);
    fold(3, l3, h3);
  }
}

template <int kPlanes, int kPasses>
HWY_NOINLINE void PlanesLookup(const LookupArgs& args) {
  // Fast tables are halved in preparation.
  LookupArgs effective = args;
  if (kPasses == 1) effective.weight.fold.half = 0;
  const bool plain = IsPlain(effective);
  for (size_t strip = 0; strip < args.strips; ++strip) {
    size_t token = args.token_begin;
    for (; token + 4 <= args.token_end; token += 4) {
      if (plain) {
        PlanesFourTokens<kPlanes, kPasses, true>(args, strip, token);
      } else {
        PlanesFourTokens<kPlanes, kPasses, false>(args, strip, token);
      }
    }
    for (; token < args.token_end; ++token) PlanesOneToken<kPlanes, kPasses>(args, strip, token);
  }
}

#else  // narrow

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

#endif  // LUTGEMM_WIDE_LOOKUP

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_PLANES_INL_H_
