// Random weights: any format with any groups, super-groups, scales and zero points that it takes.
#ifndef LUTGEMM_ORACLE_WEIGHTS_H_
#define LUTGEMM_ORACLE_WEIGHTS_H_

#include "support/random.h"

#include <lutgemm/weights.hpp>

#include <cstddef>

namespace lutgemm::oracle {

// Of any problem.
inline constexpr size_t kLongestK = 50000;

// Weights that a few problems share, because packing takes longer than most products.
struct Weights {
  QuantizedMatrix matrix;
  PackedWeights packed;
};
Weights RandomWeights(test::Random& random);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_WEIGHTS_H_
