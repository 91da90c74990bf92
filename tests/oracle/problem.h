// Random problems: whatever a plan can be asked for, from a seed and a number. Sizes crowd around
// those where kernels, tiles and parts change.
#ifndef LUTGEMM_ORACLE_PROBLEM_H_
#define LUTGEMM_ORACLE_PROBLEM_H_

#include "oracle/weights.h"
#include "support/random.h"

#include <lutgemm/plan.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lutgemm::oracle {

// How the product is asked for.
enum class Way { kRun, kThreads, kSlices, kTables };
enum class Makes { kNothing, kRmsNorm, kSiluGate };

struct RandomProblem {
  Problem problem;
  Way way = Way::kRun;
  size_t slices = 1;
  Makes producer = Makes::kNothing;
  std::string_view builder;  // kTables: the target whose plan builds them
  std::vector<float> bias;   // empty: none

  // All of it as one line.
  std::string Text(const Weights& weights) const;
};
// A problem whose `problem.bias` is set by the caller. Its kernel, if any, may not serve the
// weights.
RandomProblem RandomProblemFor(const Weights& weights, test::Random& random);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_PROBLEM_H_
