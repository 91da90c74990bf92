// Family `triples`: ternary weights of the kTrits layout, looked up three at a time for many
// tokens. The 27 sums of three activations are 14 and their negatives: four such tables fill one
// 64-entry byte lookup, and the byte dot product applies the signs while it adds four lookups of an
// output. Three bytes of five trits become five indices with signs, once per chunk of K.
#if defined(LUTGEMM_KERNELS_TRIPLES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TRIPLES_INL_H_
#undef LUTGEMM_KERNELS_TRIPLES_INL_H_
#else
#define LUTGEMM_KERNELS_TRIPLES_INL_H_
#endif

#include "kernels/arch/x86_vnni-inl.h"
#include "kernels/args.h"
#include "kernels/prep.h"
#include "kernels/tile-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// A step is 12 quints: 60 k, 20 triples, five rows of a panel. A row is four triples of 64 outputs:
// table indices, then signs.
static constexpr size_t kStepQuints = 12;
static constexpr size_t kStepRows = 5;
static constexpr size_t kTripleRow = 512;

// Signed pieces of a quint v >= 0 by its position: digits t0..t4 in places of a triple.
struct TriplePieces {
  alignas(64) int8_t whole0[128];  // 9 t0 + 3 t1 + t2
  alignas(64) int8_t whole1[128];  // 9 t1 + 3 t2 + t3
  alignas(64) int8_t whole2[128];  // 9 t2 + 3 t3 + t4
  alignas(64) int8_t head1[128];   // t0
  alignas(64) int8_t head2[128];   // 3 t0 + t1
  alignas(64) int8_t tail1[128];   // 9 t4
  alignas(64) int8_t tail2[128];   // 9 t3 + 3 t4
};
static constexpr TriplePieces kTriplePieces = [] {
  TriplePieces pieces{};
  for (int v = 0; v <= 121; ++v) {
    int t[5] = {}, rest = v + 121;
    for (int i = 4; i >= 0; --i, rest /= 3) t[i] = rest % 3 - 1;
    const size_t p = layout::TritPosition(static_cast<unsigned>(v));
    pieces.whole0[p] = static_cast<int8_t>(9 * t[0] + 3 * t[1] + t[2]);
    pieces.whole1[p] = static_cast<int8_t>(9 * t[1] + 3 * t[2] + t[3]);
    pieces.whole2[p] = static_cast<int8_t>(9 * t[2] + 3 * t[3] + t[4]);
    pieces.head1[p] = static_cast<int8_t>(t[0]);
    pieces.head2[p] = static_cast<int8_t>(3 * t[0] + t[1]);
    pieces.tail1[p] = static_cast<int8_t>(9 * t[4]);
    pieces.tail2[p] = static_cast<int8_t>(9 * t[3] + 3 * t[4]);
  }
  return pieces;
}();

// The pieces of 64 quints, negative where the quints are.
HWY_INLINE hn::Vec<hn::ScalableTag<int8_t>> Pieces(const int8_t* table,
                                                   hn::Vec<hn::ScalableTag<uint8_t>> quints) {
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<uint8_t> du8;
  const auto found =
      Lookup128(hn::Load(di8, table), hn::Load(di8, table + 64), hn::BitCast(di8, quints));
  const auto positive = hn::MaskFromVec(hn::BitCast(di8, quints));
  (void)du8;
  return hn::IfThenElse(positive, found, hn::Neg(found));
}

