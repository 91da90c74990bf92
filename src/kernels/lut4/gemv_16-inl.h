// Method lut4 with 16-entry lookups per 128-bit block: cells of several strips are transposed
// in registers so that every block reads one table; results of two groups side by side are
// multiplied by the plane's weight and summed in 16 bits.

#include "base/check.h"
#include "kernels/common/fold-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_TABLE_ENTRIES < 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Strips done at once, one per 128-bit block: of vectors, and of calls, whose strips are several
// vectors' where those are shorter than they can be.
using CellTag = hn::CappedTag<uint8_t, 64>;
using CellBytes = hn::Vec<CellTag>;
using CellSums = hn::Vec<hn::Repartition<int16_t, CellTag>>;
static HWY_INLINE size_t VectorStrips() { return hn::Lanes(CellTag()) / 16; }
static HWY_INLINE constexpr size_t NarrowStrips() { return hn::MaxLanes(CellTag()) / 16; }
static constexpr size_t kMaxNarrowStrips = 4;
static constexpr size_t kLut4GemvStrips = NarrowStrips();

// Byte b of each block to block position (b % 4) * 4 + b / 4: dword j then holds the four outputs'
// bytes of K-group j.
alignas(16) static constexpr uint8_t kTranspose4x4[16] = {0, 4, 8,  12, 1, 5, 9,  13,
                                                          2, 6, 10, 14, 3, 7, 11, 15};

// Adds mult * (lookups of two groups), for 16 outputs of every strip.
template <class VI8>
HWY_INLINE void AddPair(CellBytes mult, VI8 first, VI8 second, CellSums& low, CellSums& high) {
  const hn::RebindToSigned<CellTag> di8;
  const hn::Repartition<int16_t, CellTag> di16;
  const auto lower = hn::InterleaveLower(first, second);
  const auto upper = hn::InterleaveUpper(di8, first, second);
  low = hn::Add(low, hn::SatWidenMulPairwiseAdd(di16, mult, lower));
  high = hn::Add(high, hn::SatWidenMulPairwiseAdd(di16, mult, upper));
}

// Four vectors hold the cells of as many strips as a vector has blocks: vector i starts at byte
// CellByte(i) of strip StripOfVector(i), in lookups at four outputs of every block.
static HWY_INLINE size_t StripOfVector(size_t i) { return i * VectorStrips() / 4; }
static HWY_INLINE size_t CellByte(size_t i) { return i * VectorStrips() % 4 * 16; }

// Index bytes of one plane of a slice: vector j holds group j of all outputs, those of outputs 0 to
// 15 in the low nibbles; dword i of every block is from vector i of the cells.
HWY_INLINE void LoadIndices(const uint8_t* const* cells, size_t offset, CellBytes& v0,
                            CellBytes& v1, CellBytes& v2, CellBytes& v3) {
  const CellTag du8;
  const hn::Repartition<uint32_t, CellTag> du32;
  const hn::Repartition<uint64_t, CellTag> du64;
  const auto load = [&](size_t i) HWY_ATTR {
    const auto transpose = hn::LoadDup128(du8, kTranspose4x4);
    return hn::BitCast(du32, hn::TableLookupBytes(hn::Load(du8, cells[i] + offset), transpose));
  };
  const auto c0 = load(0), c1 = load(1), c2 = load(2), c3 = load(3);
  const auto a = hn::BitCast(du64, hn::InterleaveLower(du32, c0, c1));
  const auto b = hn::BitCast(du64, hn::InterleaveUpper(du32, c0, c1));
  const auto c = hn::BitCast(du64, hn::InterleaveLower(du32, c2, c3));
  const auto d = hn::BitCast(du64, hn::InterleaveUpper(du32, c2, c3));
  v0 = hn::BitCast(du8, hn::InterleaveLower(du64, a, c));
  v1 = hn::BitCast(du8, hn::InterleaveUpper(du64, a, c));
  v2 = hn::BitCast(du8, hn::InterleaveLower(du64, b, d));
  v3 = hn::BitCast(du8, hn::InterleaveUpper(du64, b, d));
}

// The tables' entries of indices in the low nibbles of `first` and `second`, for 16 outputs.
HWY_INLINE void AddEntries(CellBytes mult, const int8_t* tables, CellBytes first, CellBytes second,
                           CellSums& low, CellSums& high) {
  const CellTag du8;
  const hn::RebindToSigned<CellTag> di8;
  const auto nibble = hn::Set(du8, uint8_t{15});
  const auto i0 = hn::BitCast(di8, hn::And(first, nibble));
  const auto i1 = hn::BitCast(di8, hn::And(second, nibble));
  AddPair(mult, hn::TableLookupBytes(hn::LoadDup128(di8, tables), i0),
          hn::TableLookupBytes(hn::LoadDup128(di8, tables + 16), i1), low, high);
}

// Lookups of groups j and j + 1, whose tables start at `entries`, added to the 16-bit sums of one
// pass, eight outputs of every strip in each vector.
HWY_INLINE void AddGroups(CellBytes mult, const int8_t* entries, CellBytes first, CellBytes second,
                          CellSums& v0, CellSums& v1, CellSums& v2, CellSums& v3) {
  const CellTag du8;
  const hn::Repartition<uint16_t, CellTag> du16;
  const auto first_high = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, first)));
  const auto second_high = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, second)));
  AddEntries(mult, entries, first, second, v0, v1);
  AddEntries(mult, entries, first_high, second_high, v2, v3);
}

