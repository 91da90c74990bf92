// The choices of MakePlan, as a table: a change of policy shows up here.
#include "plan/select.h"
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm {
namespace {

PackedWeights Weights(WeightFormat format) {
  test::Random random(3);
  WeightInfo info;
  info.format = format;
  info.n = 40;
  info.k = 100;
  info.group = format == WeightFormat::kTernary ? kWholeTensor : 32;
  return test::MustPack(test::RandomMatrix(info, random));
}

TEST_CASE("forced targets and kernels run, or say what could") {
  const PackedWeights weights = Weights(WeightFormat::kInt2);
  for (std::string_view target : Targets()) {
    Problem problem;
    problem.target = target;
    CHECK(test::MustPlan(weights, problem).target() == target);
  }
  Problem problem;
  problem.target = "Z80";
  auto plan = MakePlan(weights, problem);
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.status().code() == Code::kBadArgument);
  CHECK(plan.status().text().find("PORTABLE") != std::string::npos);

  problem = {};
  problem.kernel = "dot_gemv_codes";  // a kernel of another layout
  plan = MakePlan(weights, problem);
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.status().code() == Code::kNoKernel);
  CHECK(plan.status().text().find("lut4_gemv_fast_b2") != std::string::npos);

  problem.kernel = "lut4_gemv_exact_b2";  // a kernel of the other mode
  CHECK(MakePlan(weights, problem).status().code() == Code::kNoKernel);
}

TEST_CASE("Explain names kernel, target, shape and reason") {
  Problem problem;
  problem.target = "PORTABLE";
  const Plan plan = test::MustPlan(Weights(WeightFormat::kTernary), problem);
  const std::string text(plan.Explain());
  for (const char* word : {"ternary5_gemv_fast", "PORTABLE", "N=40", "K=100", "ternary", "fast"}) {
    CAPTURE(text);
    CHECK(text.find(word) != std::string::npos);
  }
}

TEST_CASE("problems outside their ranges are refused with a reason") {
  const PackedWeights weights = Weights(WeightFormat::kInt4);
  const auto code = [&](auto change) {
    Problem problem;
    change(problem);
    return MakePlan(weights, problem).status().code();
  };
  CHECK(code([](Problem& p) { p.m = 0; }) == Code::kBadShape);
  CHECK(code([](Problem& p) { p.threads = 4097; }) == Code::kBadArgument);
  CHECK(code([](Problem& p) { p.act = Elem::kI32; }) == Code::kUnsupportedFormat);
  CHECK(code([](Problem& p) { p.out = Elem::kI8; }) == Code::kUnsupportedFormat);
  CHECK(code([](Problem& p) { p.act_stride = 99; }) == Code::kBadShape);
  CHECK(code([](Problem& p) { p.out_stride = 39; }) == Code::kBadShape);
  CHECK(code([](Problem& p) { p.block = 24; }) == Code::kBadArgument);
  CHECK(code([](Problem& p) { p.out = Elem::kI32; }) == Code::kUnsupportedFormat);
  CHECK(MakePlan(PackedWeights(), Problem()).status().code() == Code::kBadArgument);
}

TEST_CASE("an i32 output that K could overflow is refused") {
  test::Random random(4);
  WeightInfo info;
  info.format = WeightFormat::kInt4;
  info.n = 1;
  Problem problem;
  problem.act = Elem::kI8;
  problem.out = Elem::kI32;
  problem.mode = Mode::kExact;
  // 128 * 8 * K: K = 2^21 - 1 is the last that fits 2^31 - 1.
  info.k = (size_t{1} << 21) - 1;
  CHECK(MakePlan(test::MustPack(test::RandomMatrix(info, random)), problem).ok());
  info.k += 1;
  const auto plan = MakePlan(test::MustPack(test::RandomMatrix(info, random)), problem);
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.status().code() == Code::kOverflow);
}

}  // namespace
}  // namespace lutgemm
