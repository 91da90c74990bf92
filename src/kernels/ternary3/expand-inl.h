// Twelve quints of 64 outputs become twenty triples: three bytes of five trits are five triples,
// two of them made of pieces of two quints. Once per chunk of K and tile of tokens, so that it
// counts.

#include "kernels/common/interleave-inl.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"
#include "layout/layout.h"

#if LUTGEMM_TABLE_ENTRIES >= 64

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// A step is 12 quints: 60 k, 20 triples, five rows of a panel. A row is four triples of 64 outputs:
// table indices, then signs.
static constexpr size_t kStepQuints = 12;
static constexpr size_t kStepRows = 5;
static constexpr size_t kTernary3Row = 512;

// Pieces of a quint v >= 0 by its position, with digits t0..t4 in places of a triple. Whole triples
// are magnitudes with a sign bit, parts are negative: one instruction turns either if the quint is
// negative.
struct Ternary3Pieces {
  alignas(64) uint8_t whole0[128];  // 9 t0 + 3 t1 + t2
  alignas(64) uint8_t whole1[128];  // 9 t1 + 3 t2 + t3
  alignas(64) uint8_t whole2[128];  // 9 t2 + 3 t3 + t4
  alignas(64) uint8_t head1[128];   // -t0
  alignas(64) uint8_t head2[128];   // -(3 t0 + t1)
  alignas(64) uint8_t tail1[128];   // -9 t4
  alignas(64) uint8_t tail2[128];   // -(9 t3 + 3 t4)
};
static constexpr Ternary3Pieces kTernary3Pieces = [] {
  Ternary3Pieces pieces{};
  const auto signed_magnitude = [](int t) { return static_cast<uint8_t>(t < 0 ? 128 - t : t); };
  for (int v = 0; v <= 121; ++v) {
    int t[5] = {}, rest = v + 121;
    for (int i = 4; i >= 0; --i, rest /= 3) t[i] = rest % 3 - 1;
    const size_t p = layout::TritPosition(static_cast<unsigned>(v));
    pieces.whole0[p] = signed_magnitude(9 * t[0] + 3 * t[1] + t[2]);
    pieces.whole1[p] = signed_magnitude(9 * t[1] + 3 * t[2] + t[3]);
    pieces.whole2[p] = signed_magnitude(9 * t[2] + 3 * t[3] + t[4]);
    pieces.head1[p] = static_cast<uint8_t>(-t[0]);
    pieces.head2[p] = static_cast<uint8_t>(-3 * t[0] - t[1]);
    pieces.tail1[p] = static_cast<uint8_t>(-9 * t[4]);
    pieces.tail2[p] = static_cast<uint8_t>(-9 * t[3] - 3 * t[4]);
  }
  return pieces;
}();

// Pieces of 64 quints, whose bit 7 is set where they are positive.
HWY_INLINE OutputBytes PieceOf(OutputBytes quints, const uint8_t* table) {
  const hn::ScalableTag<uint8_t> du8;
  return Lookup128(hn::Load(du8, table), hn::Load(du8, table + 64), quints);
}
HWY_INLINE OutputBytes WholeOf(OutputBytes quints, const uint8_t* table) {
  const auto sign = hn::Set(hn::ScalableTag<uint8_t>(), uint8_t{128});
  return hn::Xor(PieceOf(quints, table), hn::AndNot(quints, sign));
}
HWY_INLINE OutputBytes PartOf(OutputBytes quints, const uint8_t* table) {
  const auto negative = PieceOf(quints, table);
  const auto zero = hn::Zero(hn::ScalableTag<uint8_t>());
  return hn::MaskedSubOr(negative, hn::MaskFromVec(quints), zero, negative);
}

// The sum of two parts as magnitude and sign bit.
HWY_INLINE OutputBytes Joined(OutputBytes a, OutputBytes b) {
  const hn::ScalableTag<int8_t> di8;
  const hn::ScalableTag<uint8_t> du8;
  const auto sum = hn::Add(a, b);
  const auto magnitude = hn::BitCast(du8, hn::Abs(hn::BitCast(di8, sum)));
  return hn::OrAnd(magnitude, sum, hn::Set(du8, uint8_t{128}));
}

