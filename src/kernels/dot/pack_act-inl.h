// Packing of int8 activations, block by block; fast `dot` keeps its outliers apart.
#if defined(LUTGEMM_KERNELS_DOT_PACK_ACT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_PACK_ACT_INL_H_
#undef LUTGEMM_KERNELS_DOT_PACK_ACT_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_PACK_ACT_INL_H_
#endif

#include "base/check.h"
#include "kernels/common/pack_act-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// A block's activations become steps of its scale within what BFP of those bits holds; rounded
// they are BfpCode of format/block.h. padded is a multiple of 16.
inline HWY_NOINLINE void ToBfpSteps(float* HWY_RESTRICT act, size_t padded, const BlockScale& scale,
                                    unsigned bits) {
  const DF32 df;
  const auto limit = hn::Set(df, static_cast<float>(format::BfpMax(bits)));
  const auto lift = hn::Set(df, scale.lift), inverse = hn::Set(df, scale.inverse);
  for (size_t i = 0; i < padded; i += hn::Lanes(df)) {
    const auto steps = hn::Mul(hn::Mul(hn::LoadU(df, act + i), lift), inverse);
    hn::StoreU(hn::Max(hn::Min(steps, limit), hn::Neg(limit)), df, act + i);
  }
}

// int8 codes of one block at `to` (padded positions), and their sum. Adding 1.5 * 2^23 rounds what
// is small to an integer in the low bits.
HWY_INLINE int32_t QuantizeBlock(const float* act, size_t padded, float inverse,
                                 int8_t* HWY_RESTRICT to) {
  const DF32 df;
  const hn::RebindToUnsigned<DF32> du32;
  const hn::Rebind<uint8_t, DF32> du8;
  const auto lift = hn::Set(df, 0x1.8p23f);
  auto sums = hn::Zero(du32);
  size_t i = 0;
  for (; i + hn::Lanes(df) <= padded; i += hn::Lanes(df)) {
    const auto lifted = hn::Add(hn::Mul(hn::LoadU(df, act + i), hn::Set(df, inverse)), lift);
    const auto bits = hn::Sub(hn::BitCast(du32, lifted), hn::BitCast(du32, lift));
    sums = hn::Add(sums, bits);
    hn::StoreU(hn::TruncateTo(du8, bits), du8, reinterpret_cast<uint8_t*>(to) + i);
  }
  auto sum = static_cast<int32_t>(hn::ReduceSum(du32, sums));
  for (; i < padded; ++i) {
    const auto q = static_cast<int8_t>(std::nearbyint(act[i] * inverse));
    sum += q;
    to[i] = q;
  }
  return sum;
}

// Largest magnitude of blocks that share a scale, from `at` on, scale_blocks of them at most.
HWY_INLINE float SharedMagnitude(const PackActArgs& args, BlockCursor at) {
  const size_t end = at.block + args.scale_blocks;
  float largest = 0.0f;
  for (; at.block < end && !at.done(); at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, args.scratch);
    largest = MaxOrNan(largest, AbsMax(args.scratch, span.padded));
  }
  return largest;
}

// Lists a block's outliers and clips them in scratch. Past `count` it holds zeros.
HWY_INLINE void TakeOutliers(const PackActArgs& args, const BlockCursor& at, size_t count,
                             float limit, const BlockScale& scale) {
  const DF32 df;
  for (size_t i = 0; i < count; i += hn::Lanes(df)) {
    const auto above = hn::Gt(hn::Abs(hn::LoadU(df, args.scratch + i)), hn::Set(df, limit));
    if (hn::AllFalse(df, above)) continue;
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(df, above, bytes);
    for (uint32_t bits = bytes[0] + bytes[1] * 256u; bits != 0; bits &= bits - 1) {
      const size_t at_bit = i + hwy::Num0BitsBelowLS1Bit_Nonzero32(bits);
      float& x = args.scratch[at_bit];
      x = TakeOutlier(args, at, at_bit, x, limit, scale);
    }
  }
}

// The scale of one loaded block without its outliers, which go to their list.
HWY_INLINE BlockScale ClipOutliers(const PackActArgs& args, const BlockCursor& at,
                                   const BlockSpan& span) {
  const Magnitudes magnitudes = MagnitudesOf(args.scratch, span.padded);
  const BlockScale scale = Int8ScaleOf(args, magnitudes.largest);
  const float limit = OutlierLimit(magnitudes.sum, span.count);
  if (HWY_LIKELY(!(magnitudes.largest > limit)) || !std::isfinite(scale.scale)) return scale;
  const BlockScale clipped = ScaleOf(limit);
  TakeOutliers(args, at, span.count, limit, clipped);
  return clipped;
}

