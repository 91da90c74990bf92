// The few vector operations that Highway lacks or that deserve a choice per target. Each has a name
// and a default that is correct on every target, with vectors of any length; files of arch/ may
// declare the name again for their targets, which hides the default there. Nothing but those files
// uses intrinsics, assembler or the registers within vectors.
#if defined(LUTGEMM_KERNELS_TARGET_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_TARGET_OPS_INL_H_
#undef LUTGEMM_KERNELS_TARGET_OPS_INL_H_
#else
#define LUTGEMM_KERNELS_TARGET_OPS_INL_H_
#endif

#include "kernels/target/traits-inl.h"

#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include <cmath>

// HWY_ATTR for a lambda that is an inner loop: clang 19 calls such a body with its sums in memory
// instead of inlining it, which halved the speed of `dot`.
#undef LUTGEMM_LOOP_ATTR
#define LUTGEMM_LOOP_ATTR HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::defaults::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// sum[i] + the four products of unsigned and signed bytes in lane i. Where no instruction does it,
// the products are summed in pairs of 16 bits: unsigned bytes must then be at most 128, which keeps
// a pair within 2 * 128 * 127 (the codes here are at most 15).
template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE VI32 DotBytes(DI32 di32, VU8 u, VI8 i, VI32 sum) {
  const hn::Repartition<int16_t, DI32> di16;
  const auto pairs = hn::SatWidenMulPairwiseAdd(di16, u, i);
  return hn::Add(sum, hn::WidenMulPairwiseAdd(di32, pairs, hn::Set(di16, int16_t{1})));
}

// DotBytes for unsigned bytes up to 255: even and odd bytes apart.
template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE VI32 DotAllBytes(DI32 di32, VU8 u, VI8 i, VI32 sum) {
  const hn::Repartition<int16_t, DI32> di16;
  const auto u16 = hn::BitCast(di16, u), i16 = hn::BitCast(di16, i);
  const auto odd_u = hn::ShiftRight<8>(hn::BitCast(hn::RebindToUnsigned<decltype(di16)>(), u));
  const auto even = hn::WidenMulPairwiseAdd(di32, hn::And(u16, hn::Set(di16, int16_t{255})),
                                            hn::ShiftRight<8>(hn::ShiftLeft<8>(i16)));
  const auto odd = hn::WidenMulPairwiseAdd(di32, hn::BitCast(di16, odd_u), hn::ShiftRight<8>(i16));
  return hn::Add(sum, hn::Add(even, odd));
}

// sum += DotBytes(u, i). Targets with a DotBytes of their own bring this too.
template <class DI32, class VU8, class VI8, class VI32>
HWY_INLINE void AddDotBytes(DI32 di32, VU8 u, VI8 i, VI32& sum) {
  sum = DotBytes(di32, u, i, sum);
}

// AddDotBytes with a vector of signed bytes from memory.
template <class VU8, class VI32>
HWY_INLINE void AddDotBytesAt(VU8 u, const int8_t* i, VI32& sum) {
  const hn::RebindToSigned<hn::DFromV<VU8>> di8;
  sum = DotBytes(hn::DFromV<VI32>(), u, hn::Load(di8, i), sum);
}

// sum[i] += the two products of signed words in lane i.
template <class DI32, class VI16, class VI32>
HWY_INLINE void AddWordPairs(DI32 di32, VI16 a, VI16 b, VI32& sum) {
  sum = hn::Add(sum, hn::WidenMulPairwiseAdd(di32, a, b));
}

