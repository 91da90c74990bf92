// How large a matrix of weights may be. Inline, because both libraries of the project read weights.
#ifndef LUTGEMM_BASE_WEIGHTS_SHAPE_H_
#define LUTGEMM_BASE_WEIGHTS_SHAPE_H_

#include "base/text.h"

#include <lutgemm/types.hpp>

#include <cstddef>

namespace lutgemm::base {

inline constexpr size_t kMaxN = size_t{1} << 31;

// Whether n and k lie in [1, kMaxN] and [1, kMaxK].
inline Status CheckShape(size_t n, size_t k) noexcept {
  if (n < 1 || n > kMaxN) {
    return MakeStatus(Code::kBadShape, "weights have ", n, " rows; 1 to ", kMaxN, " are supported");
  }
  if (k < 1 || k > kMaxK) {
    return MakeStatus(Code::kBadShape, "weights have ", k, " columns; 1 to ", kMaxK,
                      " are supported");
  }
  return {};
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_WEIGHTS_SHAPE_H_
