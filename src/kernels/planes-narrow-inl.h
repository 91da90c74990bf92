// Family `planes` with 16-entry lookups per 128-bit block: cells of several strips are transposed
// in registers so that every block reads one table; results of two groups side by side are
// multiplied by the plane's weight and summed in 16 bits.
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

// One 128-bit block from each of pieces[0], pieces[1], ... plus offset.
template <class D>
HWY_INLINE hn::Vec<D> LoadBlocks(D d, const hn::TFromD<D>* const* pieces, size_t offset) {
  if constexpr (hn::MaxLanes(d) * sizeof(hn::TFromD<D>) == 16) {
    return hn::LoadU(d, pieces[0] + offset);
  } else {
    const hn::Half<D> half;
    constexpr size_t kHalf = hn::MaxLanes(half) * sizeof(hn::TFromD<D>) / 16;
    return hn::Combine(d, LoadBlocks(half, pieces + kHalf, offset),
                       LoadBlocks(half, pieces, offset));
  }
}

// 16-bit sums of one pass, eight outputs of every strip in each.
template <class VI16>
struct PassSums {
  VI16 v0, v1, v2, v3;
};

// Adds mult * (lookups of two groups), for 16 outputs of every strip.
template <class VI16, class VU8, class VI8>
HWY_INLINE void AddPair(VU8 mult, VI8 first, VI8 second, VI16& low, VI16& high) {
  const hn::DFromV<VI8> di8;
  const hn::DFromV<VI16> di16;
  const auto lower = hn::InterleaveLower(first, second);
  const auto upper = hn::InterleaveUpper(di8, first, second);
  low = hn::Add(low, hn::SatWidenMulPairwiseAdd(di16, mult, lower));
  high = hn::Add(high, hn::SatWidenMulPairwiseAdd(di16, mult, upper));
}

// Index bytes of one plane of a slice: vector j holds group j of all outputs, those of outputs 0 to
// 15 in the low nibbles.
template <class VU8>
struct GroupIndices {
  VU8 v0, v1, v2, v3;
};
template <class DU8>
HWY_INLINE GroupIndices<hn::Vec<DU8>> LoadIndices(DU8 du8, const uint8_t* const* strips,
                                                  size_t cell) {
  const hn::Repartition<uint32_t, DU8> du32;
  const hn::Repartition<uint64_t, DU8> du64;
  const auto transpose = hn::LoadDup128(du8, kTranspose4x4);
  const auto quarter = [&](size_t q) HWY_ATTR {
    return hn::BitCast(du32,
                       hn::TableLookupBytes(LoadBlocks(du8, strips, cell + 16 * q), transpose));
  };
  const auto q0 = quarter(0), q1 = quarter(1), q2 = quarter(2), q3 = quarter(3);
  const auto a = hn::BitCast(du64, hn::InterleaveLower(du32, q0, q1));
  const auto b = hn::BitCast(du64, hn::InterleaveUpper(du32, q0, q1));
  const auto c = hn::BitCast(du64, hn::InterleaveLower(du32, q2, q3));
  const auto d = hn::BitCast(du64, hn::InterleaveUpper(du32, q2, q3));
  return {hn::BitCast(du8, hn::InterleaveLower(du64, a, c)),
          hn::BitCast(du8, hn::InterleaveUpper(du64, a, c)),
          hn::BitCast(du8, hn::InterleaveLower(du64, b, d)),
          hn::BitCast(du8, hn::InterleaveUpper(du64, b, d))};
}

// Lookups of groups j and j + 1, whose tables start at `entries`.
template <int kPasses, class VU8, class VI16>
HWY_INLINE void AddGroups(VU8 mult, VU8 first, VU8 second, const int8_t* entries,
                          PassSums<VI16>* sums) {
  const hn::DFromV<VU8> du8;
  const hn::RebindToSigned<decltype(du8)> di8;
  const hn::Repartition<uint16_t, decltype(du8)> du16;
  const auto nibble = hn::Set(du8, uint8_t{15});
  const auto high = [&](VU8 v) HWY_ATTR {
    return hn::And(hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, v))), nibble);
  };
  const auto first_low = hn::And(first, nibble), second_low = hn::And(second, nibble);
  const auto first_high = high(first), second_high = high(second);
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto t0 = hn::LoadDup128(di8, entries + pass * 64);
    const auto t1 = hn::LoadDup128(di8, entries + pass * 64 + 16);
    AddPair(mult, hn::TableLookupBytes(t0, hn::BitCast(di8, first_low)),
            hn::TableLookupBytes(t1, hn::BitCast(di8, second_low)), sums[pass].v0, sums[pass].v1);
    AddPair(mult, hn::TableLookupBytes(t0, hn::BitCast(di8, first_high)),
            hn::TableLookupBytes(t1, hn::BitCast(di8, second_high)), sums[pass].v2, sums[pass].v3);
  }
}