// Twenty signed triples of 64 outputs, from twelve quints: triples[i][output].
HWY_INLINE void SplitIntoTriples(const uint8_t* codes, size_t quints_left,
                                 int8_t (*HWY_RESTRICT triples)[64]) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const auto& pieces = kTriplePieces;
  for (size_t three = 0; three < 4; ++three, triples += 5) {
    const auto quints = [&](size_t i) HWY_ATTR {
      const size_t q = three * 3 + i;
      return q < quints_left ? hn::Load(du8, codes + q * 64) : hn::Set(du8, uint8_t{128});
    };
    const auto q0 = quints(0), q1 = quints(1), q2 = quints(2);
    hn::Store(Pieces(pieces.whole0, q0), di8, triples[0]);
    hn::Store(hn::Add(Pieces(pieces.tail2, q0), Pieces(pieces.head1, q1)), di8, triples[1]);
    hn::Store(Pieces(pieces.whole1, q1), di8, triples[2]);
    hn::Store(hn::Add(Pieces(pieces.tail1, q1), Pieces(pieces.head2, q2)), di8, triples[3]);
    hn::Store(Pieces(pieces.whole2, q2), di8, triples[4]);
  }
}

// One step of a panel; adds 128 times the sum of signs to bias[0..3].
template <class V>
HWY_INLINE void ExpandStep(const uint8_t* codes, size_t quints_left, uint8_t* HWY_RESTRICT panel,
                           V& bias0, V& bias1, V& bias2, V& bias3) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<int32_t> di32;
  alignas(64) int8_t triples[20][64];
  alignas(64) int8_t row[256];
  SplitIntoTriples(codes, quints_left, triples);
  const auto table_of_byte = hn::Load(du8, kTableOfByte);
  const auto plus = hn::Set(di8, int8_t{1}), minus = hn::Set(di8, int8_t{-1});
  const auto middle = hn::Set(du8, uint8_t{128});
  for (size_t r = 0; r < kStepRows; ++r, panel += kTripleRow) {
    hn::StoreInterleaved4(hn::Load(di8, triples[4 * r]), hn::Load(di8, triples[4 * r + 1]),
                          hn::Load(di8, triples[4 * r + 2]), hn::Load(di8, triples[4 * r + 3]), di8,
                          row);
    const auto finish = [&](size_t v, V& bias) HWY_ATTR {
      const auto triple = hn::Load(di8, row + v * 64);
      const auto sign = hn::IfThenElse(hn::MaskFromVec(triple), minus, plus);
      const auto index = hn::Or(hn::BitCast(du8, hn::Abs(triple)), table_of_byte);
      hn::Store(index, du8, panel + v * 64);
      hn::Store(sign, di8, reinterpret_cast<int8_t*>(panel) + 256 + v * 64);
      bias = DotBytes(di32, middle, sign, bias);
    };
    finish(0, bias0);
    finish(1, bias1);
    finish(2, bias2);
    finish(3, bias3);
  }
}

// Expands steps [begin, end) of a strip into its panel; bias[64] gets 128 times the sums of signs.
HWY_NOINLINE void ExpandTriples(const LookupArgs& args, size_t strip, size_t begin, size_t end,
                                uint8_t* HWY_RESTRICT panel, int32_t* HWY_RESTRICT bias) {
  const hn::ScalableTag<int32_t> di32;
  const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const size_t quints = args.weight.strip_bytes / 64;
  auto b0 = hn::Zero(di32), b1 = b0, b2 = b0, b3 = b0;
  for (size_t s = begin; s < end; ++s) {
    const size_t q = s * kStepQuints;
    ExpandStep(codes + q * 64, quints - q, panel + (s - begin) * kStepRows * kTripleRow, b0, b1, b2,
               b3);
  }
  hn::Store(b0, di32, bias);
  hn::Store(b1, di32, bias + 16);
  hn::Store(b2, di32, bias + 32);
  hn::Store(b3, di32, bias + 48);
}

