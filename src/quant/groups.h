// Where the scale, zero point or offset of a weight is held.
#ifndef LUTGEMM_QUANT_GROUPS_H_
#define LUTGEMM_QUANT_GROUPS_H_

#include "base/scale_index.h"
#include "format/traits.h"

#include <lutgemm/weights.hpp>

namespace lutgemm::quant {

// Number of scales of a matrix: one for kWholeTensor.
inline size_t ScaleCount(const WeightInfo& info) noexcept {
  return info.group == kWholeTensor ? 1 : info.n * info.groups();
}

// Number of second-level factors.
inline size_t FactorCount(const WeightInfo& info) noexcept {
  switch (format::FactorsOf(info)) {
    case format::Factors::kTensor:
      return 1;
    case format::Factors::kRows:
    case format::Factors::kSuperGroups:
      return info.n * info.super_groups();
    case format::Factors::kNone:
      break;
  }
  return 0;
}

// Number of factors of offsets.
inline size_t OffsetFactorCount(const WeightInfo& info) noexcept {
  const bool has = info.super_group != 0 && info.zero == ZeroKind::kFloat;
  return has ? info.n * info.super_groups() : 0;
}

// Number of selectors: one per group where the format's codebook has several tables.
inline size_t SelectorCount(const WeightInfo& info) noexcept {
  return format::HasSelectors(info.format) ? ScaleCount(info) : 0;
}

// Index of the scale of group g of a row.
using base::ScaleIndex;

// Index of the factor of the super-group that a column of a row belongs to.
inline size_t FactorIndex(const WeightInfo& info, size_t row, size_t col) noexcept {
  return row * info.super_groups() + col / info.super_group;
}

// The group that a column belongs to.
inline size_t GroupOf(const WeightInfo& info, size_t col) noexcept {
  return info.group == kWholeRow || info.group == kWholeTensor ? 0 : col / info.group;
}

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_GROUPS_H_
