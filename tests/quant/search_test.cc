// The search for a clipping scale: never worse than none, and better where clipping pays.
#include <lutgemm/weights.hpp>

#include <doctest/doctest.h>

#include <vector>

#include "support/random.h"

namespace lutgemm {
namespace {

double SquaredError(const std::vector<float>& w, size_t rows, const QuantSpec& spec) {
  const size_t cols = w.size() / rows;
  const Result<QuantizedMatrix> m = Quantize({w.data(), Elem::kF32, rows, cols, 0}, spec);
  REQUIRE(m.ok());
  double sum = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    const double error = w[i] - m->Value(i / cols, i % cols);
    sum += error * error;
  }
  return sum;
}

TEST_CASE("never worse than no search, whatever the weights") {
  constexpr uint64_t kSeed = 21;
  CAPTURE(kSeed);
  test::Random random(kSeed);
  for (int shape = 0; shape < 4; ++shape) {
    std::vector<float> w = random.Normals(6 * 100);
    for (float& v : w) {
      if (shape == 1) v = v * v * v;             // heavy tails
      if (shape == 2) v = v > 0 ? 1.0f : -2.0f;  // two values
      if (shape == 3) v = v * 1e-7f + 0.0004f;   // near the bottom of f16
    }
    for (const auto format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                              WeightFormat::kInt4, WeightFormat::kTernary}) {
      for (const auto zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
        const bool symmetric = format == WeightFormat::kInt1 || format == WeightFormat::kTernary;
        if (symmetric && zero != ZeroKind::kNone) continue;
        for (const uint32_t group : {32u, kWholeRow, kWholeTensor}) {
          for (const Elem scale : {Elem::kF32, Elem::kF16}) {
            CAPTURE(shape);
            CAPTURE(Name(format));
            CAPTURE(Name(zero));
            CAPTURE(group);
            QuantSpec spec = {format, group, zero, scale, false};
            const double plain = SquaredError(w, 6, spec);
            spec.scale_search = true;
            CHECK(SquaredError(w, 6, spec) <= plain);
          }
        }
      }
    }
  }
}

// Ratio of squared errors with and without the search on Gaussian weights, groups of 128.
double Gain(WeightFormat format, ZeroKind zero) {
  test::Random random(22);
  const std::vector<float> w = random.Normals(64 * 256);
  QuantSpec spec = {format, 128, zero, Elem::kF16, false};
  const double plain = SquaredError(w, 64, spec);
  spec.scale_search = true;
  return SquaredError(w, 64, spec) / plain;
}

TEST_CASE("on Gaussian weights the search pays most where codes are few") {
  CHECK(Gain(WeightFormat::kInt2, ZeroKind::kNone) < 0.4);
  CHECK(Gain(WeightFormat::kInt3, ZeroKind::kNone) < 0.75);
  CHECK(Gain(WeightFormat::kInt4, ZeroKind::kNone) < 0.9);
  CHECK(Gain(WeightFormat::kTernary, ZeroKind::kNone) < 0.9);
  CHECK(Gain(WeightFormat::kInt2, ZeroKind::kInteger) < 0.8);
  CHECK(Gain(WeightFormat::kInt3, ZeroKind::kFloat) < 0.95);
}

TEST_CASE("the most negative code is used only by the search") {
  std::vector<float> w(64, 1.0f);
  for (size_t i = 0; i < 40; ++i) w[i] = -2.0f;
  QuantSpec spec = {WeightFormat::kInt2, kWholeRow, ZeroKind::kNone, Elem::kF32, false};
  const Result<QuantizedMatrix> plain = Quantize({w.data(), Elem::kF32, 1, 64, 0}, spec);
  REQUIRE(plain.ok());
  CHECK(plain->codes[0] == 1);
  spec.scale_search = true;
  const Result<QuantizedMatrix> searched = Quantize({w.data(), Elem::kF32, 1, 64, 0}, spec);
  REQUIRE(searched.ok());
  CHECK(searched->codes[0] == 0);
  CHECK(SquaredError(w, 1, spec) < 0.01 * 64);
}

}  // namespace
}  // namespace lutgemm
