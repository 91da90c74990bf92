// Activations of random problems.
#ifndef LUTGEMM_ORACLE_INPUTS_H_
#define LUTGEMM_ORACLE_INPUTS_H_

#include "oracle/problem.h"

#include <cstddef>
#include <set>
#include <vector>

namespace lutgemm::oracle {

// Tokens of a problem as it takes them, all elements between them NaN (i8: -1); what its producer
// wants besides; and the tokens that are out of the ordinary.
struct Inputs {
  std::vector<std::byte> act, up;
  std::vector<float> gamma;
  std::set<size_t> special;
};
// Mostly normal activations of any size with a few outliers. Some tokens are zeros, or so small or
// large that scales or sums leave the range of floats, or hold a NaN or an infinity.
Inputs RandomInputs(const RandomProblem& problem, size_t k, test::Random& random);

// Token `token` as f32.
std::vector<float> TokenOf(const std::vector<std::byte>& act, const Problem& problem, size_t token,
                           size_t k);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_INPUTS_H_