// Twenty triples of 64 outputs as magnitudes with sign bits, in the order of interleaving.
HWY_INLINE void SplitIntoTernary3(const uint8_t* codes, size_t quints_left,
                                  uint8_t (*HWY_RESTRICT triples)[64]) {
  const hn::ScalableTag<uint8_t> du8;
  const auto& pieces = kTernary3Pieces;
  for (size_t three = 0; three < 4; ++three, triples += 5) {
    const auto quints = [&](size_t i) HWY_ATTR {
      const size_t q = three * 3 + i;
      return HWY_LIKELY(q < quints_left) ? LoadForInterleave(codes + q * 64)
                                         : hn::Set(du8, uint8_t{128});
    };
    const auto q0 = quints(0), q1 = quints(1), q2 = quints(2);
    hn::Store(WholeOf(q0, pieces.whole0), du8, triples[0]);
    hn::Store(Joined(PartOf(q0, pieces.tail2), PartOf(q1, pieces.head1)), du8, triples[1]);
    hn::Store(WholeOf(q1, pieces.whole1), du8, triples[2]);
    hn::Store(Joined(PartOf(q1, pieces.tail1), PartOf(q2, pieces.head2)), du8, triples[3]);
    hn::Store(WholeOf(q2, pieces.whole2), du8, triples[4]);
  }
}

// Four triples of 16 outputs to their place in a row: indices and signs.
template <class V>
HWY_INLINE void StoreTernary3(OutputBytes triples, OutputBytes table_of_byte,
                              uint8_t* HWY_RESTRICT panel, V& bias) {
  const hn::ScalableTag<uint8_t> du8;
  const hn::ScalableTag<int8_t> di8;
  const auto sign = hn::BitCast(di8, SignsOf(triples));
  // Lookups ignore the sign bit.
  hn::Store(hn::Or(triples, table_of_byte), du8, panel);
  hn::Store(sign, di8, reinterpret_cast<int8_t*>(panel) + 256);
  AddDotBytes(hn::ScalableTag<int32_t>(), hn::Set(du8, uint8_t{128}), sign, bias);
}

// One step of a panel; adds 128 times the sum of signs to bias[0..3].
template <class V>
HWY_INLINE void ExpandStep(const uint8_t* codes, size_t quints_left, uint8_t* HWY_RESTRICT panel,
                           V& bias0, V& bias1, V& bias2, V& bias3) {
  const hn::ScalableTag<uint8_t> du8;
  alignas(64) uint8_t triples[20][64];
  SplitIntoTernary3(codes, quints_left, triples);
  const auto table_of_byte = hn::Load(du8, kTableOfByte);
  for (size_t r = 0; r < kStepRows; ++r, panel += kTernary3Row) {
    OutputBytes v0, v1, v2, v3;
    InterleaveFour(triples + 4 * r, v0, v1, v2, v3);
    StoreTernary3(v0, table_of_byte, panel, bias0);
    StoreTernary3(v1, table_of_byte, panel + 64, bias1);
    StoreTernary3(v2, table_of_byte, panel + 128, bias2);
    StoreTernary3(v3, table_of_byte, panel + 192, bias3);
  }
}

// Expands steps [begin, end) of a strip into its panel; bias[64] gets 128 times the sums of signs.
inline HWY_NOINLINE void ExpandTernary3(const KernelArgs& args, size_t strip, size_t begin,
                                        size_t end, uint8_t* HWY_RESTRICT panel,
                                        int32_t* HWY_RESTRICT bias) {
  const hn::ScalableTag<int32_t> di32;
  const uint8_t* codes = args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
  const size_t quints = args.weight.strip_bytes / 64;
  auto b0 = hn::Zero(di32), b1 = b0, b2 = b0, b3 = b0;
  for (size_t s = begin; s < end; ++s) {
    const size_t q = s * kStepQuints;
    ExpandStep(codes + q * 64, quints - q, panel + (s - begin) * kStepRows * kTernary3Row, b0, b1,
               b2, b3);
  }
  hn::Store(b0, di32, bias);
  hn::Store(b1, di32, bias + 16);
  hn::Store(b2, di32, bias + 32);
  hn::Store(b3, di32, bias + 48);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_TABLE_ENTRIES >= 64