// ForEachInt8Block of PackInt8 where blocks lie in spans.
template <class Place>
HWY_INLINE void PackInt8Spans(const PackActArgs& args, size_t block_begin, size_t block_end,
                              Place place) {
  LUTGEMM_DCHECK(block_begin % args.span_blocks == 0);
  const bool clips = args.out.outliers.entries != nullptr;
  if (clips) ClearOutliers(args, block_begin, block_end);
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end;) {
    const BlockSpan span = WholeSpan(args, at);
    LoadBlock(args, span, args.scratch);
    BlockScale scale{1.0f, 1.0f};
    if (clips) {
      scale = ClipOutliers(args, at, span);
    } else if (args.elem != Elem::kI8) {
      scale = ScaleOf(AbsMax(args.scratch, span.padded));
    }
    if (scale.inverse == 0.0f) {
      for (size_t k = 0; k < span.padded; ++k) args.scratch[k] = 0.0f;
    }
    const float* act = args.scratch;
    for (size_t n = 0; n < args.span_blocks && !at.done(); ++n, at.Next()) {
      const size_t i = args.token * args.grid.blocks + at.block;
      const size_t padded = (at.end - at.begin) * args.step_k;
      args.out.scale[i] = scale.scale;
      args.out.int_sum[i] = QuantizeBlock(act, padded, scale.inverse, place(at));
      act += padded;
    }
  }
}

// Calls emit(cursor, span, codes) for each block, whose int8 codes it has put to place(cursor,
// span).
template <class Place, class Emit>
HWY_INLINE void ForEachInt8Block(const PackActArgs& args, size_t block_begin, size_t block_end,
                                 Place place, Emit emit) {
  // Blocks that share a scale are packed together.
  LUTGEMM_DCHECK(block_begin % args.scale_blocks == 0);
  BlockScale scale{1.0f, 1.0f};
  const bool clips = args.out.outliers.entries != nullptr;
  if (clips) ClearOutliers(args, block_begin, block_end);
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    const bool shared = !clips && args.elem != Elem::kI8;
    if (shared && (at.block - block_begin) % args.scale_blocks == 0) {
      scale = Int8ScaleOf(args, SharedMagnitude(args, at));
    }
    if (!shared || args.scale_blocks > 1) LoadBlock(args, span, args.scratch);
    if (clips) scale = ClipOutliers(args, at, span);
    if (scale.inverse == 0.0f) {
      for (size_t k = 0; k < span.padded; ++k) args.scratch[k] = 0.0f;
    }
    if (args.bfp_bits != 0) ToBfpSteps(args.scratch, span.padded, scale, args.bfp_bits);
    const float inverse = args.bfp_bits != 0 ? 1.0f : scale.inverse;
    const size_t i = args.token * args.grid.blocks + at.block;
    int8_t* codes = place(at, span);
    args.out.scale[i] = scale.scale;
    args.out.int_sum[i] = QuantizeBlock(args.scratch, span.padded, inverse, codes);
    emit(at, span, codes);
  }
}

// The same with codes in the second half of scratch.
template <class Emit>
HWY_INLINE void ForEachInt8Block(const PackActArgs& args, size_t block_begin, size_t block_end,
                                 Emit emit) {
  const auto place = [&](const BlockCursor&, const BlockSpan& span) HWY_ATTR {
    return reinterpret_cast<int8_t*>(args.scratch + span.padded + 16);
  };
  ForEachInt8Block(args, block_begin, block_end, place, emit);
}

inline HWY_NOINLINE void PackInt8(const PackActArgs& args, size_t block_begin, size_t block_end) {
  auto* to = reinterpret_cast<int8_t*>(args.out.data + args.token * args.out.token_bytes);
  const auto to_block = [&](const BlockCursor& at) HWY_ATTR { return to + at.begin * args.step_k; };
  if (args.span_blocks > 1) return PackInt8Spans(args, block_begin, block_end, to_block);
  const auto place = [&](const BlockCursor& at, const BlockSpan&) HWY_ATTR { return to_block(at); };
  ForEachInt8Block(args, block_begin, block_end, place,
                   [](const BlockCursor&, const BlockSpan&, const int8_t*) {});
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_PACK_ACT_INL_H_
