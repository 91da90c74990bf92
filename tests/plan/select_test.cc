// The choices of MakePlan, as a table: a change of policy shows up here.
#include "plan/select.h"
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm {
namespace {

// Entries of a byte lookup: what a target's kind is to the choice.
constexpr size_t kWide = 64, kNarrow = 16, kPortable = 0;
constexpr Method kLut4 = Method::kLut4, kLut5 = Method::kLut5, kDot = Method::kDot;
constexpr Method kTernary5 = Method::kTernary5, kTernary3 = Method::kTernary3;

struct Choice {
  LayoutId layout;
  WeightFormat format;
  Mode mode;
  size_t table_entries;
  Method methods[6];  // for M = 1, 2, 3, 8, 16, 512
};

constexpr auto kPlanesLayout = LayoutId::kPlanes;
constexpr Choice kChoices[] = {
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kFast,
     kWide,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kLut4}},
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kFast,
     kWide,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt3,
     Mode::kFast,
     kWide,
     {kLut4, kLut4, kLut4, kLut4, kDot, kDot}},
    {kPlanesLayout, WeightFormat::kInt4, Mode::kFast, kWide, {kLut4, kDot, kDot, kDot, kDot, kDot}},
    {kPlanesLayout,
     WeightFormat::kTernary,
     Mode::kFast,
     kWide,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     kWide,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kExact,
     kWide,
     {kLut4, kDot, kDot, kDot, kDot, kDot}},
    {kPlanesLayout, WeightFormat::kInt3, Mode::kExact, kWide, {kDot, kDot, kDot, kDot, kDot, kDot}},
    {kPlanesLayout,
     WeightFormat::kTernary,
     Mode::kExact,
     kWide,
     {kLut4, kLut4, kDot, kDot, kDot, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kFast,
     kNarrow,
     {kLut4, kLut4, kLut4, kDot, kDot, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kFast,
     kNarrow,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kLut4}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     kNarrow,
     {kLut4, kLut4, kLut4, kLut4, kDot, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt4,
     Mode::kExact,
     kNarrow,
     {kLut4, kDot, kDot, kDot, kDot, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt3,
     Mode::kExact,
     kPortable,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kLut4}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kFast,
     kWide,
     {kTernary5, kTernary5, kTernary5, kTernary3, kTernary3, kTernary3}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kExact,
     kWide,
     {kTernary5, kTernary5, kTernary5, kDot, kDot, kDot}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kFast,
     kNarrow,
     {kTernary5, kTernary5, kTernary5, kDot, kDot, kDot}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kExact,
     kNarrow,
     {kTernary5, kDot, kDot, kDot, kDot, kDot}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kExact,
     kPortable,
     {kTernary5, kTernary5, kTernary5, kTernary5, kTernary5, kTernary5}},
    {LayoutId::kCodes,
     WeightFormat::kInt4,
     Mode::kFast,
     kWide,
     {kDot, kDot, kDot, kDot, kDot, kDot}},
};

// What differs where lookups issue beside products.
constexpr Choice kBeside[] = {
    {kPlanesLayout,
     WeightFormat::kInt2,
     Mode::kFast,
     kWide,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kLut5}},
    {kPlanesLayout,
     WeightFormat::kInt3,
     Mode::kFast,
     kWide,
     {kLut4, kDot, kDot, kLut4, kLut4, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     kWide,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kLut4}},
    {LayoutId::kTrits,
     WeightFormat::kTernary,
     Mode::kFast,
     kWide,
     {kTernary5, kTernary5, kTernary5, kTernary5, kTernary3, kTernary3}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kFast,
     kNarrow,
     {kLut4, kLut4, kLut4, kLut4, kLut4, kDot}},
    {kPlanesLayout,
     WeightFormat::kInt1,
     Mode::kExact,
     kNarrow,
     {kLut4, kLut4, kLut4, kDot, kDot, kDot}},
};

void CheckChoice(const Choice& c, bool lookups_beside_products) {
  constexpr size_t kM[] = {1, 2, 3, 8, 16, 512};
  for (size_t i = 0; i < 6; ++i) {
    CAPTURE(std::string(Name(c.layout)));
    CAPTURE(std::string(Name(c.format)));
    CAPTURE(std::string(Name(c.mode)));
    CAPTURE(c.table_entries);
    CAPTURE(kM[i]);
    const plan::ChoiceFacts facts{c.layout,
                                  c.format,
                                  c.mode,
                                  kM[i],
                                  c.table_entries,
                                  ZeroKind::kNone,
                                  lookups_beside_products};
    CHECK(plan::ChooseMethod(facts).method == c.methods[i]);
  }
}

TEST_CASE("the method chosen for each layout, format, mode, table length and M") {
  for (const Choice& c : kChoices) CheckChoice(c, false);
  for (const Choice& c : kBeside) CheckChoice(c, true);
}

TEST_CASE("lut5 serves many tokens and outputs, in long groups without zeros") {
  plan::ChoiceFacts facts{kPlanesLayout, WeightFormat::kTernary, Mode::kFast, 512,
                          kWide,         ZeroKind::kNone,        true};
  CHECK(plan::ChooseMethod(facts).method == kLut5);
  facts.group = 64;
  CHECK(plan::ChooseMethod(facts).method == kLut4);
  facts.group = 4096;
  facts.zero = ZeroKind::kInteger;
  CHECK(plan::ChooseMethod(facts).method == kLut4);
  facts.zero = ZeroKind::kNone;
  facts.n = 1000;
  CHECK(plan::ChooseMethod(facts).method == kLut4);
  facts.n = 4096;
  facts.m = 64;
  CHECK(plan::ChooseMethod(facts).method == kLut4);
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