// a * b + c with one rounding.
template <class DF, class VF>
HWY_INLINE VF Fused(DF df, VF a, VF b, VF c) {
  alignas(64) float x[hn::MaxLanes(df)], y[hn::MaxLanes(df)], z[hn::MaxLanes(df)];
  hn::Store(a, df, x);
  hn::Store(b, df, y);
  hn::Store(c, df, z);
  for (size_t i = 0; i < hn::Lanes(df); ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(df, z);
}

// Entry `index` of a table of 64, of which shorter vectors hold as many as they have lanes. More
// bits of an index than that number of entries has count for nothing.
template <class V, class VI>
HWY_INLINE V Lookup64(V table, VI index) {
  const hn::DFromV<V> d;
  const size_t entries = HWY_MIN(hn::Lanes(d), size_t{64});
  const auto last = hn::Set(hn::DFromV<VI>(), static_cast<uint8_t>(entries - 1));
  return hn::TableLookupLanes(table, hn::IndicesFromVec(d, hn::And(index, last)));
}

// The same for twice as many entries, in two vectors; with 64 in each, bit 7 of an index counts for
// nothing.
template <class V>
HWY_INLINE V Lookup128(V low, V high, V index) {
  const hn::DFromV<V> du8;
  const size_t entries = HWY_MIN(hn::Lanes(du8), size_t{64});
  const auto second =
      hn::Ne(hn::And(index, hn::Set(du8, static_cast<uint8_t>(entries))), hn::Zero(du8));
  return hn::IfThenElse(second, Lookup64(high, index), Lookup64(low, index));
}

// Entry `index` of the 16 in each block, index < 16, and zero for indices whose bit 7 is set. The
// instructions behind TableLookupBytesOr0 differ in what else they find beyond the table.
template <class V>
HWY_INLINE V Lookup16Or0(V table, V index) {
  return hn::TableLookupBytesOr0(table, hn::And(index, hn::Set(hn::DFromV<V>(), uint8_t{0x8f})));
}

// Each 64-bit lane as an 8 x 8 matrix of bits: bit 7 - i of byte b of the result is bit b of byte
// i.
template <class V>
HWY_INLINE V TransposeBits(V rows) {
  const hn::Repartition<uint64_t, hn::DFromV<V>> du64;
  // Bits, pairs and fours of them change places across the diagonal.
  auto m = hn::ReverseLaneBytes(hn::BitCast(du64, rows));
  auto t = hn::And(hn::Xor(m, hn::ShiftRight<7>(m)), hn::Set(du64, uint64_t{0x00aa00aa00aa00aa}));
  m = hn::Xor(m, hn::Xor(t, hn::ShiftLeft<7>(t)));
  t = hn::And(hn::Xor(m, hn::ShiftRight<14>(m)), hn::Set(du64, uint64_t{0x0000cccc0000cccc}));
  m = hn::Xor(m, hn::Xor(t, hn::ShiftLeft<14>(t)));
  t = hn::And(hn::Xor(m, hn::ShiftRight<28>(m)), hn::Set(du64, uint64_t{0x00000000f0f0f0f0}));
  m = hn::Xor(m, hn::Xor(t, hn::ShiftLeft<28>(t)));
  return hn::BitCast(hn::DFromV<V>(), m);
}

// -1 for bytes whose bit 7 is set, else 1.
template <class V>
HWY_INLINE V SignsOf(V bytes) {
  const hn::DFromV<V> du8;
  const hn::RebindToSigned<decltype(du8)> di8;
  const auto minus = hn::BitCast(du8, hn::BroadcastSignBit(hn::BitCast(di8, bytes)));
  return hn::Or(minus, hn::Set(du8, uint8_t{1}));
}

// Byte j of lane i: bits kShift to kShift + 7 of lane i of vj.
template <int kShift, class VI32>
HWY_INLINE hn::Vec<hn::Repartition<uint8_t, hn::DFromV<VI32>>> BytesAt(VI32 v0, VI32 v1, VI32 v2,
                                                                       VI32 v3) {
  const hn::DFromV<VI32> di32;
  const auto byte = hn::Set(di32, 255);
  const auto b0 = hn::And(hn::ShiftRight<kShift>(v0), byte);
  const auto b1 = hn::ShiftLeft<8>(hn::And(hn::ShiftRight<kShift>(v1), byte));
  const auto b2 = hn::ShiftLeft<16>(hn::And(hn::ShiftRight<kShift>(v2), byte));
  const auto b3 = hn::ShiftLeft<24>(hn::ShiftRight<kShift>(v3));
  return hn::BitCast(hn::Repartition<uint8_t, decltype(di32)>(),
                     hn::Or(hn::Or(b0, b1), hn::Or(b2, b3)));
}

// (bytes & mask) | tables.
template <class VU8>
HWY_INLINE VU8 MaskedOr(VU8 bytes, VU8 mask, VU8 tables) {
  return hn::OrAnd(tables, bytes, mask);
}

// 16 bits of (high:low) from bit kBits on, lane by lane.
template <int kBits, class VU16>
HWY_INLINE VU16 ShiftRightOfPairs(VU16 low, VU16 high) {
  if constexpr (kBits == 0) {
    return low;
  } else {
    return hn::Or(hn::ShiftRight<kBits>(low), hn::ShiftLeft<16 - kBits>(high));
  }
}

// Bits 0, 16, 5 and 21 of each 32, and the seven that follow each, in that order in its bytes.
template <class VU16>
HWY_INLINE hn::Vec<hn::Repartition<uint8_t, hn::DFromV<VU16>>> FiveBitsAt(VU16 bits) {
  const hn::Repartition<uint32_t, hn::DFromV<VU16>> du32;
  const auto all = hn::BitCast(du32, bits);
  const auto b0 = hn::And(all, hn::Set(du32, 0x000000ffu));
  const auto b1 = hn::And(hn::ShiftRight<8>(all), hn::Set(du32, 0x0000ff00u));
  const auto b2 = hn::And(hn::ShiftLeft<11>(all), hn::Set(du32, 0x00ff0000u));
  const auto b3 = hn::And(hn::ShiftLeft<3>(all), hn::Set(du32, 0xff000000u));
  return hn::BitCast(hn::Repartition<uint8_t, decltype(du32)>(),
                     hn::Or(hn::Or(b0, b1), hn::Or(b2, b3)));
}

// Has the compiler compute `v` here, once, as it is written. It does so without help by default.
template <class V>
HWY_INLINE void KeepInRegister(V&) {}

// Has the compiler load again what `pointer` points to, where registers are too few to keep it. It
// sees that without help by default.
template <class T>
HWY_INLINE void LoadAnew(const T*&) {}

}  // namespace lutgemm::kernels::defaults::HWY_NAMESPACE

namespace lutgemm::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
// As names of the namespace around this one: what this one declares hides them.
using namespace defaults::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
template <class DF, class VF>
HWY_INLINE VF Fused(DF, VF a, VF b, VF c) {
  return hn::MulAdd(a, b, c);
}
#endif

#if LUTGEMM_TABLE_ENTRIES >= 64
// Which of a register's four tables of 16 entries each byte of an index looks into.
alignas(64) static constexpr uint8_t kTableOfByte[64] = {
    0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16,
    32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48,
    0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48, 0,  16, 32, 48};
#endif

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#include "kernels/target/arch/x86_gfni-inl.h"
#include "kernels/target/arch/x86_registers-inl.h"
#include "kernels/target/arch/x86_shuffle-inl.h"
#include "kernels/target/arch/x86_vbmi-inl.h"
#include "kernels/target/arch/x86_vnni-inl.h"

#endif  // LUTGEMM_KERNELS_TARGET_OPS_INL_H_
