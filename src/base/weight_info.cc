// How a weight matrix divides into groups along K.
#include "base/bits.h"

#include <lutgemm/weights.hpp>

#include <algorithm>

namespace lutgemm {
namespace {

// Weights per full group; 1 at least, so that a WeightInfo not yet checked cannot divide by zero.
size_t GroupLength(const WeightInfo& info) noexcept {
  const bool whole = info.group == kWholeRow || info.group == kWholeTensor;
  return std::max<size_t>(1, whole ? info.k : std::min<size_t>(info.group, info.k));
}

}  // namespace

size_t WeightInfo::super_groups() const noexcept {
  return super_group == 0 ? 1 : base::CeilDiv(k, size_t{super_group});
}

size_t WeightInfo::groups() const noexcept { return base::CeilDiv(k, GroupLength(*this)); }

size_t WeightInfo::group_begin(size_t g) const noexcept { return g * GroupLength(*this); }

size_t WeightInfo::group_end(size_t g) const noexcept {
  return std::min(k, (g + 1) * GroupLength(*this));
}

}  // namespace lutgemm
