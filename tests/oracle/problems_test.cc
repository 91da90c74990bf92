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
#include <optional>
#include <set>
#include <string>

namespace lutgemm::oracle {
namespace {

using test::Random;

// Problems that share weights.
constexpr uint64_t kPerWeights = 20;
// Builds with internal checks are slow, and look for other faults.
constexpr uint64_t kDefaultProblems = LUTGEMM_CHECKS ? 240 : 3600;

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

// What ran: kernels on targets, how many problems took turns at parts of K, and how many had spans,
// of short groups or super-groups.
struct Ran {
  std::set<std::string> rows;
  uint64_t by_parts = 0, short_groups = 0, super_groups = 0;
};

// Problems [begin, end) of a seed.
Ran CheckProblems(uint64_t seed, uint64_t begin, uint64_t end) {
  Ran ran;
  std::optional<Weights> weights;
  for (uint64_t i = begin; i < end; ++i) {
    if (!weights || i % kPerWeights == 0) {
      Random random = RandomOf(seed, 0, i / kPerWeights);
      weights = RandomWeights(random);
    }
    Random random = RandomOf(seed, 1, i);
    RandomProblem problem = RandomProblemFor(*weights, random);
    const Outcome outcome = CheckProblem(*weights, problem, random);
    ran.rows.insert(outcome.row);
    ran.by_parts += outcome.by_parts ? 1 : 0;
    const bool super = weights->matrix.info.super_group != 0;
    ran.super_groups += outcome.spans && super ? 1 : 0;
    ran.short_groups += outcome.spans && !super ? 1 : 0;
    if (outcome.wrong.empty()) continue;
    FAIL_CHECK("LUTGEMM_SEED=", seed, " LUTGEMM_PROBLEM=", i, ": ", problem.Text(*weights), ": ",
               outcome.wrong);
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
  const Ran ran = CheckProblems(seed, 0, count);
  MESSAGE(count, " problems ran ", ran.rows.size(), " kernels x targets, ", ran.by_parts,
          " by parts of K, ", ran.short_groups, " with spans of short groups, ", ran.super_groups,
          " with super-groups");
  // What cuts K is rare among problems of no particular kind: they must not be.
  const bool cuts = Targets().front().starts_with("AVX3");
  if (cuts && count >= 1000) CHECK(ran.by_parts * 100 >= count);
  if (count >= 1000) CHECK(ran.short_groups * 50 >= count);
  if (count >= 1000) CHECK(ran.super_groups * 20 >= count);
}

}  // namespace
}  // namespace lutgemm::oracle
