// Prefetching the codes and scales that a call expands next, in equal shares of its tiles.
#if defined(LUTGEMM_KERNELS_PREFETCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_PREFETCH_INL_H_
#undef LUTGEMM_KERNELS_PREFETCH_INL_H_
#else
#define LUTGEMM_KERNELS_PREFETCH_INL_H_
#endif

#include "kernels/args.h"
#include "kernels/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// The same piece of `length` bytes of one strip after the other, taken in shares.
struct StripPieces {
  const uint8_t* piece;
  size_t strip_bytes, length, share;
  size_t at = 0;

  const uint8_t* Take() {
    const uint8_t* taken = piece + at;
    for (at += share; length != 0 && at >= length; at -= length) piece += strip_bytes;
    return taken;
  }
};

// What follows the chunk of steps [begin, end): the strips' next chunk, or the next strips' first.
// Divided among `parts` tiles once for all of them: a division takes longer than some products.
struct NextChunk {
  StripPieces codes, scales;
  size_t step;  // bytes of the codes' share per step of a tile
};
HWY_INLINE NextChunk NextChunkOf(const LookupArgs& args, size_t begin, size_t end, size_t parts) {
  const WeightArgs& w = args.weight;
  const bool last = end >= args.grid.steps;
  const size_t strip = args.strip + (last ? args.strips : 0);
  const size_t step_bytes = w.strip_bytes / args.grid.steps, length = (end - begin) * step_bytes;
  const size_t share = length * args.strips / parts + 1;
  const uint8_t* codes = w.codes + strip * w.strip_bytes + (last ? 0 : end * step_bytes);
  const size_t elem = ElemBytes(w.scale_elem), group_bytes = w.scale_group_stride * elem;
  const size_t groups = (end - begin) / args.grid.group_steps + 1;
  const size_t group = last ? 0 : end / args.grid.group_steps;
  const auto* scales = reinterpret_cast<const uint8_t*>(w.scales) +
                       strip * w.scale_strip_stride * elem + group * group_bytes;
  return {{codes, w.strip_bytes, length, share},
          {scales, w.scale_strip_stride * elem, groups * group_bytes,
           (groups * group_bytes * args.strips + parts - 1) / parts},
          share / (end - begin) + 1};
}

HWY_INLINE void PrefetchScales(NextChunk& next) {
  const size_t share = next.scales.share;
  const uint8_t* from = next.scales.Take();
  for (size_t at = 0; at < share; at += 64) hwy::Prefetch(from + at);
}

// The lines that StoreTokens will write: each token's lie on a page of their own, and a store that
// waits for its page stalls the next tile.
HWY_INLINE void PrefetchOutputs(const LookupArgs& args, size_t token, size_t count) {
  const std::byte* row = args.out.out + (token - args.token_begin) * args.out.out_stride;
  const size_t bytes = args.out.count * ElemBytes(args.out.elem);
  for (size_t t = 0; t < count; ++t, row += args.out.out_stride) {
    for (size_t at = 0; at < bytes; at += 64) hwy::Prefetch(row + at);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_PREFETCH_INL_H_
