// Packing of activations: loading a block, its magnitude, fixed point. Bit-equal on every
// target: float operations are the same, in the same order, and never fused.
#if defined(LUTGEMM_KERNELS_COMMON_PACK_ACT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_PACK_ACT_INL_H_
#undef LUTGEMM_KERNELS_COMMON_PACK_ACT_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_PACK_ACT_INL_H_
#endif

#include "base/bits.h"
#include "kernels/common/gather.h"
#include "kernels/common/pack_act.h"
#include "kernels/common/produce-inl.h"
#include "kernels/common/scales-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using DF32 = hn::CappedTag<float, 16>;
using DI32 = hn::RebindToSigned<DF32>;

template <class DF>
HWY_INLINE hn::Vec<DF> LoadAct(DF df, const void* act, Elem elem, size_t index) {
  if (elem != Elem::kI8) return LoadAsF32(df, act, elem, index);
  const hn::Rebind<int8_t, DF> di8;
  const hn::RebindToSigned<DF> di32;
  return hn::ConvertTo(
      df, hn::PromoteTo(di32, hn::LoadU(di8, static_cast<const int8_t*>(act) + index)));
}

static constexpr size_t kPrepAhead = 2048;  // bytes

// Activations of one type as f32, past `count` up to a whole vector zeros; returns where that ends.
template <Elem kElem>
HWY_INLINE size_t LoadOf(const void* act, size_t k, size_t count, float* HWY_RESTRICT to) {
  const DF32 df;
  const size_t lanes = hn::Lanes(df), bytes = ElemBytes(kElem);
  const auto* from = static_cast<const uint8_t*>(act) + k * bytes;
  // A token's blocks follow one another, but each is worked on long enough to let a stream stall.
  for (size_t line = 0; line < count * bytes; line += 64) hwy::Prefetch(from + kPrepAhead + line);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(LoadAct(df, from, kElem, i), df, to + i);
  if (i == count) return i;
  alignas(64) uint8_t tail[64] = {};
  for (size_t b = 0; b < (count - i) * bytes; ++b) tail[b] = from[i * bytes + b];
  hn::StoreU(LoadAct(df, tail, kElem, 0), df, to + i);
  return i + lanes;
}

// LoadBlock without an order.
HWY_INLINE void LoadDense(const PackActArgs& args, const BlockSpan& span, float* HWY_RESTRICT to) {
  const auto load = [&]() HWY_ATTR {
    if (args.elem == Elem::kF16) return LoadOf<Elem::kF16>(args.act, span.k, span.count, to);
    if (args.elem == Elem::kBF16) return LoadOf<Elem::kBF16>(args.act, span.k, span.count, to);
    if (args.elem == Elem::kI8) return LoadOf<Elem::kI8>(args.act, span.k, span.count, to);
    return LoadOf<Elem::kF32>(args.act, span.k, span.count, to);
  };
  size_t i = load();
  if (args.produce.kind != Produce::Kind::kNone) ProduceSpan(args, span.k, span.count, to);
  // Sums take sixteen at a time.
  for (; i < base::RoundUp(span.padded, 16); ++i) to[i] = 0.0f;
}

inline HWY_NOINLINE void LoadGathered(const PackActArgs& args, const BlockSpan& span,
                                      float* HWY_RESTRICT to) {
  GatheredPiece piece(args);
  for (size_t i = 0; i < span.count; i += GatheredPiece::kLength) {
    const size_t count = HWY_MIN(GatheredPiece::kLength, span.count - i);
    LoadDense(piece.Fill(span.k + i, count), {0, count, count}, to + i);
  }
  for (size_t i = span.count; i < base::RoundUp(span.padded, 16); ++i) to[i] = 0.0f;
}

// The block's activations as f32, zeros behind them. `to` has room for one more vector.
HWY_INLINE void LoadBlock(const PackActArgs& args, const BlockSpan& span, float* HWY_RESTRICT to) {
  if (args.order != nullptr) return LoadGathered(args, span, to);
  LoadDense(args, span, to);
}

inline HWY_NOINLINE void ProduceRow(const PackActArgs& args, float* row) {
  constexpr size_t kPiece = 256;
  alignas(64) float piece[kPiece + 16];
  for (size_t k = 0; k < args.k; k += kPiece) {
    const size_t count = HWY_MIN(kPiece, args.k - k);
    LoadDense(args, {k, count, count}, piece);
    hwy::CopyBytes(piece, row + k, count * sizeof(float));
  }
}

// Largest |x| with NaN above all: magnitudes compare as integers.
HWY_INLINE float AbsMax(const float* act, size_t padded) {
  const DF32 df;
  const DI32 di32;
  auto largest = hn::Zero(di32);
  size_t i = 0;
  for (; i + hn::Lanes(df) <= padded; i += hn::Lanes(df)) {
    largest = hn::Max(largest, hn::BitCast(di32, hn::Abs(hn::LoadU(df, act + i))));
  }
  float result = hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest)));
  for (; i < padded; ++i) {
    result = MaxOrNan(result, std::abs(act[i]));
  }
  return result;
}

