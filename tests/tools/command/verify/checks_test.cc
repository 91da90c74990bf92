// What the checks of `lutgemm verify` claim: every way in which plans multiply is tried, bounds
// hold and are of use, and a changed code in packed weights is seen.
#include "ref/gemm.h"
#include "tools/command/verify/calls.h"
#include "tools/command/verify/expected.h"
#include "tools/command/verify/kit.h"
#include "tools/command/verify/regimes.h"
#include "tools/command/verify/tensor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

namespace lutgemm::tools {
namespace {

QuantizedMatrix Matrix(const QuantSpec& spec, size_t n, size_t k, uint64_t seed = 1) {
  test::Random random(seed);
  const std::vector<float> weights = random.Normals(n * k);
  auto matrix = test::QuantizeAny({weights.data(), Elem::kF32, n, k, 0}, spec);
  REQUIRE(matrix.ok());
  return *std::move(matrix);
}

// What Explain says of the way a plan works.
std::pair<std::string, std::string> Way(const Plan& plan) {
  const std::string text(plan.Explain());
  const size_t at = text.find(" x ", text.find("bytes of tables"));
  const bool one_tile = text.compare(at + 3, 2, "1 ") == 0;
  const size_t parts = text.find("by parts of ");
  return {std::string(plan.kernel()) + (one_tile ? "" : " tiles"),
          parts == text.npos ? "" : text.substr(parts, text.find(" k", parts) - parts)};
}

TEST_CASE("token regimes: every kernel, tile and part of K that plans choose, few tokens to many") {
  const std::pair<WeightFormat, LayoutId> cases[] = {{WeightFormat::kInt2, LayoutId::kPlanes},
                                                     {WeightFormat::kInt4, LayoutId::kCodes},
                                                     {WeightFormat::kInt1, LayoutId::kPlanes},
                                                     {WeightFormat::kTernary, LayoutId::kTrits},
                                                     {WeightFormat::kBfp6, LayoutId::kPlanes}};
  for (const auto& [format, layout] : cases) {
    QuantSpec spec = DefaultSpec(format);
    const WeightInfo info{format, ZeroKind::kNone, spec.scale, 2048, 4096, spec.group};
    const auto weights = PlanOnlyWeights(info, layout);
    REQUIRE(weights.ok());
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      for (const std::string_view target : Targets()) {
        CAPTURE(Name(format));
        CAPTURE(Name(mode));
        CAPTURE(target);
        Problem problem;
        problem.mode = mode, problem.target = target;
        const auto regimes = TokenRegimes(*weights, problem);
        REQUIRE(regimes.ok());
        CHECK(regimes->front() == 1);
        CHECK(std::is_sorted(regimes->begin(), regimes->end()));
        CHECK(regimes->size() <= 24);
        const auto way = [&](size_t m) {
          problem.m = m;
          return Way(*MakePlan(*weights, problem));
        };
        std::set<std::pair<std::string, std::string>> tried, all;
        for (const size_t m : *regimes) tried.insert(way(m));
        for (size_t m = 1; m <= 288; ++m) all.insert(way(m));
        CHECK(tried == all);
        CHECK(std::any_of(all.begin(), all.end(),
                          [](const auto& w) { return w.first.ends_with(" tiles"); }));
      }
    }
  }
}

TEST_CASE("arranged tokens show every kind, in calls of the length asked for") {
  Random random(3);
  for (const size_t m : {1, 2, 5, 16, 17, 40, 265}) {
    const auto tokens = ArrangeTokens(16, m, random);
    CHECK(tokens.size() % m == 0);
    CHECK(std::set<size_t>(tokens.begin(), tokens.end()).size() == 16);
    for (size_t run = 0; run + 16 <= tokens.size(); run += 16) {
      CHECK(std::set<size_t>(&tokens[run], &tokens[run] + 16).size() == 16);
    }
  }
  const auto long_call = ArrangeTokens(16, 64, random);
  CHECK_FALSE(std::equal(&long_call[0], &long_call[16], &long_call[16]));
}

// The scalar loops of every method stay within the bounds for activations that round badly, of
// which some come near to them.
TEST_CASE("bounds hold for activations that round as badly as they can, and are near") {
  const std::pair<QuantSpec, std::vector<Method>> cases[] = {
      {{WeightFormat::kInt1, 64, ZeroKind::kNone, Elem::kF32, false},
       {Method::kLut4, Method::kLut5, Method::kDot}},
      {{WeightFormat::kInt2, 64, ZeroKind::kInteger, Elem::kF16, false},
       {Method::kLut4, Method::kDot}},
      {{WeightFormat::kInt3, 32, ZeroKind::kFloat, Elem::kF16, false},
       {Method::kLut4, Method::kDot}},
      {{WeightFormat::kInt4, 128, ZeroKind::kNone, Elem::kBF16, false},
       {Method::kLut4, Method::kDot}},
      {{WeightFormat::kTernary, kWholeRow, ZeroKind::kNone, Elem::kF16, false},
       {Method::kTernary5, Method::kTernary3, Method::kLut4}},
      {DefaultSpec(WeightFormat::kBitmod4), {Method::kCodebook}},
      {DefaultSpec(WeightFormat::kNvfp4), {Method::kCodebook}},
      {DefaultSpec(WeightFormat::kBfp8), {Method::kDot}}};
  for (const auto& [spec, methods] : cases) {
    const QuantizedMatrix w = Matrix(spec, 24, 256);
    for (const Method method : methods) {
      for (const Mode mode : {Mode::kFast, Mode::kExact}) {
        CAPTURE(Name(spec.format));
        CAPTURE(Name(method));
        CAPTURE(Name(mode));
        const size_t block = method == Method::kTernary5 || method == Method::kTernary3 ? 240 : 60;
        // Signs of row 0's weights, and magnitudes half a step off.
        std::vector<float> acts(4 * 256);
        test::Random random(5);
        for (size_t i = 0; i < acts.size(); ++i) {
          const double sign = w.Value(i / 256, i % 256) < 0 ? -1 : 1;
          const double steps = i % 4 == 0 ? 127 : double(random.Int(0, 30)) + 0.499;
          acts[i] = static_cast<float>(sign * steps / 127);
        }
        const Preparation preparation{mode, method, block};
        const auto out = ScalarLoops(w, acts, preparation);
        const auto bounds = ErrorBounds(w, acts, preparation);
        const auto exact = ref::GemmF64(w, acts, 4);
        double nearest = 0;
        for (size_t i = 0; i < out.size(); ++i) {
          REQUIRE(std::fabs(out[i] - exact[i]) <= bounds[i]);
          nearest = std::max(nearest, std::fabs(out[i] - exact[i]) / bounds[i]);
        }
        const bool int8 = mode == Mode::kExact || IsInt8(method);
        CHECK(nearest > (int8 ? 0.5 : 0.05));
      }
    }
  }
}

TEST_CASE("one changed code in 10,000 of the packed weights is seen in products") {
  const QuantSpec specs[] = {
      DefaultSpec(WeightFormat::kInt1),    DefaultSpec(WeightFormat::kInt2),
      DefaultSpec(WeightFormat::kInt4),    DefaultSpec(WeightFormat::kTernary),
      DefaultSpec(WeightFormat::kBitmod4), DefaultSpec(WeightFormat::kBfp8)};
  for (const QuantSpec& spec : specs) {
    CAPTURE(Name(spec.format));
    // More outputs than are compared for every token.
    const QuantizedMatrix good = Matrix(spec, 300, 64);
    QuantizedMatrix bad = good;
    test::Random random(9);
    for (int i = 0; i < 2; ++i) {
      uint8_t& code = bad.codes[random.Below(bad.codes.size())];
      code = static_cast<uint8_t>(code == 0 ? 1 : code - 1);
    }
    const auto report = VerifyTensor(*Pack(bad), good, {}, nullptr);
    REQUIRE(report.ok());
    CHECK_FALSE(report->failures.empty());
    const auto sound = VerifyTensor(*Pack(good), good, {}, nullptr);
    CHECK(sound->failures.empty());
  }
}

}  // namespace
}  // namespace lutgemm::tools
