// Family `planes` with 16-entry lookups per 128-bit block: cells of several strips are transposed
// in registers so that every block reads one table; results of two groups side by side are
// multiplied by the plane's weight and summed in 16 bits.
#if defined(LUTGEMM_KERNELS_LUT4_GEMV_16_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_LUT4_GEMV_16_INL_H_
#undef LUTGEMM_KERNELS_LUT4_GEMV_16_INL_H_
#else
#define LUTGEMM_KERNELS_LUT4_GEMV_16_INL_H_
#endif

#include "base/check.h"
#include "kernels/contract.h"
#include "kernels/common/fold-inl.h"
#include "kernels/target/ops-inl.h"

#if !LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Strips done at once: one per 128-bit block.
static HWY_INLINE constexpr size_t NarrowStrips() {
  return hn::MaxLanes(hn::ScalableTag<uint8_t>()) / 16;
}
static constexpr size_t kMaxNarrowStrips = 4;
static constexpr size_t kLut4GemvStrips = NarrowStrips();

// Byte b of each block to block position (b % 4) * 4 + b / 4: dword j then holds the four outputs'
// bytes of K-group j.
alignas(16) static constexpr uint8_t kTranspose4x4[16] = {0, 4, 8,  12, 1, 5, 9,  13,
                                                          2, 6, 10, 14, 3, 7, 11, 15};

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

// Four vectors hold the cells of as many strips as a vector has blocks: vector i starts at byte
// CellByte(i) of strip StripOfVector(i), in lookups at four outputs of every block.
static HWY_INLINE size_t StripOfVector(size_t i) { return i * NarrowStrips() / 4; }
static HWY_INLINE size_t CellByte(size_t i) { return i * NarrowStrips() % 4 * 16; }

// Index bytes of one plane of a slice: vector j holds group j of all outputs, those of outputs 0 to
// 15 in the low nibbles; dword i of every block is from vector i of the cells.
template <class VU8>
struct GroupIndices {
  VU8 v0, v1, v2, v3;
};
template <class DU8>
HWY_INLINE GroupIndices<hn::Vec<DU8>> LoadIndices(DU8 du8, const uint8_t* const* cells,
                                                  size_t offset) {
  const hn::Repartition<uint32_t, DU8> du32;
  const hn::Repartition<uint64_t, DU8> du64;
  const auto transpose = hn::LoadDup128(du8, kTranspose4x4);
  const auto load = [&](size_t i) HWY_ATTR {
    return hn::BitCast(du32, hn::TableLookupBytes(hn::Load(du8, cells[i] + offset), transpose));
  };
  const auto c0 = load(0), c1 = load(1), c2 = load(2), c3 = load(3);
  const auto a = hn::BitCast(du64, hn::InterleaveLower(du32, c0, c1));
  const auto b = hn::BitCast(du64, hn::InterleaveUpper(du32, c0, c1));
  const auto c = hn::BitCast(du64, hn::InterleaveLower(du32, c2, c3));
  const auto d = hn::BitCast(du64, hn::InterleaveUpper(du32, c2, c3));
  return {hn::BitCast(du8, hn::InterleaveLower(du64, a, c)),
          hn::BitCast(du8, hn::InterleaveUpper(du64, a, c)),
          hn::BitCast(du8, hn::InterleaveLower(du64, b, d)),
          hn::BitCast(du8, hn::InterleaveUpper(du64, b, d))};
}

// Lookups of groups j and j + 1, whose tables start at `entries`.
template <int kPasses, class VU8, class VI16>
HWY_INLINE void AddGroups(VU8 mult, VU8 first, VU8 second, const int8_t* entries,
                          PassSums<VI16>& sums, PassSums<VI16>& second_sums) {
  const hn::DFromV<VU8> du8;
  const hn::RebindToSigned<decltype(du8)> di8;
  const hn::Repartition<uint16_t, decltype(du8)> du16;
  const auto nibble = hn::Set(du8, uint8_t{15});
  const auto high = [&](VU8 v) HWY_ATTR {
    return hn::And(hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, v))), nibble);
  };
  const auto first_low = hn::And(first, nibble), second_low = hn::And(second, nibble);
  const auto first_high = high(first), second_high = high(second);
  const auto add = [&](const int8_t* tables, PassSums<VI16>& to) HWY_ATTR {
    const auto t0 = hn::LoadDup128(di8, tables), t1 = hn::LoadDup128(di8, tables + 16);
    AddPair(mult, hn::TableLookupBytes(t0, hn::BitCast(di8, first_low)),
            hn::TableLookupBytes(t1, hn::BitCast(di8, second_low)), to.v0, to.v1);
    AddPair(mult, hn::TableLookupBytes(t0, hn::BitCast(di8, first_high)),
            hn::TableLookupBytes(t1, hn::BitCast(di8, second_high)), to.v2, to.v3);
  };
  add(entries, sums);
  if constexpr (kPasses == 2) add(entries + 64, second_sums);
}