// raw[strip][output] = 2^kShift * sums, or adds that, for dwords i and i + 1 of the low nibbles, or
// of the high ones for `first_output` 16.
template <int kShift>
HWY_INLINE void FlushTwo(CellSums sums, size_t i, size_t first_output, bool add, int32_t* raw) {
  const hn::Repartition<int16_t, CellTag> di16;
  const hn::Repartition<int32_t, decltype(di16)> di32;
  const auto zero = hn::Zero(di16);
  const auto flush = [&](CellSums in_upper_half, size_t vector) HWY_ATTR {
    int32_t* to = raw + StripOfVector(vector) * 32 + first_output + CellByte(vector) / 4;
    auto wide = hn::ShiftRight<16 - kShift>(hn::BitCast(di32, in_upper_half));
    if (add) wide = hn::Add(wide, hn::Load(di32, to));
    hn::Store(wide, di32, to);
  };
  flush(hn::InterleaveLower(di16, zero, sums), i);
  flush(hn::InterleaveUpper(di16, zero, sums), i + 1);
}

template <int kShift>
HWY_INLINE void FlushSums(CellSums v0, CellSums v1, CellSums v2, CellSums v3, bool add,
                          int32_t* raw) {
  FlushTwo<kShift>(v0, 0, 0, add, raw);
  FlushTwo<kShift>(v1, 2, 0, add, raw);
  FlushTwo<kShift>(v2, 0, 16, add, raw);
  FlushTwo<kShift>(v3, 2, 16, add, raw);
}

// Slices whose sums stay in 16 bits: four lookups each of at most 127 (exact: 32) times all
// planes' multipliers.
template <int kPlanes, int kPasses>
static constexpr size_t kSlicesPerFlush = 32767 /
                                          (4 * (kPasses == 1 ? 127 : 32) * ((1 << kPlanes) - 1));

// Slices [begin, end) to raw[strip][32], or added to it.
template <int kPlanes, int kPasses>
HWY_INLINE void AddSlices(const KernelArgs& args, const uint8_t* const* cells, const int8_t* table,
                          size_t begin, size_t end, bool add, int32_t* HWY_RESTRICT raw) {
  const size_t ahead = args.ahead;
  const CellTag du8;
  auto a0 = hn::Zero(hn::Repartition<int16_t, CellTag>()), a1 = a0, a2 = a0, a3 = a0;
  auto b0 = a0, b1 = a0, b2 = a0, b3 = a0;  // of the second pass
  // Plane by plane: g++ 12 keeps no more lookups than these in registers.
  for (size_t p = 0; p < kPlanes; ++p) {
    const auto mult = hn::Set(du8, args.weight.plane_mult[p]);
    for (size_t s = begin; s < end; ++s) {
      const int8_t* entries = table + s * kPasses * 64;
      const size_t cell = (s * kPlanes + p) * 64;
      for (size_t i = 0; i < 4; ++i) {
        if (CellByte(i) == 0) hwy::Prefetch(cells[i] + cell + ahead);
      }
      CellBytes i0, i1, i2, i3;
      LoadIndices(cells, cell, i0, i1, i2, i3);
      AddGroups(mult, entries, i0, i1, a0, a1, a2, a3);
      if constexpr (kPasses == 2) AddGroups(mult, entries + 64, i0, i1, b0, b1, b2, b3);
      AddGroups(mult, entries + 32, i2, i3, a0, a1, a2, a3);
      if constexpr (kPasses == 2) AddGroups(mult, entries + 96, i2, i3, b0, b1, b2, b3);
    }
  }
  FlushSums<0>(a0, a1, a2, a3, add, raw);
  if constexpr (kPasses == 2) FlushSums<4>(b0, b1, b2, b3, true, raw);
}

// Sums of one block of strips [begin, end) of the call, in raw[strip - begin][32], to the
// accumulators.
template <bool kExact>
HWY_INLINE void FoldStrips(const KernelArgs& args, const BlockCursor& at, size_t token,
                           size_t begin, size_t end, const int32_t* raw) {
  const hn::CappedTag<int32_t, 32> di32;
  for (size_t strip = begin; strip < end; ++strip, raw += 32) {
    const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
    for (size_t o = 0; o < 32; o += hn::Lanes(di32)) {
      const auto sums = hn::Load(di32, raw + o);
      Fold<kExact>(di32, sums, WeightScale(di32, fold, o), fold, o);
    }
  }
}

// One token and the strips of a vector, the first of which is number `first` of the call.
template <int kPlanes, int kPasses>
HWY_INLINE void LookUpStrips(const KernelArgs& args, size_t first, size_t token) {
  constexpr size_t kSlices = kSlicesPerFlush<kPlanes, kPasses>;
  const size_t end_strip = HWY_MIN(first + VectorStrips(), args.strips);
  const uint8_t* cells[4];
  for (size_t i = 0; i < 4; ++i) {
    // Strips past the end repeat the last one.
    const size_t strip = HWY_MIN(first + StripOfVector(i), end_strip - 1);
    cells[i] = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes + CellByte(i);
  }
  alignas(64) int32_t raw[kMaxNarrowStrips * 32];
  const auto* table = reinterpret_cast<const int8_t*>(args.act.data + token * args.act.token_bytes);
  for (BlockCursor at(args.grid); !at.done(); at.Next()) {
    for (size_t s = at.begin; s < at.end; s += kSlices) {
      const size_t end = s + kSlices < at.end ? s + kSlices : at.end;
      AddSlices<kPlanes, kPasses>(args, cells, table, s, end, s != at.begin, raw);
    }
    FoldStrips<kPasses == 2>(args, at, token, first, end_strip, raw);
  }
}

template <int kPlanes, int kPasses>
HWY_NOINLINE void Lut4Gemv(const KernelArgs& args) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    for (size_t strip = 0; strip < args.strips; strip += VectorStrips()) {
      LookUpStrips<kPlanes, kPasses>(args, strip, token);
    }
    StoreTokens(args, token, 1);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES < 64
