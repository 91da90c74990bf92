// Runs a random problem and compares a sample of its outputs with the oracle.
#ifndef LUTGEMM_ORACLE_CHECK_H_
#define LUTGEMM_ORACLE_CHECK_H_

#include "oracle/problem.h"

#include <string>

namespace lutgemm::oracle {

struct Outcome {
  std::string wrong;      // what, or empty
  std::string row;        // that ran, and its target
  bool by_parts = false;  // of K
  bool spans = false;
};
Outcome CheckProblem(const Weights& weights, RandomProblem& problem, test::Random& random);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_CHECK_H_
