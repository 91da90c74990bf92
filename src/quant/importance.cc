#include "quant/importance.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::quant {

Status CheckImportance(std::span<const float> importance, size_t k) noexcept {
  if (importance.empty()) return {};
  if (importance.size() != k) {
    return base::MakeStatus(Code::kBadShape, "importance has ", importance.size(),
                            " numbers; the tensor has ", k, " columns, which need one each");
  }
  const auto bad =
      std::ranges::find_if(importance, [](float f) { return !std::isfinite(f) || f < 0; });
  if (bad == importance.end()) return {};
  return base::MakeStatus(std::isfinite(*bad) ? Code::kBadArgument : Code::kNotFinite,
                          "importance [", bad - importance.begin(), "] is ", *bad,
                          "; it must be finite and not negative");
}

Importance::Importance(std::span<const float> columns, const WeightInfo& info) {
  if (columns.empty()) return;
  groups_.resize(info.groups());
  for (size_t g = 0; g < groups_.size(); ++g) {
    const size_t begin = info.group_begin(g);
    const auto group = columns.subspan(begin, info.group_end(g) - begin);
    if (std::ranges::any_of(group, [](float f) { return f > 0; })) groups_[g] = group;
  }
}

}  // namespace lutgemm::quant
