// Method lut4 without a panel: cells are decoded to indices in registers and met by up to eight
// tokens' tables.
#if defined(LUTGEMM_KERNELS_LUT4_SMALL_M_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_LUT4_SMALL_M_INL_H_
#undef LUTGEMM_KERNELS_LUT4_SMALL_M_INL_H_
#else
#define LUTGEMM_KERNELS_LUT4_SMALL_M_INL_H_
#endif

#include "base/bits.h"
#include "base/check.h"
#include "kernels/common/fold-inl.h"
#include "kernels/common/small_m-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Of a tile: with more, tables of a chunk of K leave the L1 cache.
static constexpr size_t kLut4SmallMTokens = 8;
// Bytes of tables of a chunk of K: of the only tile, and of each of several, which take turns.
static constexpr size_t kSmallMTableBytes = 34000, kTurnTableBytes = 24576;

// Lookups of a slice of 32 outputs; what is read next lies `ahead` bytes further.
template <int kTokens, int kPlanes, int kPasses, class V>
HWY_INLINE void Lut4SmallMSlice(const WeightArgs& w, const uint8_t*& cells, ptrdiff_t ahead,
                                SmallMActs& tables, LUTGEMM_SMALL_M(V& sum)) {
  const TileTag di32;
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<uint16_t> du16;
  const auto table_of_byte = hn::Load(du8, kTableOfByte);
  const auto nibble = hn::Set(du8, uint8_t{15});
  // Two sums, and tables, for each token, and factors of planes: where these are too many, g++ 12
  // keeps tables in registers for the next plane and spills sums.
  constexpr bool kCrowded =
      kTokens > kSmallMKept && kTokens * (2 + kPasses) + kPlanes * kPasses >= 28;
  for (int p = 0; p < kPlanes; ++p, cells += 64) {
    if constexpr (kCrowded) tables.LoadAllAnew();
    hwy::Prefetch(cells + ahead);
    const auto cell = hn::Load(du8, cells);
    const auto shifted = hn::BitCast(du8, hn::ShiftRight<4>(hn::BitCast(du16, cell)));
    const auto low = MaskedOr(cell, nibble, table_of_byte);
    const auto high = MaskedOr(shifted, nibble, table_of_byte);
    for (size_t pass = 0; pass < kPasses; ++pass) {
      const auto m = hn::Set(du8, static_cast<uint8_t>(w.plane_mult[p] << (4 * pass)));
#define LUTGEMM_X(t)                                                   \
  if constexpr (t < kTokens) {                                         \
    const auto x = hn::Load(di8, tables.template Of<t>() + pass * 64); \
    AddDotBytes(di32, m, Lookup64(x, low), sum_a##t);                  \
    AddDotBytes(di32, m, Lookup64(x, high), sum_b##t);                 \
  }
      LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
    }
  }
  tables.Next(kPasses * 64);
}

// Of n slices, even ones to `sum` and odd ones, where tokens are few, to `odd`.
template <int kTokens, int kPlanes, int kPasses, class V>
HWY_INLINE void Lut4SmallMSlices(const WeightArgs& w, const uint8_t*& cells, ptrdiff_t ahead,
                                 SmallMActs& tables, size_t n, LUTGEMM_SMALL_M(V& sum),
                                 LUTGEMM_SMALL_M(V& odd)) {
  for (; n >= 2; n -= 2) {
    Lut4SmallMSlice<kTokens, kPlanes, kPasses>(w, cells, ahead, tables, LUTGEMM_SMALL_M(sum));
    if constexpr (kTokens <= kSmallMKept) {
      Lut4SmallMSlice<kTokens, kPlanes, kPasses>(w, cells, ahead, tables, LUTGEMM_SMALL_M(odd));
    } else {
      Lut4SmallMSlice<kTokens, kPlanes, kPasses>(w, cells, ahead, tables, LUTGEMM_SMALL_M(sum));
    }
  }
  if (n != 0) {
    Lut4SmallMSlice<kTokens, kPlanes, kPasses>(w, cells, ahead, tables, LUTGEMM_SMALL_M(sum));
  }
}

// What FoldSmallMFast takes besides sums and the weights' scales; `b` is B of FoldSpec where zeros
// are not stored.
struct SmallMFastFold {
  ZeroKind zero;
  float act_scale, act_sum, b;
};

// FoldedFast of a token's sums.
template <class VI, class V>
HWY_INLINE void FoldSmallMFast(const SmallMFastFold& fold, LUTGEMM_SMALL_M_SCALES(V&), VI a, VI b,
                               V& low, V& high) {
  const hn::Rebind<float, TileTag> df;
  const auto act = hn::Set(df, fold.act_scale);
  auto add_low = hn::Set(df, fold.b * fold.act_sum), add_high = add_low;
  if (HWY_UNLIKELY(fold.zero == ZeroKind::kInteger)) {
    add_low = hn::Mul(zero_low, hn::Set(df, fold.act_sum));
    add_high = hn::Mul(zero_high, hn::Set(df, fold.act_sum));
  }
  low = Fused(df, Fused(df, hn::ConvertTo(df, a), act, add_low), scale_low, low);
  high = Fused(df, Fused(df, hn::ConvertTo(df, b), act, add_high), scale_high, high);
  if (HWY_UNLIKELY(fold.zero == ZeroKind::kFloat)) {
    const auto twice = hn::Set(df, fold.act_sum + fold.act_sum);
    low = Fused(df, zero_low, twice, low);
    high = Fused(df, zero_high, twice, high);
  }
}

// What one call of a register tile does: blocks from `at` up to step `end` of one strip. The cells
// that are read after them start at `next`.
struct StripChunk {
  size_t strip;
  BlockCursor at;
  size_t end;
  const uint8_t* next;
};

template <int kTokens, int kPlanes, int kPasses>
HWY_NOINLINE void Lut4SmallMTile(const KernelArgs& args, size_t token, const StripChunk& piece) {
  const size_t strip = piece.strip, end = piece.end;
  BlockCursor at = piece.at;
  const TileTag di32;
  using VI32 = hn::Vec<TileTag>;
  using VF = hn::Vec<hn::Rebind<float, TileTag>>;
  constexpr bool kExact = kPasses == 2;
  const size_t stride = args.act.token_bytes, blocks = args.grid.blocks;
  const uint8_t* cells =
      args.weight.codes + (args.strip + strip) * args.weight.strip_bytes + at.begin * kPlanes * 64;
  const auto* table = reinterpret_cast<const int8_t*>(args.act.data + token * stride);
  SmallMActs tables(table + at.begin * kPasses * 64, stride);
  float* acc = args.acc + AccIndex(args, token, strip * args.weight.strip);
  const uint8_t* piece_end = cells + (end - at.begin) * kPlanes * 64;
  constexpr bool kKept = kTokens <= kSmallMKept;
  VI32 LUTGEMM_SMALL_M(sum), LUTGEMM_SMALL_M(odd);
  VF LUTGEMM_SMALL_M(acc), LUTGEMM_SMALL_M_SCALES();
  LoadSmallMAccs<kTokens>(acc, !kKept || at.block == 0, LUTGEMM_SMALL_M(acc));
  for (; at.begin < end; at.Next()) {
    const size_t i = token * blocks + at.block;
    const float* act_scale = args.act.scale + i;
    const float* act_sum = args.act.sum + i;
    const int32_t* int_sum = args.act.int_sum + i;
#define LUTGEMM_X(t)                                                             \
  if constexpr (t < kTokens) {                                                   \
    const int32_t start = kExact ? args.weight.fold.b * int_sum[t * blocks] : 0; \
    sum_a##t = sum_b##t = hn::Set(di32, start);                                  \
    odd_a##t = odd_b##t = hn::Zero(di32);                                        \
  }
    LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
    const bool inside = cells + args.ahead < piece_end;
    const auto ahead = static_cast<ptrdiff_t>(args.ahead) + (inside ? 0 : piece.next - piece_end);
    Lut4SmallMSlices<kTokens, kPlanes, kPasses>(args.weight, cells, ahead, tables,
                                                at.end - at.begin, LUTGEMM_SMALL_M(sum),
                                                LUTGEMM_SMALL_M(odd));
    const BlockFold fold = MakeBlockFold<kExact>(args, at, token, strip);
    LoadSmallMScales(fold, LUTGEMM_SMALL_M_SCALES());
    const ZeroKind zero = args.weight.zero;
    const auto b = static_cast<float>(args.weight.fold.b);
#define LUTGEMM_X(t)                                                                        \
  if constexpr (t < kTokens) {                                                              \
    float* acc_t = acc + t * kAccUnit;                                                      \
    if constexpr (kKept) {                                                                  \
      sum_a##t = hn::Add(sum_a##t, odd_a##t), sum_b##t = hn::Add(sum_b##t, odd_b##t);       \
    } else {                                                                                \
      LoadSmallMAcc(acc_t, fold.first, LUTGEMM_SMALL_M_OF(acc, t));                         \
    }                                                                                       \
    if constexpr (kExact) {                                                                 \
      FoldFew(SmallMFold{fold.offsets, act_scale[t * blocks], 0}, LUTGEMM_SMALL_M_SCALES(), \
              LUTGEMM_SMALL_M_OF(sum, t), LUTGEMM_SMALL_M_OF(acc, t));                      \
    } else {                                                                                \
      FoldSmallMFast(SmallMFastFold{zero, act_scale[t * blocks], act_sum[t * blocks], b},   \
                     LUTGEMM_SMALL_M_SCALES(), LUTGEMM_SMALL_M_OF(sum, t),                  \
                     LUTGEMM_SMALL_M_OF(acc, t));                                           \
    }                                                                                       \
    if constexpr (!kKept) StoreSmallMAcc(LUTGEMM_SMALL_M_OF(acc, t), acc_t);                \
  }
    LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
  }
  if constexpr (kKept) StoreSmallMAccs<kTokens>(LUTGEMM_SMALL_M(acc), acc);
}

template <int kPlanes, int kPasses>
HWY_INLINE void Lut4SmallMTile(const KernelArgs& args, size_t token, size_t tokens,
                               const StripChunk& piece) {
  switch (tokens) {
#define LUTGEMM_X(t)                                               \
  case t + 1:                                                      \
    if constexpr (t < kLut4SmallMTokens) {                         \
      Lut4SmallMTile<t + 1, kPlanes, kPasses>(args, token, piece); \
    }                                                              \
    return;
    LUTGEMM_EACH_SMALL_M(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

// Calls run(piece, tile) for the call's strips and tiles of tokens, chunks of about `fit` steps of
// K one after the other: whole blocks.
template <int kPlanes, class Run>
HWY_INLINE void ForEachStripChunk(const KernelArgs& args, size_t fit, size_t tiles, Run run) {
  const size_t steps = args.range.end - args.range.begin;
  const size_t chunks = base::CeilDiv(steps, fit), chunk = base::CeilDiv(steps, chunks);
  const auto cells = [&](size_t strip, size_t step) HWY_ATTR {
    return args.weight.codes + (args.strip + strip) * args.weight.strip_bytes + step * kPlanes * 64;
  };
  BlockCursor at(args.grid);
  if (args.range.begin != 0) at.MoveToStep(args.range.begin);
  LUTGEMM_DCHECK(at.begin == args.range.begin);
  while (at.begin < args.range.end) {
    // Blocks start anew in every group: where the chunk's last one ends, only the cursor knows.
    const size_t least = HWY_MIN(at.begin + chunk, args.range.end);
    BlockCursor next_chunk = at;
    while (next_chunk.begin < least) next_chunk.Next();
    const size_t end = next_chunk.begin;
    for (size_t tile = 0; tile < tiles; ++tile) {
      const uint8_t* after = tile + 1 < tiles       ? cells(0, at.begin)
                             : end < args.range.end ? cells(0, end)
                                                    : cells(args.strips, args.range.begin);
      for (size_t strip = 0; strip < args.strips; ++strip) {
        const uint8_t* next = strip + 1 < args.strips ? cells(strip + 1, at.begin) : after;
        run(StripChunk{strip, at, end, next}, tile);
      }
    }
    while (at.begin < end) at.Next();
  }
  LUTGEMM_DCHECK(at.begin == args.range.end);
}

static constexpr size_t kLut4SmallMStrips = 4;

// All of the call's tokens, strips and steps, a chunk of K at a time whose tables stay in the L1
// cache.
template <int kPlanes, int kPasses>
HWY_NOINLINE void Lut4SmallM(const KernelArgs& given) {
  KernelArgs args = given;
  if (kPasses == 1) args.weight.fold.half = 0;  // fast tables are halved in packing
  const size_t all = args.token_end - args.token_begin;
  const size_t tiles = (all + kLut4SmallMTokens - 1) / kLut4SmallMTokens;
  const size_t table_bytes = tiles == 1 ? kSmallMTableBytes : kTurnTableBytes;
  const size_t fit = table_bytes * tiles / (all * kPasses * 64);
  ForEachStripChunk<kPlanes>(args, fit, tiles, [&](const StripChunk& piece, size_t tile) HWY_ATTR {
    const size_t first = all * tile / tiles, last = all * (tile + 1) / tiles;
    Lut4SmallMTile<kPlanes, kPasses>(args, args.token_begin + first, last - first, piece);
  });
  if (args.range.end == args.grid.steps) StoreTokens(args, args.token_begin, all);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64

#endif  // LUTGEMM_KERNELS_LUT4_SMALL_M_INL_H_