// raw[strip][output] = 2^kShift * sums, or adds that, for dwords i and i + 1 of the low nibbles, or
// of the high ones for `first_output` 16.
template <int kShift, class VI16>
HWY_INLINE void FlushTwo(VI16 sums, size_t i, size_t first_output, bool add, int32_t* raw) {
  const hn::DFromV<VI16> di16;
  const hn::Repartition<int32_t, decltype(di16)> di32;
  const auto zero = hn::Zero(di16);
  const auto flush = [&](VI16 in_upper_half, size_t vector) HWY_ATTR {
    int32_t* to = raw + StripOfVector(vector) * 32 + first_output + CellByte(vector) / 4;
    auto wide = hn::ShiftRight<16 - kShift>(hn::BitCast(di32, in_upper_half));
    if (add) wide = hn::Add(wide, hn::Load(di32, to));
    hn::Store(wide, di32, to);
  };
  flush(hn::InterleaveLower(di16, zero, sums), i);
  flush(hn::InterleaveUpper(di16, zero, sums), i + 1);
}

template <int kShift, class VI16>
HWY_INLINE void FlushSums(const PassSums<VI16>& sums, bool add, int32_t* raw) {
  FlushTwo<kShift>(sums.v0, 0, 0, add, raw);
  FlushTwo<kShift>(sums.v1, 2, 0, add, raw);
  FlushTwo<kShift>(sums.v2, 0, 16, add, raw);
  FlushTwo<kShift>(sums.v3, 2, 16, add, raw);
}

// Slices whose sums stay in 16 bits: four lookups each of at most 127 (exact: 32) times all
// planes' multipliers.
template <int kPlanes, int kPasses>
static constexpr size_t kSlicesPerFlush = 32767 /
                                          (4 * (kPasses == 1 ? 127 : 32) * ((1 << kPlanes) - 1));

// Slices [begin, end) to raw[strip][32], or added to it.
template <int kPlanes, int kPasses>
HWY_INLINE void AddSlices(const WeightArgs& w, const uint8_t* const* cells, const int8_t* table,
                          size_t begin, size_t end, bool add, int32_t* HWY_RESTRICT raw) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int16_t> di16;
  const auto zero = hn::Zero(di16);
  PassSums<hn::Vec<decltype(di16)>> sums{zero, zero, zero, zero}, second = sums;
  // Plane by plane: g++ 12 keeps no more lookups than these in registers.
  for (size_t p = 0; p < kPlanes; ++p) {
    const auto mult = hn::Set(du8, w.plane_mult[p]);
    for (size_t s = begin; s < end; ++s) {
      const int8_t* entries = table + s * kPasses * 64;
      const size_t cell = (s * kPlanes + p) * 64;
      for (size_t i = 0; i < 4; ++i) {
        if (CellByte(i) == 0) hwy::Prefetch(cells[i] + cell + kPrefetchBytes);
      }
      const auto indices = LoadIndices(du8, cells, cell);
      AddGroups<kPasses>(mult, indices.v0, indices.v1, entries, sums, second);
      AddGroups<kPasses>(mult, indices.v2, indices.v3, entries + 32, sums, second);
    }
  }
  FlushSums<0>(sums, add, raw);
  if constexpr (kPasses == 2) FlushSums<4>(second, true, raw);
}

// Sums of one block in raw[strip][32] to the accumulators.
template <bool kExact>
HWY_INLINE void FoldStrips(const LookupArgs& args, const BlockCursor& at, size_t token,
                           const int32_t* raw) {
  const hn::ScalableTag<int32_t> di32;
  for (size_t strip = 0; strip < args.strips; ++strip) {
    const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
    for (size_t o = 0; o < 32; o += hn::Lanes(di32)) {
      const auto sums = hn::Load(di32, raw + strip * 32 + o);
      Fold<kExact>(di32, sums, WeightScale(di32, fold, o), fold, o);
    }
  }
}

template <int kPlanes, int kPasses>
HWY_NOINLINE void Lut4Gemv(const LookupArgs& args) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  constexpr size_t kSlices = kSlicesPerFlush<kPlanes, kPasses>;
  const uint8_t* cells[4];
  for (size_t i = 0; i < 4; ++i) {
    // Strips past the end repeat the last one.
    const size_t strip = StripOfVector(i) < args.strips ? StripOfVector(i) : args.strips - 1;
    cells[i] = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes + CellByte(i);
  }
  alignas(64) int32_t raw[kMaxNarrowStrips * 32];
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    const auto* table =
        reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
    for (BlockCursor at(args.grid); !at.done(); at.Next()) {
      for (size_t s = at.begin; s < at.end; s += kSlices) {
        const size_t end = s + kSlices < at.end ? s + kSlices : at.end;
        AddSlices<kPlanes, kPasses>(args.weight, cells, table, s, end, s != at.begin, raw);
      }
      FoldStrips<kPasses == 2>(args, at, token, raw);
    }
    StoreTokens(args, token, 1);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // !LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_LUT4_GEMV_16_INL_H_
