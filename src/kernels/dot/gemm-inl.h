// Method `dot` for many tokens: panels of codes as unsigned bytes times int8 activations, four k at
// a time, expanded chunk by chunk.
#if defined(LUTGEMM_KERNELS_DOT_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_DOT_GEMM_INL_H_
#undef LUTGEMM_KERNELS_DOT_GEMM_INL_H_
#else
#define LUTGEMM_KERNELS_DOT_GEMM_INL_H_
#endif

#include "kernels/common/fold-inl.h"
#include "kernels/common/panel-inl.h"
#include "kernels/common/panel_outliers-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/dot/expand_ternary-inl.h"
#include "kernels/dot/merged_scales-inl.h"
#include "kernels/dot/tile-inl.h"
#include "kernels/dot/zeros-inl.h"
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Slices [begin, end) of a strip's half of a panel: codes less their zeros, plus kZeroBias.
HWY_INLINE void SubtractZeros(const KernelArgs& args, size_t strip, size_t begin, size_t end,
                              uint8_t* HWY_RESTRICT panel) {
  const CodebookTag du8;
  for (size_t part = 0; part < 128; part += hn::Lanes(du8)) {
    uint8_t* at = panel + part;
    for (size_t s = begin; s < end; ++s) {
      const auto add = ZeroBytes(args, strip, s / args.grid.group_steps, part / 4);
      for (size_t j = 0; j < 4; ++j, at += kPanelRow) {
        hn::Store(hn::Add(hn::Load(du8, at), add), du8, at);
      }
    }
  }
}

// expand(args, codes, begin, end, panel) writes one strip of a chunk, of bytes up to `most_code`; 0
// where scales cannot be merged with them.
template <Bytes kBytes, class Expand>
HWY_INLINE void DotPanels(const KernelArgs& given, int most_code, Expand expand) {
  if constexpr (kBytes == Bytes::kNibbles) {
    // Codes less their zeros are no nibbles.
    if (given.weight.small_zeros) return DotPanels<Bytes::kSmall>(given, most_code, expand);
  }
  const KernelArgs args = given.weight.small_zeros ? WithoutZeros(given) : given;
  MergedScales scales;
  const auto expand_strip = [&](size_t strip, size_t begin, size_t end, uint8_t* panel) HWY_ATTR {
    const uint8_t* codes = args.weight.codes + strip * args.weight.strip_bytes;
    if (!given.weight.small_zeros && !scales.merged) {
      return expand(args, codes, begin, end, panel);
    }
    constexpr size_t kPiece = 16;  // stays in the L1 cache
    for (size_t s = begin; s < end; s += kPiece, panel += kPiece * 4 * kPanelRow) {
      const size_t stop = HWY_MIN(s + kPiece, end);
      expand(args, codes, s, stop, panel);
      if (scales.merged) {
        MergeScales(args, scales, strip, {s, stop}, panel);
      } else {
        SubtractZeros(args, strip, s, stop, panel);
      }
    }
  };
  const auto expand_all = [&](size_t begin, size_t end) HWY_ATTR {
    scales = MergeOf(args, {begin, end}, most_code);
    for (size_t output = 0; output < kAccUnit; output += args.weight.strip) {
      expand_strip(args.strip + StripOf(args, output), begin, end, args.panel + output * 4);
    }
  };
  NextOutliers outliers = FirstOutliers(args);
  ForEachChunk(args, expand_all, [&](Tile& chunk_tile) HWY_ATTR {
    const size_t bytes = LUTGEMM_TILE_VECTORS * hn::Lanes(TileTag()) * 4;
    chunk_tile.scales = scales;
    const FoldKind kind = scales.merged ? FoldKind::kMerged : KindOf(args);
    const auto run = [&](const Tile& tile, size_t tokens)
                         HWY_ATTR { DotTokens<kBytes>(kind, tile, tokens); };
    ForEachTile(args, chunk_tile, bytes, run, [&](const Tile& tile, size_t tokens) HWY_ATTR {
      if (outliers.any) PanelOutliers(tile, tokens, outliers);
    });
  });
}

// The largest byte that is made of a code of so many planes.
template <int kPlanes>
HWY_INLINE int MostCode(const WeightArgs& w) {
  int most = 0;
  for (int p = 0; p < kPlanes; ++p) most += w.plane_mult[p];
  return most;
}

template <int kPlanes>
HWY_NOINLINE void DotGemmPlanes(const KernelArgs& args) {
  constexpr Bytes kBytes = kPlanes == 8 ? kAllBytes : kPlanes <= 4 ? kNibbleBytes : Bytes::kSmall;
  DotPanels<kBytes>(args, MostCode<kPlanes>(args.weight), ExpandPlanes<kPlanes>);
}

inline HWY_NOINLINE void DotGemmTrits(const KernelArgs& args) {
  DotPanels<kNibbleBytes>(args, 0, ExpandTrits);
}

inline HWY_NOINLINE void DotGemmCodes(const KernelArgs& args) {
  DotPanels<kNibbleBytes>(args, 15, ExpandCodes);
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_DOT_GEMM_INL_H_
