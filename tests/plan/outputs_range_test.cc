// Rows of weights: plans of some outputs give the whole product's columns, bit for bit.
#include "kit.h"

#include <cstring>
#include <string>

namespace lutgemm {
namespace {

using test::Random;

struct Case {
  WeightFormat format;
  LayoutId layout = LayoutId::kDefault;
  uint32_t group = 64;
  ZeroKind zero = ZeroKind::kNone;
  Elem scale = Elem::kF32;
};
constexpr Case kCases[] = {
    {WeightFormat::kInt1},
    {WeightFormat::kInt2, LayoutId::kPlanes, kWholeTensor},
    {WeightFormat::kInt3, LayoutId::kPlanes, 64, ZeroKind::kInteger},
    {WeightFormat::kInt4, LayoutId::kPlanes, 32, ZeroKind::kFloat},
    {WeightFormat::kInt4, LayoutId::kCodes},
    {WeightFormat::kTernary, LayoutId::kPlanes, kWholeRow},
    {WeightFormat::kTernary, LayoutId::kTrits, kWholeTensor},
    {WeightFormat::kTernary, LayoutId::kTrits, kWholeRow},
    {WeightFormat::kBitmod4, LayoutId::kDefault, 64, ZeroKind::kNone, Elem::kU8},
    {WeightFormat::kBitmod3, LayoutId::kDefault, 64, ZeroKind::kNone, Elem::kU8},
    {WeightFormat::kNvfp4, LayoutId::kDefault, 16, ZeroKind::kNone, Elem::kE4m3},
    {WeightFormat::kBfp6, LayoutId::kDefault, 32, ZeroKind::kNone, Elem::kE8m0},
};

PackedWeights WeightsOf(const Case& c, size_t n, size_t k, Random& random) {
  WeightInfo info = test::Info(c.format, n, k, c.group);
  info.group = c.group, info.zero = c.zero, info.scale = c.scale;
  return test::MustPack(test::RandomMatrix(info, random), c.layout);
}

TEST_CASE("plans of parts of the outputs give the whole product's columns, and share its tables") {
  constexpr size_t kN = 333, kK = 200;
  Random random(51);
  for (const Case& c : kCases) {
    const PackedWeights weights = WeightsOf(c, kN, kK, random);
    const size_t strip = weights.layout() == LayoutId::kTrits ? 64 : 32;
    const auto bias = random.Normals(kN);
    for (const std::string_view target : Targets()) {
      for (const size_t m : {size_t{1}, size_t{3}, size_t{50}}) {
        CAPTURE(std::string(Name(c.format)));
        CAPTURE(std::string(target));
        CAPTURE(m);
        const auto act = random.Normals(m * kK);
        Problem problem;
        problem.m = m, problem.target = target, problem.threads = 2;
        problem.mode = m == 3 ? Mode::kExact : Mode::kFast;
        problem.bias = bias.data();
        const Plan whole = test::MustPlan(weights, problem);
        const auto want = test::RunPlan(whole, act, m * kN);
        const size_t borders[] = {0, strip, 3 * strip, 4 * strip, kN};
        for (size_t i = 0; i + 1 < std::size(borders); ++i) {
          problem.n_begin = borders[i], problem.n_end = borders[i + 1];
          problem.bias = bias.data() + problem.n_begin;
          const Plan part = test::MustPlan(weights, problem);
          CHECK(part.table_key() == whole.table_key());
          CHECK(part.kernel() == whole.kernel());
          const size_t outputs = problem.n_end - problem.n_begin;
          const auto out = test::RunPlan(part, act, m * outputs);
          for (size_t t = 0; t < m; ++t) {
            CHECK(std::memcmp(&out[t * outputs], &want[t * kN + problem.n_begin],
                              outputs * sizeof(float)) == 0);
          }
        }
      }
    }
  }
}

TEST_CASE("ranges of outputs that are none are refused with the borders that there are") {
  Random random(52);
  const auto status = [](const PackedWeights& weights, size_t begin, size_t end, size_t stride) {
    Problem problem;
    problem.n_begin = begin, problem.n_end = end, problem.out_stride = stride;
    return MakePlan(weights, problem).status();
  };
  const PackedWeights planes = WeightsOf(kCases[0], 200, 64, random);
  CHECK(status(planes, 32, 64, 0).ok());
  CHECK(status(planes, 192, 0, 8).ok());
  for (const auto& [begin, end] : {std::pair<size_t, size_t>{16, 64},
                                   {0, 48},
                                   {64, 64},
                                   {64, 32},
                                   {0, 201},
                                   {224, 0},
                                   {224, 256}}) {
    CHECK(status(planes, begin, end, 0).code() == Code::kBadShape);
  }
  CHECK(status(planes, 16, 64, 0).text().find("multiples of 32") != std::string::npos);
  CHECK(status(planes, 0, 64, 63).code() == Code::kBadShape);
  const PackedWeights trits = WeightsOf(kCases[6], 200, 64, random);
  CHECK(status(trits, 32, 64, 0).text().find("multiples of 64") != std::string::npos);
  CHECK(status(trits, 64, 0, 0).ok());
}

}  // namespace
}  // namespace lutgemm