// Lookups of n rows of a panel; tokens' tables are `stride` bytes apart.
template <int kTokens>
HWY_INLINE void TriplesRows(const uint8_t* HWY_RESTRICT panel, const uint8_t* HWY_RESTRICT table,
                            size_t stride, size_t n, const int32_t* HWY_RESTRICT bias,
                            TileSums& sums) {
  const TileTag di32;
  const hn::ScalableTag<uint8_t> du8;
  using V = hn::Vec<TileTag>;
#define LUTGEMM_X(t)                                      \
  V a##t, b##t, c##t, d##t;                               \
  if constexpr (t < kTokens) {                            \
    a##t = hn::Sub(sums.a##t, hn::Load(di32, bias));      \
    b##t = hn::Sub(sums.b##t, hn::Load(di32, bias + 16)); \
    c##t = hn::Sub(sums.c##t, hn::Load(di32, bias + 32)); \
    d##t = hn::Sub(sums.d##t, hn::Load(di32, bias + 48)); \
  }
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  do {
    const auto i0 = hn::Load(du8, panel), i1 = hn::Load(du8, panel + 64);
    const auto i2 = hn::Load(du8, panel + 128), i3 = hn::Load(du8, panel + 192);
    const auto* signs = reinterpret_cast<const int8_t*>(panel) + 256;
#define LUTGEMM_X(t)                                      \
  if constexpr (t < kTokens) {                            \
    const auto x##t = hn::Load(du8, table + t * stride);  \
    AddDotBytesAt(Lookup64(x##t, i0), signs, a##t);       \
    AddDotBytesAt(Lookup64(x##t, i1), signs + 64, b##t);  \
    AddDotBytesAt(Lookup64(x##t, i2), signs + 128, c##t); \
    AddDotBytesAt(Lookup64(x##t, i3), signs + 192, d##t); \
  }
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
    panel += kTripleRow;
    table += 64;
  } while (--n != 0);
#define LUTGEMM_X(t) \
  if constexpr (t < kTokens) sums.a##t = a##t, sums.b##t = b##t, sums.c##t = c##t, sums.d##t = d##t;
  LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
}

// A register tile; a chunk lies in one block.
template <int kTokens>
HWY_NOINLINE void TriplesTile(const Tile& tile, const int32_t* HWY_RESTRICT bias) {
  const size_t stride = tile.args->act.token_bytes;
  const uint8_t* tables = tile.args->act.data + tile.token * stride;
  tables += tile.begin * kStepRows * 64;
  const auto steps = [&](size_t n, TileSums& sums) HWY_ATTR {
    TriplesRows<kTokens>(tile.panel, tables, stride, n * kStepRows, bias, sums);
  };
  ForEachPiece<kTokens, FoldKind::kCentred, false>(tile, steps);
}

HWY_INLINE void TriplesTokens(const Tile& tile, size_t tokens, const int32_t* bias) {
  switch (tokens) {
#define LUTGEMM_X(t) \
  case t + 1:        \
    return TriplesTile<t + 1>(tile, bias);
    LUTGEMM_EACH_TOKEN(LUTGEMM_X)
#undef LUTGEMM_X
  }
}

// Steps of a chunk, and strips that share a tile's tables: their panels fit the L1 cache with them.
static constexpr size_t kTriplesChunk = 6;
static constexpr size_t kTriplesStrips = 2;
static_assert(kTriplesStrips * kTriplesChunk * kStepRows * kTripleRow <= kPanelBytes);

HWY_NOINLINE void TriplesLookup(const LookupArgs& args) {
  constexpr size_t kStripPanel = kTriplesChunk * kStepRows * kTripleRow;
  alignas(64) int32_t bias[kTriplesStrips * 64];
  Tile tile{&args, BlockCursor(args.grid), 0, 0, 0, 0, args.panel, nullptr, 0};
  for (; !tile.at.done(); tile.at.Next()) {
    for (tile.begin = tile.at.begin; tile.begin < tile.at.end; tile.begin = tile.end) {
      tile.end = HWY_MIN(tile.begin + kTriplesChunk, tile.at.end);
      for (size_t strip = 0; strip < args.strips; ++strip) {
        ExpandTriples(args, strip, tile.begin, tile.end, args.panel + strip * kStripPanel,
                      bias + strip * 64);
      }
      ExpandScales(args, tile.at.group, tile.at.group + 1);
      const auto run = [&](const Tile& one, size_t tokens)
                           HWY_ATTR { TriplesTokens(one, tokens, bias + one.output); };
      ForEachTile(args, tile, kStripPanel, run, [](const Tile&, size_t) {});
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_TRIPLES_INL_H_
