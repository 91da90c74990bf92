// Plans against oneDNN: integer products bit for bit, float products within the derived bound.
#include <doctest/doctest.h>

#if defined(LUTGEMM_HAVE_ONEDNN)

#include "ref/error.h"
#include "ref/gemm.h"
#include "support/case.h"
#include "support/onednn.h"
#include "support/run.h"

#include <cmath>
#include <string>

namespace lutgemm {
namespace {

using test::Random;
using test::onednn::Shape;

constexpr WeightFormat kFormats[] = {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                     WeightFormat::kInt4, WeightFormat::kTernary};
constexpr Shape kShapes[] = {{1, 1, 1}, {1, 64, 256}, {7, 37, 131}, {19, 65, 509}};

QuantizedMatrix Weights(WeightFormat format, const Shape& shape, Random& random) {
  WeightInfo info;
  info.format = format;
  info.n = shape.n;
  info.k = shape.k;
  info.group = format == WeightFormat::kTernary ? kWholeRow : 64;
  info.scale = Elem::kF32;
  return test::RandomMatrix(info, random);
}

Plan ExactPlan(const QuantizedMatrix& matrix, const Shape& shape, Elem out,
               std::string_view target) {
  Problem problem;
  problem.m = shape.m;
  problem.act = Elem::kI8;
  problem.out = out;
  problem.mode = Mode::kExact;
  problem.target = target;
  return test::MustPlan(test::MustPack(matrix), problem);
}

TEST_CASE("i32 outputs equal oneDNN's s8 s8 and u8 s8 products on every target") {
  Random random(41);
  for (const Shape& shape : kShapes) {
    for (WeightFormat format : kFormats) {
      const auto matrix = Weights(format, shape, random);
      std::vector<int8_t> values(matrix.codes.size());
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<int8_t>(matrix.Integer(i / shape.k, i % shape.k));
      }
      const auto act = random.Int8s(shape.m * shape.k);
      const auto positive = random.Int8s(shape.m * shape.k, 0, 127);
      const auto want = test::onednn::MatmulS8S8(act, values, shape);
      const auto want_positive = test::onednn::MatmulU8S8(
          std::vector<uint8_t>(positive.begin(), positive.end()), values, shape);
      for (std::string_view target : Targets()) {
        const Plan plan = ExactPlan(matrix, shape, Elem::kI32, target);
        CAPTURE(std::string(plan.Explain()));
        CHECK(test::RunPlan<int32_t>(plan, act, shape.m * shape.n) == want);
        CHECK(test::RunPlan<int32_t>(plan, positive, shape.m * shape.n) == want_positive);
      }
    }
  }
}

TEST_CASE("f32 outputs agree with oneDNN's f32 product of dequantised weights") {
  Random random(42);
  for (const Shape& shape : kShapes) {
    for (WeightFormat format : kFormats) {
      const auto matrix = Weights(format, shape, random);
      std::vector<float> values(matrix.codes.size());
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(matrix.Value(i / shape.k, i % shape.k));
      }
      const auto act = random.Int8s(shape.m * shape.k);
      const std::vector<float> wide(act.begin(), act.end());
      const auto want = test::onednn::MatmulF32(wide, values, shape);
      for (std::string_view target : Targets()) {
        const Plan plan = ExactPlan(matrix, shape, Elem::kF32, target);
        const auto out = test::RunPlan(plan, act, shape.m * shape.n);
        size_t outside = 0;
        for (size_t i = 0; i < out.size(); ++i) {
          double magnitude = 0;
          for (size_t k = 0; k < shape.k; ++k) {
            magnitude += std::abs(double{wide[i / shape.n * shape.k + k]} *
                                  values[i % shape.n * shape.k + k]);
          }
          // Either side may be off by the bound: a rounded weight, two scales, one conversion.
          const double bound = 2 * ref::DotErrorBound(magnitude, shape.k, ref::kEpsilonF32, 4);
          outside += std::abs(double{out[i]} - want[i]) > bound;
        }
        CAPTURE(std::string(plan.Explain()));
        CHECK(outside == 0);
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm

#endif  // LUTGEMM_HAVE_ONEDNN