// raw[v][strip][i] += 2^kShift * output 4 v + i of the strip, for the eight outputs in sums.
template <int kShift, class VI16>
HWY_INLINE void FlushEight(VI16 sums, int32_t* HWY_RESTRICT raw) {
  const hn::DFromV<VI16> di16;
  const hn::Repartition<int32_t, decltype(di16)> di32;
  const auto zero = hn::Zero(di16);
  const auto add = [&](VI16 in_upper_half, int32_t* to) HWY_ATTR {
    const auto wide = hn::ShiftRight<16 - kShift>(hn::BitCast(di32, in_upper_half));
    hn::Store(hn::Add(hn::Load(di32, to), wide), di32, to);
  };
  add(hn::InterleaveLower(di16, zero, sums), raw);
  add(hn::InterleaveUpper(di16, zero, sums), raw + hn::Lanes(di32));
}

template <int kShift, class VI16>
HWY_INLINE void FlushSums(const PassSums<VI16>& sums, int32_t* HWY_RESTRICT raw) {
  constexpr size_t kEight = 2 * hn::MaxLanes(hn::ScalableTag<int32_t>());
  FlushEight<kShift>(sums.v0, raw);
  FlushEight<kShift>(sums.v1, raw + kEight);
  FlushEight<kShift>(sums.v2, raw + 2 * kEight);
  FlushEight<kShift>(sums.v3, raw + 3 * kEight);
}

// Slices whose sums stay in 16 bits: four lookups each of at most 127 (exact: 32) times all
// planes' multipliers.
template <int kPlanes, int kPasses>
static constexpr size_t kSlicesPerFlush = 32767 /
                                          (4 * (kPasses == 1 ? 127 : 32) * ((1 << kPlanes) - 1));

// All slices [begin, end), added to raw[8][strip][4].
template <int kPlanes, int kPasses>
HWY_INLINE void AddSlices(const WeightArgs& w, const uint8_t* const* strips, const int8_t* table,
                          size_t begin, size_t end, int32_t* HWY_RESTRICT raw) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int16_t> di16;
  const auto zero = hn::Zero(di16);
  PassSums<hn::Vec<decltype(di16)>> sums[kPasses];
  for (auto& pass : sums) pass = {zero, zero, zero, zero};
  for (size_t s = begin; s < end; ++s) {
    const int8_t* entries = table + s * kPasses * 64;
    for (size_t p = 0; p < kPlanes; ++p) {
      const auto mult = hn::Set(du8, w.plane_mult[p]);
      const auto indices = LoadIndices(du8, strips, (s * kPlanes + p) * 64);
      AddGroups<kPasses>(mult, indices.v0, indices.v1, entries, sums);
      AddGroups<kPasses>(mult, indices.v2, indices.v3, entries + 32, sums);
    }
  }
  FlushSums<0>(sums[0], raw);
  if constexpr (kPasses == 2) FlushSums<4>(sums[1], raw);
}

// Sums of one block in raw[8][strip][4] to the accumulators.
template <bool kExact>
HWY_INLINE void FoldStrips(const LookupArgs& args, const BlockCursor& at, size_t token,
                           const int32_t* raw) {
  const hn::ScalableTag<int32_t> di32;
  for (size_t strip = 0; strip < args.strips; ++strip) {
    const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
    const int32_t* pieces[8];
    for (size_t v = 0; v < 8; ++v) pieces[v] = raw + (v * NarrowStrips() + strip) * 4;
    for (size_t o = 0; o < 32; o += hn::Lanes(di32)) {
      const auto sums = LoadBlocks(di32, pieces + o / 4, 0);
      Fold<kExact>(di32, sums, WeightScale(di32, fold, o), fold, o);
    }
  }
}

template <int kPlanes, int kPasses>
HWY_NOINLINE void PlanesLookup(const LookupArgs& args) {
  constexpr size_t kSlices = kSlicesPerFlush<kPlanes, kPasses>;
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
      for (size_t s = at.begin; s < at.end; s += kSlices) {
        const size_t end = s + kSlices < at.end ? s + kSlices : at.end;
        AddSlices<kPlanes, kPasses>(args.weight, strips, table, s, end, raw);
      }
      FoldStrips<kPasses == 2>(args, at, token, raw);
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // !LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_PLANES_NARROW_INL_H_
