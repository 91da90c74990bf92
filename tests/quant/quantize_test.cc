// Quantize in all formats: the promise that every value lies within half a step, extremes, and what
// does not fit. Vectors worked out by hand: quantize_rules_test.cc.
#include "format/fp.h"
#include "kit.h"
#include "support/random.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::MustQuantize;
using test::View;
using Floats = std::vector<float>;

constexpr WeightFormat kFormats[] = {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                     WeightFormat::kInt4, WeightFormat::kTernary};
constexpr ZeroKind kZeros[] = {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat};
constexpr Elem kScales[] = {Elem::kF32, Elem::kF16, Elem::kBF16};

bool Combines(WeightFormat format, ZeroKind zero) {
  return zero == ZeroKind::kNone ||
         (format != WeightFormat::kInt1 && format != WeightFormat::kTernary);
}

QuantSpec Spec(WeightFormat format, uint32_t group = kWholeRow, ZeroKind zero = ZeroKind::kNone,
               Elem scale = Elem::kF32) {
  return {format, group, zero, scale, false};
}

double SquaredError(const QuantizedMatrix& matrix, const Floats& values) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double error = values[i] - matrix.Value(i / matrix.info.k, i % matrix.info.k);
    sum += error * error;
  }
  return sum;
}

// Steps between neighbouring values, and how far a weight may lie beyond the last of them.
void CheckWithinHalfStep(const QuantizedMatrix& m, const Floats& w) {
  for (size_t i = 0; i < w.size(); ++i) {
    const size_t row = i / m.info.k;
    const size_t col = i % m.info.k;
    size_t g = 0;
    while (m.info.group_end(g) <= col) ++g;
    const size_t at = m.info.group == kWholeTensor ? 0 : row * m.info.groups() + g;
    const double scale = m.scales[at];
    const double value = m.Value(row, col);
    const bool clips = m.info.format == WeightFormat::kTernary;
    if (clips && std::fabs(w[i]) > 1.5 * scale) {
      REQUIRE(value == std::copysign(scale, w[i]));
      continue;
    }
    // Rounding of scale and offset moves the ends of the range by at most this much.
    const double slack = 0x1p-8 * (16 * scale + (m.offsets.empty() ? 0 : std::fabs(m.offsets[at])));
    const double step = m.info.format == WeightFormat::kInt1 ? INFINITY : scale;
    const double clamped = m.info.zero == ZeroKind::kInteger ? step / 2 : 0;
    CAPTURE(row);
    CAPTURE(col);
    REQUIRE(std::fabs(w[i] - value) <= step / 2 + slack + clamped);
    if (m.info.format == WeightFormat::kInt1) REQUIRE((value >= 0) == (w[i] >= 0));
  }
}

TEST_CASE("all formats, zero kinds, groups and scale types: within half a step") {
  constexpr uint64_t kSeed = 11;
  CAPTURE(kSeed);
  test::Random random(kSeed);
  const size_t rows = 5;
  for (const size_t cols : {1, 3, 4, 31, 64, 131}) {
    Floats w = random.Normals(rows * cols);
    for (size_t i = 0; i < cols; ++i) w[i] += 3;  // one row far from zero
    for (const WeightFormat format : kFormats) {
      for (const ZeroKind zero : kZeros) {
        if (!Combines(format, zero)) continue;
        for (const uint32_t group : {4u, 32u, 128u, kWholeRow, kWholeTensor}) {
          for (const Elem scale : kScales) {
            CAPTURE(cols);
            CAPTURE(Name(format));
            CAPTURE(Name(zero));
            CAPTURE(group);
            CAPTURE(Name(scale));
            CheckWithinHalfStep(MustQuantize(View(w, rows), Spec(format, group, zero, scale)), w);
          }
        }
      }
    }
  }
}

TEST_CASE("zero groups give scale 0 and exact zeros, beside groups that are not zero") {
  Floats w(16, 0.0f);
  w[1] = -0.0f;
  std::fill(w.begin() + 8, w.begin() + 12, 1.5f);
  for (const WeightFormat format : kFormats) {
    for (const ZeroKind zero : kZeros) {
      if (!Combines(format, zero)) continue;
      for (const bool search : {false, true}) {
        CAPTURE(Name(format));
        CAPTURE(Name(zero));
        CAPTURE(search);
        QuantSpec spec = Spec(format, 4, zero, Elem::kF16);
        spec.scale_search = search;
        const QuantizedMatrix m = MustQuantize(View(w, 2), spec);
        CHECK(m.scales[0] == 0);
        CHECK(m.scales[3] == 0);
        for (size_t i = 0; i < w.size(); ++i) {
          CHECK(m.Value(i / 8, i % 8) == doctest::Approx(w[i]).epsilon(0.001));
          if (w[i] == 0) CHECK(m.Value(i / 8, i % 8) == 0);
        }
      }
    }
  }
}

