// Preparation of int8 activations, block by block; fast `dot` keeps its outliers apart.
#if defined(LUTGEMM_KERNELS_PREP_INT8_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PREP_INT8_INL_H_
#undef LUTGEMM_KERNELS_PREP_INT8_INL_H_
#else
#define LUTGEMM_KERNELS_PREP_INT8_INL_H_
#endif

#include "kernels/prep-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// A block's activations become steps of its scale within what BFP of those bits holds; rounded
// they are BfpCode of format/block.h. padded is a multiple of 16.
HWY_NOINLINE void ToBfpSteps(float* HWY_RESTRICT act, size_t padded, const BlockScale& scale,
                             unsigned bits) {
  const DF32 df;
  const auto limit = hn::Set(df, static_cast<float>(format::BfpMax(bits)));
  const auto lift = hn::Set(df, scale.lift), inverse = hn::Set(df, scale.inverse);
  for (size_t i = 0; i < padded; i += hn::Lanes(df)) {
    const auto steps = hn::Mul(hn::Mul(hn::LoadU(df, act + i), lift), inverse);
    hn::StoreU(hn::Max(hn::Min(steps, limit), hn::Neg(limit)), df, act + i);
  }
}

// int8 codes of one block at `to` (padded positions), and their sum.
HWY_INLINE int32_t QuantizeBlock(const float* act, size_t padded, float inverse, int8_t* to) {
  const DF32 df;
  const DI32 di32;
  const hn::Rebind<int8_t, DF32> di8;
  auto sums = hn::Zero(di32);
  size_t i = 0;
  for (; i + hn::Lanes(df) <= padded; i += hn::Lanes(df)) {
    const auto q = hn::NearestInt(hn::Mul(hn::LoadU(df, act + i), hn::Set(df, inverse)));
    sums = hn::Add(sums, q);
    hn::StoreU(hn::DemoteTo(di8, q), di8, to + i);
  }
  int32_t sum = hn::ReduceSum(di32, sums);
  for (; i < padded; ++i) {
    const auto q = static_cast<int8_t>(std::nearbyint(act[i] * inverse));
    sum += q;
    to[i] = q;
  }
  return sum;
}

// Largest magnitude of blocks that share a scale, from `at` on, scale_blocks of them at most.
HWY_INLINE float SharedMagnitude(const PrepArgs& args, BlockCursor at) {
  const size_t end = at.block + args.scale_blocks;
  float largest = 0.0f;
  for (; at.block < end && !at.done(); at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, args.scratch);
    largest = MaxOrNan(largest, AbsMax(args.scratch, span.padded));
  }
  return largest;
}

// The scale without the block's outliers, which go to their list.
HWY_INLINE BlockScale ClipOutliers(const PrepArgs& args, const BlockCursor& at,
                                   const BlockSpan& span, float largest, BlockScale scale) {
  args.out.outlier_count[args.token * args.grid.blocks + at.block] = 0;
  const auto magnitude = [](auto x) HWY_ATTR { return hn::Abs(x); };
  const float sum = VectorOrderedSum(args.scratch, span.padded, magnitude);
  const float limit = OutlierLimit(sum, span.count);
  if (HWY_LIKELY(!(largest > limit)) || !std::isfinite(scale.scale)) return scale;
  const BlockScale clipped = ScaleOf(limit);
  TakeOutliers(args, at, span.count, limit, clipped);
  return clipped;
}

// Calls emit(cursor, span, codes) for each block, whose int8 codes it has put to place(cursor,
// span).
template <class Place, class Emit>
HWY_INLINE void ForEachInt8Block(const PrepArgs& args, size_t block_begin, size_t block_end,
                                 Place place, Emit emit) {
  BlockScale scale{1.0f, 1.0f};
  float largest = 0.0f;
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    const BlockSpan span = SpanOf(args, at);
    if (args.elem != Elem::kI8 && (at.block - block_begin) % args.scale_blocks == 0) {
      largest = SharedMagnitude(args, at);
      scale = Int8ScaleOf(args, largest);
    }
    if (args.scale_blocks > 1 || args.elem == Elem::kI8) LoadBlock(args, span, args.scratch);
    if (args.out.outliers != nullptr) scale = ClipOutliers(args, at, span, largest, scale);
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
HWY_INLINE void ForEachInt8Block(const PrepArgs& args, size_t block_begin, size_t block_end,
                                 Emit emit) {
  const auto place = [&](const BlockCursor&, const BlockSpan& span) HWY_ATTR {
    return reinterpret_cast<int8_t*>(args.scratch + span.padded + 16);
  };
  ForEachInt8Block(args, block_begin, block_end, place, emit);
}

HWY_NOINLINE void PrepInt8(const PrepArgs& args, size_t block_begin, size_t block_end) {
  auto* to = reinterpret_cast<int8_t*>(args.out.data + args.token * args.out.token_bytes);
  const auto place = [&](const BlockCursor& at, const BlockSpan&)
                         HWY_ATTR { return to + at.begin * args.step_k; };
  ForEachInt8Block(args, block_begin, block_end, place,
                   [](const BlockCursor&, const BlockSpan&, const int8_t*) {});
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_PREP_INT8_INL_H_
