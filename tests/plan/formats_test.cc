// Plans for codebooks and block floating point: which method runs, what int32 outputs may hold, and
// outputs of every kind against the oracle.
#include "support/gen/formats.h"
#include "format/traits.h"
#include "kit.h"
#include "ref/gemm.h"
#include "ref/modes.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::InfoOf;
using test::Random;

// Codebooks, BFP, and ints that only products of bytes serve.
std::vector<WeightFormat> Formats() {
  std::vector<WeightFormat> formats;
  for (const WeightFormat format : test::kAllFormats) {
    if (format::FactsOf(format).integers != format::Integers::kLinear || CodeBits(format) > 4) {
      formats.push_back(format);
    }
  }
  return formats;
}

TEST_CASE("codebooks and wide BFP have one method each, whatever M, mode and target") {
  for (const WeightFormat format : Formats()) {
    if (!format::IsBook(format) && CodeBits(format) <= 4) continue;
    CAPTURE(std::string(Name(format)));
    Random random(30);
    const PackedWeights weights =
        test::MustPack(test::RandomMatrix(InfoOf(format, 32, 64), random));
    for (const std::string_view target : Targets()) {
      for (const Mode mode : {Mode::kFast, Mode::kExact}) {
        for (const size_t m : {1, 4, 512}) {
          Problem problem;
          problem.target = target, problem.mode = mode, problem.m = m;
          CHECK(test::MustPlan(weights, problem).method() ==
                (format::IsBook(format) ? Method::kCodebook : Method::kDot));
        }
      }
    }
  }
}

TEST_CASE("every format runs by default, float outputs with bias and int32 ones alike") {
  for (const WeightFormat format : Formats()) {
    CAPTURE(std::string(Name(format)));
    Random random(31);
    const QuantizedMatrix matrix = test::RandomMatrix(InfoOf(format, 70, 300), random);
    const PackedWeights weights = test::MustPack(matrix);
    for (const size_t m : {1, 3, 17}) {
      const std::vector<float> bias = random.Normals(70), act = random.Normals(m * 300);
      Problem problem;
      problem.m = m;
      problem.mode = Mode::kExact;
      std::vector<float> want = ref::ExactGemm(matrix, act, m, matrix.info.group);
      CHECK(test::RunPlan(test::MustPlan(weights, problem), act, m * 70) == want);
      problem.bias = bias.data();
      for (size_t i = 0; i < want.size(); ++i) want[i] += bias[i % 70];
      CHECK(test::RunPlan(test::MustPlan(weights, problem), act, m * 70) == want);

      problem.bias = nullptr;
      problem.act = Elem::kI8;
      problem.out = Elem::kI32;
      const std::vector<int8_t> codes = random.Int8s(m * 300);
      const auto integers = test::RunPlan<int32_t>(test::MustPlan(weights, problem), codes, m * 70);
      const std::vector<int64_t> exact = ref::GemmInteger(matrix, codes, m);
      CHECK(std::equal(exact.begin(), exact.end(), integers.begin(), integers.end()));
    }
  }
}

TEST_CASE("an int32 output is refused where K products of the largest integer overflow") {
  Problem problem;
  problem.act = Elem::kI8;
  problem.out = Elem::kI32;
  problem.mode = Mode::kExact;
  const struct {
    WeightFormat format;
    size_t largest;
  } cases[] = {{WeightFormat::kNf4, 112}, {WeightFormat::kMxfp4, 12}, {WeightFormat::kBfp8, 128},
               {WeightFormat::kInt5, 16}, {WeightFormat::kInt6, 32},  {WeightFormat::kInt8, 128}};
  for (const auto& c : cases) {
    CAPTURE(std::string(Name(c.format)));
    const size_t most = ((size_t{1} << 31) - 1) / (128 * c.largest);
    for (const size_t k : {most, most + 1}) {
      Random random(5);
      const auto plan =
          MakePlan(test::MustPack(test::RandomMatrix(InfoOf(c.format, 1, k), random)), problem);
      CHECK(plan.status().code() == (k == most ? Code::kOk : Code::kOverflow));
    }
  }
}

TEST_CASE("tables are shared by formats that cut K alike") {
  Random random(6);
  Problem problem;
  const auto key = [&](WeightFormat format, uint32_t group) {
    WeightInfo info = InfoOf(format, 40, 256);
    info.group = group;
    return test::MustPlan(test::MustPack(test::RandomMatrix(info, random)), problem).table_key();
  };
  CHECK(key(WeightFormat::kBitmod4, 64) == key(WeightFormat::kNf4, 64));
  CHECK(key(WeightFormat::kBitmod4, 64) != key(WeightFormat::kBitmod4, 128));
}

TEST_CASE("tables of spans are shared where spans and groups are alike") {
  Random random(7);
  struct Spanned {
    uint32_t group, super_group = 0;
    ZeroKind zero = ZeroKind::kNone;
    uint8_t zeros = 0;
  };
  const auto key = [&](const Spanned& s, Mode mode = Mode::kFast, uint32_t block = 0) {
    WeightInfo info = InfoOf(WeightFormat::kInt4, 40, 512);
    info.group = s.group, info.super_group = s.super_group, info.zero = s.zero;
    if (s.super_group != 0) info.scale = Elem::kU8;
    QuantizedMatrix matrix = test::RandomMatrix(info, random);
    for (uint8_t& zero : matrix.zeros) zero = s.zeros;
    Problem problem;
    problem.mode = mode, problem.block = block, problem.kernel = "dot_gemm_codes", problem.m = 70;
    return test::MustPlan(test::MustPack(matrix), problem).table_key();
  };
  constexpr auto kInteger = ZeroKind::kInteger;
  CHECK(key({32}) == key({32, 256}));
  CHECK(key({32}) == key({32, 0, kInteger, 112}));
  CHECK(key({32}) != key({32, 0, kInteger, 113}));
  CHECK(key({32}) != key({32, 128}));
  CHECK(key({32}) != key({32}, Mode::kFast, 32));
  CHECK(key({32}) != key({48}));
  CHECK(key({32, 256}) != key({32, 256}, Mode::kExact));
  CHECK(key({32}, Mode::kExact) != key({32, 256}, Mode::kExact));
}

}  // namespace
}  // namespace lutgemm