TEST_CASE("extremes of float: the largest, the smallest, one outlier") {
  for (const WeightFormat format : kFormats) {
    for (const ZeroKind zero : kZeros) {
      if (!Combines(format, zero)) continue;
      CAPTURE(Name(format));
      CAPTURE(Name(zero));
      const Floats large = {FLT_MAX, -FLT_MAX, FLT_MAX, FLT_MAX};
      QuantizedMatrix m = MustQuantize(View(large, 1), Spec(format, kWholeRow, zero));
      CHECK(std::isfinite(m.Value(0, 0)));
      CHECK(m.Value(0, 0) > FLT_MAX * 0.6);
      CHECK(m.Value(0, 1) < -FLT_MAX * 0.6);

      const Floats small = {FLT_TRUE_MIN, -FLT_TRUE_MIN, FLT_TRUE_MIN, FLT_TRUE_MIN};
      m = MustQuantize(View(small, 1), Spec(format, kWholeRow, zero));
      CHECK(m.scales[0] == FLT_TRUE_MIN);
      CHECK(m.Value(0, 0) > m.Value(0, 1));

      Floats outlier(64, 0.001f);
      outlier[17] = 1000;
      m = MustQuantize(View(outlier, 1), Spec(format, kWholeRow, zero));
      // int1 has no larger value to give; all others keep the outlier apart.
      if (format != WeightFormat::kInt1) CHECK(m.Value(0, 17) > m.Value(0, 16));
    }
  }
}

TEST_CASE("a scale or offset that does not fit names its group and a way out") {
  Floats w(16, 1.0f);
  w[13] = -1e6f;
  QuantSpec spec = Spec(WeightFormat::kInt4, 4, ZeroKind::kNone, Elem::kF16);
  Result<QuantizedMatrix> m = Quantize(View(w, 2), spec);
  REQUIRE(!m.ok());
  CHECK(m.status().code() == Code::kOverflow);
  CHECK(m.status().text().find("row 1, group 1") != std::string::npos);
  CHECK(m.status().text().find("f32 scales") != std::string::npos);
  spec.scale = Elem::kBF16;
  CHECK(Quantize(View(w, 2), spec).ok());

  spec = Spec(WeightFormat::kInt4, kWholeTensor, ZeroKind::kFloat, Elem::kF16);
  w[13] = 1;
  for (float& v : w) v -= 1e5f;
  m = Quantize(View(w, 2), spec);
  REQUIRE(!m.ok());
  CHECK(m.status().code() == Code::kOverflow);
  CHECK(m.status().text().find("whole tensor") != std::string::npos);
}

TEST_CASE("ternary weights stay what they are") {
  test::Random random(5);
  const float magnitude = 0.0371f;
  Floats w(12 * 40);
  for (float& v : w) v = magnitude * static_cast<float>(random.Int(-1, 1));
  for (const uint32_t group : {8u, kWholeRow, kWholeTensor}) {
    for (const Elem scale : kScales) {
      for (const bool search : {false, true}) {
        CAPTURE(group);
        CAPTURE(Name(scale));
        CAPTURE(search);
        QuantSpec spec = Spec(WeightFormat::kTernary, group, ZeroKind::kNone, scale);
        spec.scale_search = search;
        const QuantizedMatrix m = MustQuantize(View(w, 12), spec);
        for (const float s : m.scales) {
          if (s != 0) CHECK(s == format::RoundToElem(magnitude, scale));
        }
        bool same = true;
        for (size_t i = 0; i < w.size(); ++i) {
          same &= m.codes[i] == 1 + (w[i] > 0) - (w[i] < 0);
        }
        CHECK(same);
        if (scale == Elem::kF32) CHECK(SquaredError(m, w) == 0);
      }
    }
  }
}

TEST_CASE("quantising the values of codes gives the codes again") {
  test::Random random(6);
  for (unsigned bits = 2; bits <= 4; ++bits) {
    Floats w(64);
    const int last = (1 << (bits - 1)) - 1;
    for (float& v : w) v = 0.125f * static_cast<float>(random.Int(-last, last));
    w[0] = 0.125f * static_cast<float>(last);
    const auto format = static_cast<WeightFormat>(bits);
    CHECK(SquaredError(MustQuantize(View(w, 1), Spec(format)), w) == 0);
  }
}

}  // namespace
}  // namespace lutgemm
