// Prefetching the codes and scales that a call expands next, in equal shares of its tiles.
#if defined(LUTGEMM_KERNELS_COMMON_PREFETCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_PREFETCH_INL_H_
#undef LUTGEMM_KERNELS_COMMON_PREFETCH_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_PREFETCH_INL_H_
#endif

#include "base/bits.h"
#include "kernels/contract.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// The same `length` bytes of one strip after the other, taken in shares.
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

// What follows the chunk of steps [begin, end) of the call's part of K: the strips' next chunk, or
// the next strips' first.
// Divided among `parts` tiles once for all of them: a division takes longer than some products.
struct NextChunk {
  StripPieces codes, scales;
  size_t step;  // bytes of the codes' share per step of a tile
};
HWY_INLINE NextChunk NextChunkOf(const KernelArgs& args, size_t begin, size_t end, size_t parts) {
  const WeightArgs& w = args.weight;
  const bool last = end >= args.range.end;
  const size_t next = last ? args.range.begin : end;
  const size_t strip = args.strip + (last ? args.strips : 0);
  const size_t step_bytes = w.strip_bytes / args.grid.steps, length = (end - begin) * step_bytes;
  const size_t share = length * args.strips / parts + 1;
  const uint8_t* codes = w.codes + strip * w.strip_bytes + next * step_bytes;
  const size_t elem = ElemBytes(w.scale_elem), group_bytes = w.scale_group_stride * elem;
  const size_t groups = (end - begin) / args.grid.group_steps + 1;
  const size_t group = next / args.grid.group_steps;
  const auto* scales = reinterpret_cast<const uint8_t*>(w.scales) +
                       strip * w.scale_strip_stride * elem + group * group_bytes;
  return {{codes, w.strip_bytes, length, share},
          {scales, w.scale_strip_stride * elem, groups * group_bytes,
           base::CeilDiv(groups * group_bytes * args.strips, parts)},
          share / (end - begin) + 1};
}

HWY_INLINE void PrefetchScales(NextChunk& next) {
  const size_t share = next.scales.share;
  const uint8_t* from = next.scales.Take();
  for (size_t at = 0; at < share; at += 64) hwy::Prefetch(from + at);
}

// A tile's share of the codes that are expanded next, and how many bytes of it per step: expansion
// reads too fast for prefetches of its own, and a burst of them waits for memory.
struct TilePrefetch {
  const uint8_t* at;
  size_t step;
};

// The lines that StoreTokens will write for a tile's tokens. Each token's lie on a page of their
// own: a store that waits for its page stalls the next tile, and so does a burst of prefetches, so
// that every part of a tile's work takes `share` of them.
struct OutputLines {
  const std::byte* row = nullptr;
  size_t stride = 0, row_bytes = 0, share = 0;
  size_t at = 0, rows = 0;

  // Starts with the rows of `count` tokens.
  void Begin(const KernelArgs& args, size_t token, size_t count) {
    row = args.out.out + (token - args.token_begin) * stride;
    at = 0, rows = count;
  }
  void Fetch() {
    for (size_t n = share; n != 0 && rows != 0; --n) {
      hwy::Prefetch(row + at);
      at += 64;
      if (at < row_bytes) continue;
      row += stride, at = 0, --rows;
    }
  }
};

// For tiles of up to `tokens` tokens that call Fetch `pieces` times.
HWY_INLINE OutputLines OutputLinesOf(const KernelArgs& args, size_t tokens, size_t pieces) {
  OutputLines lines;
  lines.stride = args.out.out_stride;
  lines.row_bytes = args.out.count * ElemBytes(args.out.elem);
  lines.share = (lines.row_bytes + 63) / 64 * tokens / pieces + 1;
  return lines;
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_PREFETCH_INL_H_
