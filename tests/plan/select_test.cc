// The choices of MakePlan, as a table: a change of policy shows up here.
#include "plan/select.h"
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm {
namespace {

using kernels::TargetClass;

struct Choice {
  LayoutId layout;
  WeightFormat format;
  Mode mode;
  TargetClass target;
  const char* families[6];  // for M = 1, 2, 3, 8, 16, 512
};

constexpr auto kPlanesLayout = LayoutId::kPlanes;
constexpr Choice kChoices[] = {
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kFast,
     TargetClass::kWide,
     {"planes", "planes", "planes", "planes", "planes", "planes"}},
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kFast,
     TargetClass::kWide,
     {"planes", "planes", "planes", "planes", "planes", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt3,
     Mode::kFast,
     TargetClass::kWide,
     {"planes", "planes", "planes", "planes", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt4,
     Mode::kFast,
     TargetClass::kWide,
     {"planes", "dot", "dot", "dot", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kTernary,
     Mode::kFast,
     TargetClass::kWide,
     {"planes", "planes", "planes", "planes", "planes", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     TargetClass::kWide,
     {"planes", "planes", "planes", "planes", "planes", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kExact,
     TargetClass::kWide,
     {"planes", "dot", "dot", "dot", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt3,
     Mode::kExact,
     TargetClass::kWide,
     {"dot", "dot", "dot", "dot", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kTernary,
     Mode::kExact,
     TargetClass::kWide,
     {"planes", "planes", "dot", "dot", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kFast,
     TargetClass::kNarrow,
     {"planes", "planes", "planes", "dot", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kFast,
     TargetClass::kNarrow,
     {"planes", "planes", "planes", "planes", "planes", "planes"}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     TargetClass::kNarrow,
     {"planes", "planes", "planes", "planes", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt4,
     Mode::kExact,
     TargetClass::kNarrow,
     {"planes", "dot", "dot", "dot", "dot", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt3,
     Mode::kExact,
     TargetClass::kPortable,
     {"planes", "planes", "planes", "planes", "planes", "planes"}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kFast,
     TargetClass::kWide,
     {"trits", "trits", "trits", "triples", "triples", "triples"}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kExact,
     TargetClass::kWide,
     {"trits", "trits", "trits", "dot", "dot", "dot"}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kFast,
     TargetClass::kNarrow,
     {"trits", "trits", "trits", "dot", "dot", "dot"}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kExact,
     TargetClass::kNarrow,
     {"trits", "dot", "dot", "dot", "dot", "dot"}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kExact,
     TargetClass::kPortable,
     {"trits", "trits", "trits", "trits", "trits", "trits"}},
    {LayoutId::kCodes,
     WeightFormat::kInt4,
     Mode::kFast,
     TargetClass::kWide,
     {"dot", "dot", "dot", "dot", "dot", "dot"}},
};

// What differs where lookups issue beside products.
constexpr Choice kBeside[] = {
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kFast,
     TargetClass::kWide,
     {"planes", "planes", "planes", "planes", "planes", "fives"}},
    {kPlanesLayout,
     WeightFormat::kInt3,
     Mode::kFast,
     TargetClass::kWide,
     {"planes", "dot", "dot", "planes", "planes", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     TargetClass::kWide,
     {"planes", "planes", "planes", "planes", "planes", "planes"}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kFast,
     TargetClass::kWide,
     {"trits", "trits", "trits", "trits", "triples", "triples"}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kFast,
     TargetClass::kNarrow,
     {"planes", "planes", "planes", "planes", "planes", "dot"}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     TargetClass::kNarrow,
     {"planes", "planes", "planes", "dot", "dot", "dot"}},
};

void CheckChoice(const Choice& c, bool lookups_beside_products) {
  constexpr size_t kM[] = {1, 2, 3, 8, 16, 512};
  for (size_t i = 0; i < 6; ++i) {
    CAPTURE(std::string(Name(c.layout)));
    CAPTURE(std::string(Name(c.format)));
    CAPTURE(std::string(Name(c.mode)));
    CAPTURE(static_cast<int>(c.target));
    CAPTURE(kM[i]);
    const plan::ChoiceFacts facts{
        c.layout, c.format, c.mode, kM[i], c.target, ZeroKind::kNone, lookups_beside_products};
    CHECK(std::string(plan::ChooseFamily(facts).family) == c.families[i]);
  }
}

TEST_CASE("the family chosen for each layout, format, mode, target class and M") {
  for (const Choice& c : kChoices) CheckChoice(c, false);
  for (const Choice& c : kBeside) CheckChoice(c, true);
}

TEST_CASE("fives serve many tokens and outputs, in long groups without zeros") {
  plan::ChoiceFacts facts{kPlanesLayout,      WeightFormat::kTernary, Mode::kFast, 512,
                          TargetClass::kWide, ZeroKind::kNone,        true};
  CHECK(plan::ChooseFamily(facts).family == "fives");
  facts.group = 64;
  CHECK(plan::ChooseFamily(facts).family == "planes");
  facts.group = 4096;
  facts.zero = ZeroKind::kInteger;
  CHECK(plan::ChooseFamily(facts).family == "planes");
  facts.zero = ZeroKind::kNone;
  facts.n = 1000;
  CHECK(plan::ChooseFamily(facts).family == "planes");
  facts.n = 4096;
  facts.m = 64;
  CHECK(plan::ChooseFamily(facts).family == "planes");
}

PackedWeights Weights(WeightFormat format) {
  test::Random random(3);
  WeightInfo info;
  info.format = format;
  info.n = 40;
  info.k = 100;
  info.group = format == WeightFormat::kTernary ? kWholeTensor : 32;
  return test::MustPack(test::RandomMatrix(info, random));
}

TEST_CASE("forced targets and rows run, or say what could") {
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
  problem.row = "dot_codes";  // a row of another layout
  plan = MakePlan(weights, problem);
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.status().code() == Code::kNoKernel);
  CHECK(plan.status().text().find("planes_fast_b2") != std::string::npos);

  problem.row = "planes_exact_b2";  // a row of the other mode
  CHECK(MakePlan(weights, problem).status().code() == Code::kNoKernel);
}

TEST_CASE("Explain names row, target, shape and reason") {
  Problem problem;
  problem.target = "PORTABLE";
  const Plan plan = test::MustPlan(Weights(WeightFormat::kTernary), problem);
  const std::string text(plan.Explain());
  for (const char* word : {"trits_fast", "PORTABLE", "N=40", "K=100", "ternary", "fast"}) {
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
