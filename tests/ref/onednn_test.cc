// The oracle against oneDNN: integer products bit for bit, float products within the derived bound.
#include <doctest/doctest.h>

#if defined(LUTGEMM_HAVE_ONEDNN)

#include <algorithm>
#include <cmath>
#include <vector>

#include "ref/error.h"
#include "ref/gemm.h"
#include "support/case.h"
#include "support/onednn.h"

namespace lutgemm::ref {
namespace {

using test::onednn::Shape;

constexpr WeightFormat kFormats[] = {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                     WeightFormat::kInt4, WeightFormat::kTernary};
constexpr Shape kShapes[] = {{1, 1, 1}, {1, 17, 64}, {3, 5, 7}, {16, 33, 129}, {2, 64, 1031}};

WeightInfo Info(WeightFormat format, ZeroKind zero, const Shape& shape) {
  return {format, zero, Elem::kF16, shape.n, shape.k, 32};
}

std::vector<int64_t> Widened(const std::vector<int32_t>& values) {
  return {values.begin(), values.end()};
}

// Integer weights as int8, which all are while zero points stay within the codes.
std::vector<int8_t> Integers(const QuantizedMatrix& matrix) {
  std::vector<int8_t> values(matrix.codes.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<int8_t>(matrix.Integer(i / matrix.info.k, i % matrix.info.k));
  }
  return values;
}

TEST_CASE("int8 activations by integer weights equal oneDNN's s8 s8 product") {
  test::Random random(61);
  for (const Shape& shape : kShapes) {
    for (const WeightFormat format : kFormats) {
      for (const auto fill : {test::Fill::kAllLow, test::Fill::kAllHigh, test::Fill::kRandom}) {
        CAPTURE(Name(format));
        CAPTURE(shape.k);
        const QuantizedMatrix m =
            test::RandomMatrix(Info(format, ZeroKind::kNone, shape), random, fill);
        std::vector<int8_t> act = random.Int8s(shape.m * shape.k);
        if (fill == test::Fill::kAllLow) std::ranges::fill(act, int8_t{-128});
        CHECK(GemmInteger(m, act, shape.m) ==
              Widened(test::onednn::MatmulS8S8(act, Integers(m), shape)));
      }
    }
  }
}

TEST_CASE("zero points: weights with integer zeros equal oneDNN's s8 s8 product") {
  test::Random random(62);
  for (const Shape& shape : kShapes) {
    const QuantizedMatrix m =
        test::RandomMatrix(Info(WeightFormat::kInt4, ZeroKind::kInteger, shape), random);
    const std::vector<int8_t> act = random.Int8s(shape.m * shape.k);
    CHECK(GemmInteger(m, act, shape.m) ==
          Widened(test::onednn::MatmulS8S8(act, Integers(m), shape)));
  }
}

TEST_CASE("codes themselves equal oneDNN's u8 s8 product with the sides exchanged") {
  test::Random random(63);
  for (const Shape& shape : kShapes) {
    const QuantizedMatrix m =
        test::RandomMatrix(Info(WeightFormat::kInt4, ZeroKind::kFloat, shape), random);
    const std::vector<int8_t> act = random.Int8s(shape.m * shape.k);
    const std::vector<int32_t> transposed =
        test::onednn::MatmulU8S8(m.codes, act, {shape.n, shape.m, shape.k});
    const std::vector<int64_t> ours = GemmInteger(m, act, shape.m);
    for (size_t i = 0; i < ours.size(); ++i) {
      CHECK(ours[i] == transposed[i % shape.n * shape.m + i / shape.n]);
    }
  }
}

TEST_CASE("double products agree with oneDNN's f32 product of dequantised weights") {
  test::Random random(64);
  for (const Shape& shape : kShapes) {
    for (const WeightFormat format : kFormats) {
      const bool ints = format != WeightFormat::kInt1 && format != WeightFormat::kTernary;
      for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
        if (zero != ZeroKind::kNone && !ints) continue;
        CAPTURE(Name(format));
        CAPTURE(Name(zero));
        const QuantizedMatrix m = test::RandomMatrix(Info(format, zero, shape), random);
        const std::vector<float> act = random.Normals(shape.m * shape.k);
        std::vector<float> weights(m.codes.size());
        for (size_t i = 0; i < weights.size(); ++i) {
          weights[i] = static_cast<float>(m.Value(i / shape.k, i % shape.k));
        }
        const std::vector<float> theirs = test::onednn::MatmulF32(act, weights, shape);
        const std::vector<double> ours = GemmF64(m, act, shape.m);
        const std::vector<double> magnitudes = GemmMagnitudes(m, act, shape.m);
        for (size_t i = 0; i < ours.size(); ++i) {
          // One extra rounding: the dequantised weight.
          const double bound = DotErrorBound(magnitudes[i], shape.k, kEpsilonF32, 1);
          CHECK(std::fabs(theirs[i] - ours[i]) <= bound);
        }
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm::ref

#else

TEST_CASE("the oracle against oneDNN") { MESSAGE("skipped: this build found no oneDNN"); }

#endif  // LUTGEMM_HAVE_ONEDNN
