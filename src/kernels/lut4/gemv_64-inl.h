// Method lut4 for one token: every cell is read once, and met by the token's tables.

#include "kernels/common/gemv-inl.h"
#include "kernels/contract.h"
#include "kernels/lut4/small_m-inl.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

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
    auto cell = hn::Load(du8, codes + p * 64);
    // g++ 12 loads it twice otherwise. With more planes that is faster.
    if constexpr (kPlanes == 1) KeepInRegister(cell);
    const auto shifted = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, cell)));
    const auto low_index = MaskedOr(cell, nibble, table_of_byte);
    const auto high_index = MaskedOr(shifted, nibble, table_of_byte);
    for (int pass = 0; pass < kPasses; ++pass) {
      const auto entries = hn::Load(di8, table + pass * 64);
      // Exact tables come as l, then h with 16 times the weight.
      const auto m = hn::Set(du8, static_cast<uint8_t>(mult[p] << (4 * pass)));
      AddDotBytes(di32, m, Lookup64(entries, low_index), low);
      AddDotBytes(di32, m, Lookup64(entries, high_index), high);
    }
  }
}

// Where one token is in a strip: its next block, cells and tables.
struct OneTokenCursor {
  BlockCursor at;
  const uint8_t* cells;
  const int8_t* table;
};

// kSlices slices, even ones to the first sums and odd ones to the second; what is read next lies
// `ahead` bytes further.
template <int kPlanes, int kPasses, size_t kSlices, class VI32>
HWY_INLINE void Lut4GemvRound(const WeightArgs& w, OneTokenCursor& cursor, ptrdiff_t ahead,
                              VI32& low, VI32& high, VI32& low2, VI32& high2) {
  constexpr size_t kSliceBytes = kPlanes * 64, kTableBytes = kPasses * 64;
  for (size_t p = 0; p < kSlices * kPlanes; ++p) hwy::Prefetch(cursor.cells + p * 64 + ahead);
  const auto add = [&](size_t slice, VI32& l, VI32& h) LUTGEMM_LOOP_ATTR {
    AddSlice<kPlanes, kPasses>(cursor.cells + slice * kSliceBytes,
                               cursor.table + slice * kTableBytes, w.plane_mult, l, h);
  };
  for (size_t slice = 0; slice + 1 < kSlices; slice += 2) {
    add(slice, low, high);
    add(slice + 1, low2, high2);
  }
  if constexpr (kSlices % 2 != 0) add(kSlices - 1, low, high);
  cursor.cells += kSlices * kSliceBytes;
  cursor.table += kSlices * kTableBytes;
}

// Blocks up to step `end` for one token. `strip`, one of common/gemv-inl.h, adds them to the
// accumulators.
template <int kPlanes, int kPasses, class Strip, class VF>
HWY_INLINE void Lut4GemvBlocks(const WeightArgs& w, OneTokenCursor& cursor, size_t end,
                               ptrdiff_t ahead, const Strip& strip, VF& acc_low, VF& acc_high) {
  const hn::ScalableTag<int32_t> di32;
  // Rounds of eight slices are 5 to 7 % faster for one plane from L3 (EPYC, K = 4096), in fast mode
  // 1 to 3 % slower from DRAM where K is long; with more planes they are slower anywhere.
  constexpr size_t kRound = kPlanes == 1 ? 8 : 2;
  BlockCursor& at = cursor.at;
  for (; at.begin < end; at.Next()) {
    // Even and odd slices have sums of their own, which hides the latency of byte products.
    auto low = hn::Zero(di32), high = low, low2 = low, high2 = low;
    strip.FetchScales(at);
    size_t n = at.end - at.begin;
    for (; n >= kRound; n -= kRound) {
      Lut4GemvRound<kPlanes, kPasses, kRound>(w, cursor, ahead, low, high, low2, high2);
    }
    if constexpr (kRound > 2) {
      for (; n >= 2; n -= 2) {
        Lut4GemvRound<kPlanes, kPasses, 2>(w, cursor, ahead, low, high, low2, high2);
      }
    }
    if (n != 0) Lut4GemvRound<kPlanes, kPasses, 1>(w, cursor, ahead, low, high, low2, high2);
    strip.Fold(at, 0, hn::Add(low, low2), hn::Add(high, high2), acc_low, acc_high);
  }
}

