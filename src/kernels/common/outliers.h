// Activations that fast mode keeps apart from int8, as packing lists them for kernels.
#ifndef LUTGEMM_KERNELS_COMMON_OUTLIERS_H_
#define LUTGEMM_KERNELS_COMMON_OUTLIERS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace lutgemm::kernels {

// An activation far above its block's others, in fast mode of int8: the block's scale is chosen
// without it, and what int8 cannot hold is multiplied apart, in floats.
struct Outlier {
  uint32_t k;  // padded position along K
  float rest;  // the activation less its clipped int8 value
};
inline constexpr size_t kOutliersPerStep = 4;  // fewer than one in five of 16; see OutlierLimit

inline constexpr size_t kOutlierRun = 8;  // a cache line

// Outliers of all tokens, in the order of k: a list for each of a token's segments of a few blocks,
// which one thread packs. The first runs of all lists lie together, then the second ones:
// most lists are empty or short, and so these are few pages.
struct OutlierLists {
  // [run][token][segments][kOutlierRun]; null where none are kept apart.
  Outlier* entries = nullptr;
  uint32_t* counts = nullptr;  // [token][segments]
  size_t segments = 0;
  size_t segment_blocks = 1;
  size_t run_stride = 0;  // entries from one run to the next

  Outlier* Run(size_t token, size_t segment, size_t run) const {
    return entries + run * run_stride + (token * segments + segment) * kOutlierRun;
  }
};
inline std::span<const Outlier> OutliersOf(const OutlierLists& lists, size_t token, size_t segment,
                                           size_t run) {
  const size_t count = lists.counts[token * lists.segments + segment], begin = run * kOutlierRun;
  if (count <= begin) return {};
  const size_t rest = count - begin;
  return {lists.Run(token, segment, run), rest < kOutlierRun ? rest : kOutlierRun};
}

inline bool HasOutliers(const OutlierLists& lists, size_t token) {
  if (lists.entries == nullptr) return false;
  uint32_t any = 0;
  for (size_t i = 0; i < lists.segments; ++i) any |= lists.counts[token * lists.segments + i];
  return any != 0;
}

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_COMMON_OUTLIERS_H_