// Of sixteen running sums: what OrderedSum makes of them.
HWY_INLINE float SumOfSixteen(const float* HWY_RESTRICT part) {
  const hn::CappedTag<float, 4> d4;
  const auto even = hn::Add(hn::Load(d4, part), hn::Load(d4, part + 8));
  const auto odd = hn::Add(hn::Load(d4, part + 4), hn::Load(d4, part + 12));
  const auto four = hn::Add(even, odd);
  const auto two = hn::Add(four, hn::Shuffle1032(four));
  return hn::GetLane(hn::Add(two, hn::Shuffle2301(two)));
}

// OrderedSum; zeros follow up to a multiple of 16.
HWY_INLINE float VectorOrderedSum(const float* act, size_t padded) {
  const DF32 df;
  alignas(64) float part[16];
  for (size_t j = 0; j < 16; j += hn::Lanes(df)) {
    auto sum = hn::Zero(df);
    for (size_t i = j; i < padded; i += 16) sum = hn::Add(sum, hn::LoadU(df, act + i));
    hn::Store(sum, df, part + j);
  }
  return SumOfSixteen(part);
}

// AbsMax and OrderedSum of magnitudes in one pass; padded is a multiple of 16.
struct Magnitudes {
  float largest, sum;
};
HWY_INLINE Magnitudes MagnitudesOf(const float* act, size_t padded) {
  const DF32 df;
  const DI32 di32;
  alignas(64) float part[16];
  auto largest = hn::Zero(di32);
  for (size_t j = 0; j < 16; j += hn::Lanes(df)) {
    auto sum = hn::Zero(df);
    for (size_t i = j; i < padded; i += 16) {
      const auto magnitude = hn::Abs(hn::LoadU(df, act + i));
      sum = hn::Add(sum, magnitude);
      largest = hn::Max(largest, hn::BitCast(di32, magnitude));
    }
    hn::Store(sum, df, part + j);
  }
  return {hn::GetLane(hn::BitCast(df, hn::MaxOfLanes(di32, largest))), SumOfSixteen(part)};
}

// A block's activations times `inverse`, as 16-bit integers with kFractionBits bits of fraction.
// Adding 1.5 * 2^(23 - bits) rounds to those bits and leaves them in the low bits of the sum.
HWY_INLINE void ToFixedPoint(const float* act, size_t padded, float inverse,
                             int16_t* HWY_RESTRICT fixed) {
  const DF32 df;
  const hn::RebindToUnsigned<DF32> du32;
  const hn::Rebind<uint16_t, DF32> du16;
  const auto lift = hn::Set(df, 0x1.8p23f / kFraction);
  for (size_t i = 0; i < padded; i += hn::Lanes(df)) {
    const auto scaled = hn::Mul(hn::LoadU(df, act + i), hn::Set(df, inverse));
    const auto bits = hn::BitCast(du32, hn::Add(scaled, lift));
    hn::StoreU(hn::TruncateTo(du16, bits), du16, reinterpret_cast<uint16_t*>(fixed) + i);
  }
}

// Calls make(cursor, span, fixed) with the activations of each block in fixed point; measure(act,
// padded) gives the magnitude that their scale follows from. A block is loaded and measured before
// the tables of the one before it are made, so that a reduction, a division and a broadcast need
// not be waited for: tables of four 5 to 12 % faster (AMD Zen 5).
template <class Measure, class Make>
HWY_INLINE void ForEachFixedBlock(const PackActArgs& args, size_t block_begin, size_t block_end,
                                  Measure measure, Make make) {
  const size_t room = args.grid.block_steps * args.step_k + kPackTail;
  float* const buffers[2] = {args.scratch, args.scratch + room};
  auto* fixed = reinterpret_cast<int16_t*>(args.scratch + 2 * room);
  const float halve = args.half ? 0.5f : 1.0f;
  const auto load = [&](const BlockCursor& at, float* to) HWY_ATTR {
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, to);
    const BlockScale scale = ScaleOf(measure(to, span.padded));
    const size_t i = args.token * args.grid.blocks + at.block;
    args.out.scale[i] = scale.scale * halve;
    args.out.sum[i] = 0.0f;
    if (scale.inverse == 0.0f) {
      for (size_t k = 0; k < span.padded; ++k) to[k] = 0.0f;
    } else if (args.need_sum) {
      args.out.sum[i] = VectorOrderedSum(to, span.padded) * halve;
    }
    return scale.inverse;
  };
  BlockCursor at = CursorAt(args.grid, block_begin), next = CursorAt(args.grid, block_begin);
  float inverse = load(next, buffers[0]);
  for (size_t which = 0; at.block < block_end; at.Next(), which ^= 1) {
    next.Next();
    const float of_this = inverse;
    if (next.block < block_end) inverse = load(next, buffers[which ^ 1]);
    const BlockSpan span = SpanOf(args, at);
    ToFixedPoint(buffers[which], span.padded, of_this, fixed);
    make(at, span, fixed);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_PACK_ACT_INL_H_
