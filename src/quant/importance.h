// How much the error of each column counts where the quantisers choose between scales, tables and
// zero points. What the rest of the library calls importance: docs/formats.md.
#ifndef LUTGEMM_QUANT_IMPORTANCE_H_
#define LUTGEMM_QUANT_IMPORTANCE_H_

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace lutgemm::quant {

// Whether there are none, or one number for each of k columns, finite and not negative.
Status CheckImportance(std::span<const float> importance, size_t k) noexcept;

// The columns' importance in the pieces that the groups of a row take. Borrows `columns`, which
// have passed CheckImportance.
class Importance {
 public:
  Importance() = default;
  Importance(std::span<const float> columns, const WeightInfo& info);

  // Of the columns of group g. Empty where all of them count alike: without importance, and where
  // that of the whole group is zero, because then nothing tells its columns apart.
  std::span<const float> OfGroup(size_t g) const {
    return groups_.empty() ? std::span<const float>() : groups_[g];
  }

 private:
  std::vector<std::span<const float>> groups_;  // empty without importance
};

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_IMPORTANCE_H_
