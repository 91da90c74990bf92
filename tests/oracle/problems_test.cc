// Random problems of any kind on every target that this CPU runs, against the oracle that is
// written from docs/numerics.md. Environment variables make runs longer or repeat a failure:
//   LUTGEMM_PROBLEMS   how many problems
//   LUTGEMM_SEED       which ones
//   LUTGEMM_PROBLEM    only the one of this number
#include "base/check.h"
#include "oracle/check.h"
#include "oracle/problem.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace lutgemm::oracle {
namespace {

using test::Random;

// Problems that share weights.
constexpr uint64_t kPerWeights = 20;
// Builds with internal checks are slow, and look for other faults.
constexpr uint64_t kDefaultProblems = LUTGEMM_CHECKS ? 400 : 3600;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return otherwise;
  char* end = nullptr;
  const uint64_t value = std::strtoull(text, &end, 10);
  REQUIRE_MESSAGE(*end == '\0', name, " is '", text, "'; it must be a number");
  return value;
}

Random RandomOf(uint64_t seed, uint64_t kind, uint64_t number) {
  return Random((seed * 2 + kind) * 0x9e3779b97f4a7c15u + number);
}

// Problems [begin, end) of a seed; returns how many ran on each target.
std::map<std::string, size_t> CheckProblems(uint64_t seed, uint64_t begin, uint64_t end) {
  std::map<std::string, size_t> ran;
  std::optional<Weights> weights;
  for (uint64_t i = begin; i < end; ++i) {
    if (!weights || i % kPerWeights == 0) {
      Random random = RandomOf(seed, 0, i / kPerWeights);
      weights = RandomWeights(random);
    }
    Random random = RandomOf(seed, 1, i);
    RandomProblem problem = RandomProblemFor(*weights, random);
    ++ran[std::string(problem.problem.target)];
    const std::string wrong = CheckProblem(*weights, problem, random);
    if (wrong.empty()) continue;
    FAIL_CHECK("LUTGEMM_SEED=", seed, " LUTGEMM_PROBLEM=", i, ": ", problem.Text(*weights), ": ",
               wrong);
  }
  return ran;
}

TEST_CASE("random problems equal the page's arithmetic to the bit, on every target") {
  const uint64_t seed = FromEnvironment("LUTGEMM_SEED", 1);
  constexpr auto kAll = ~uint64_t{0};
  if (const uint64_t only = FromEnvironment("LUTGEMM_PROBLEM", kAll); only != kAll) {
    CheckProblems(seed, only, only + 1);
    return;
  }
  const uint64_t count = FromEnvironment("LUTGEMM_PROBLEMS", kDefaultProblems);
  for (const auto& [target, problems] : CheckProblems(seed, 0, count)) {
    MESSAGE(problems, " problems on ", target);
  }
}

}  // namespace
}  // namespace lutgemm::oracle
