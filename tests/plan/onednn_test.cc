// Plans against oneDNN: integer products bit for bit, float products within the derived bound.
#include <doctest/doctest.h>

#if defined(LUTGEMM_HAVE_ONEDNN)

#include "kit.h"
#include "ref/error.h"
#include "ref/gemm.h"
#include "support/onednn.h"

#include <cmath>
#include <string>

namespace lutgemm {
namespace {

using test::Random;
using test::onednn::Shape;

constexpr Shape kShapes[] = {{1, 1, 1}, {1, 64, 256}, {7, 37, 131}, {19, 65, 509}};

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

// What both cases compare: weights as codes and as the values of T that oneDNN takes, and int8
// activations.
template <class T>
struct Case {
  const Shape& shape;
  QuantizedMatrix matrix;
  std::vector<T> values;
  std::vector<int8_t> act;
};

// Calls check(case, random) for every shape and format; value(matrix, n, k) is a weight for oneDNN.
template <class T, class Value, class Check>
void ForEachCase(uint64_t seed, const Value& value, const Check& check) {
  Random random(seed);
  for (const Shape& shape : kShapes) {
    for (WeightFormat format : test::kPlainFormats) {
      Case<T> c{
          shape, test::RandomMatrix(test::Info(format, shape.n, shape.k, 64), random), {}, {}};
      for (size_t i = 0; i < c.matrix.codes.size(); ++i) {
        c.values.push_back(static_cast<T>(value(c.matrix, i / shape.k, i % shape.k)));
      }
      c.act = random.Int8s(shape.m * shape.k);
      check(c, random);
    }
  }
}

TEST_CASE("i32 outputs equal oneDNN's s8 s8 and u8 s8 products on every target") {
  const auto integer = [](const QuantizedMatrix& m, size_t n, size_t k) { return m.Integer(n, k); };
  ForEachCase<int8_t>(41, integer, [](const Case<int8_t>& c, Random& random) {
    const Shape& shape = c.shape;
    const auto positive = random.Int8s(shape.m * shape.k, 0, 127);
    const auto want = test::onednn::MatmulS8S8(c.act, c.values, shape);
    const auto want_positive = test::onednn::MatmulU8S8(
        std::vector<uint8_t>(positive.begin(), positive.end()), c.values, shape);
    for (std::string_view target : Targets()) {
      const Plan plan = ExactPlan(c.matrix, shape, Elem::kI32, target);
      CAPTURE(std::string(plan.Explain()));
      CHECK(test::RunPlan<int32_t>(plan, c.act, shape.m * shape.n) == want);
      CHECK(test::RunPlan<int32_t>(plan, positive, shape.m * shape.n) == want_positive);
    }
  });
}

// Either side may be off by the bound: a rounded weight, two scales, one conversion.
double Bound(const Case<float>& c, size_t output) {
  const size_t n = c.shape.n, k = c.shape.k;
  double magnitude = 0;
  for (size_t i = 0; i < k; ++i) {
    magnitude += std::abs(double(c.act[output / n * k + i]) * c.values[output % n * k + i]);
  }
  return 2 * ref::DotErrorBound(magnitude, k, ref::kEpsilonF32, 4);
}

TEST_CASE("f32 outputs agree with oneDNN's f32 product of dequantised weights") {
  const auto value = [](const QuantizedMatrix& m, size_t n, size_t k) { return m.Value(n, k); };
  ForEachCase<float>(42, value, [](const Case<float>& c, Random&) {
    const std::vector<float> wide(c.act.begin(), c.act.end());
    const auto want = test::onednn::MatmulF32(wide, c.values, c.shape);
    for (std::string_view target : Targets()) {
      const Plan plan = ExactPlan(c.matrix, c.shape, Elem::kF32, target);
      const auto out = test::RunPlan(plan, c.act, c.shape.m * c.shape.n);
      size_t outside = 0;
      for (size_t i = 0; i < out.size(); ++i) {
        outside += std::abs(double{out[i]} - want[i]) > Bound(c, i);
      }
      CAPTURE(std::string(plan.Explain()));
      CHECK(outside == 0);
    }
  });
}

}  // namespace
}  // namespace lutgemm

#endif  // LUTGEMM_HAVE_ONEDNN