template <int kPlanes, int kPasses>
HWY_INLINE OneTokenCursor CursorOf(const KernelArgs& args, size_t strip, const BlockCursor& at) {
  const uint8_t* table = args.act.data + args.token_begin * args.act.token_bytes;
  return {
      at,
      args.weight.codes + (args.strip + strip) * args.weight.strip_bytes + at.begin * kPlanes * 64,
      reinterpret_cast<const int8_t*>(table) + at.begin * kPasses * 64};
}

// All of K, strip by strip.
template <int kPlanes, int kPasses>
HWY_INLINE void Lut4GemvByStrips(const KernelArgs& args) {
  const auto ahead = static_cast<ptrdiff_t>(args.ahead);
  for (size_t strip = 0; strip < args.strips; ++strip) {
    WithStrip<kPasses == 2>(args, strip, [&](const auto& fold) LUTGEMM_LOOP_ATTR {
      auto acc_low = hn::Zero(hn::ScalableTag<float>()), acc_high = acc_low;
      auto cursor = CursorOf<kPlanes, kPasses>(args, strip, BlockCursor(args.grid));
      Lut4GemvBlocks<kPlanes, kPasses>(args.weight, cursor, args.grid.steps, ahead, fold, acc_low,
                                       acc_high);
      StoreStrip(args, strip, acc_low, acc_high);
    });
  }
}

// Tables that stay in the L1 cache while strips pass, and how much of those that do not.
static constexpr size_t kOneTableBytes = 32768, kOneChunkBytes = 16384;

// One strip of a chunk of K, folded by `fold`.
template <int kPlanes, int kPasses, class Strip>
HWY_INLINE void PlanesOnePiece(const KernelArgs& args, const StripChunk& piece, const Strip& fold) {
  auto acc_low = hn::Zero(hn::ScalableTag<float>()), acc_high = acc_low;
  if (piece.at.block != 0) LoadStrip(args, piece.strip, acc_low, acc_high);
  auto cursor = CursorOf<kPlanes, kPasses>(args, piece.strip, piece.at);
  // Blocks that prefetch this chunk, and then those that prefetch the next one.
  const size_t steps = piece.end - piece.at.begin;
  const auto ahead = static_cast<ptrdiff_t>(args.ahead);
  const size_t inside = piece.end - HWY_MIN(steps, args.ahead / (kPlanes * 64));
  const uint8_t* end = cursor.cells + steps * kPlanes * 64;
  Lut4GemvBlocks<kPlanes, kPasses>(args.weight, cursor, inside, ahead, fold, acc_low, acc_high);
  Lut4GemvBlocks<kPlanes, kPasses>(args.weight, cursor, piece.end, ahead + (piece.next - end), fold,
                                   acc_low, acc_high);
  StoreStrip(args, piece.strip, acc_low, acc_high);
}

// A chunk of K at a time.
template <int kPlanes, int kPasses>
HWY_INLINE void Lut4GemvByChunks(const KernelArgs& args) {
  ForEachStripChunk<kPlanes>(args, kOneChunkBytes / (kPasses * 64), 1,
                             [&](const StripChunk& piece, size_t) HWY_ATTR {
                               ChooseStrip<kPasses == 2>(args, [&](auto type) LUTGEMM_LOOP_ATTR {
                                 const typename decltype(type)::type fold(args, piece.strip);
                                 PlanesOnePiece<kPlanes, kPasses>(args, piece, fold);
                               });
                             });
}

// All of the call's strips for one token.
template <int kPlanes, int kPasses>
HWY_INLINE void Lut4GemvStrips(const KernelArgs& args) {
  // Exact tables of one plane have two bytes for each byte of weights. Where they leave the L1
  // cache, chunks bring 25 % from L3 and 14 % from DRAM (EPYC, K = 14336); other rows lose more at
  // the jumps between strips, from DRAM, than they gain.
  if constexpr (kPlanes == 1 && kPasses == 2) {
    if (args.grid.steps * kPasses * 64 > kOneTableBytes) {
      return Lut4GemvByChunks<kPlanes, kPasses>(args);
    }
  }
  Lut4GemvByStrips<kPlanes, kPasses>(args);
}

static constexpr size_t kLut4GemvStrips = 4;

template <int kPlanes, int kPasses>
HWY_NOINLINE void Lut4Gemv(const KernelArgs& given) {
  ForEachToken(given, [](KernelArgs& args) HWY_ATTR {
    if (kPasses == 1) args.weight.fold.half = 0;  // fast tables are halved in packing
    Lut4GemvStrips<kPlanes, kPasses>(args);
    StoreTokens(args, args.token_begin, 1);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
