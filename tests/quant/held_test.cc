// Scales that their type cannot hold: every format, scale type and zero kind on weights that are
// tiny, huge, or both. Either every row keeps its values, or Quantize refuses and says which.
#include "format/traits.h"
#include "kit.h"
#include "support/gen/formats.h"
#include "support/random.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

namespace lutgemm {
namespace {

using test::View;
using Floats = std::vector<float>;

constexpr size_t kRows = 3, kCols = 160;
constexpr Elem kScales[] = {Elem::kF32,  Elem::kF16,  Elem::kBF16,
                            Elem::kE8m0, Elem::kE4m3, Elem::kU8};

// Every combination that CheckSpec takes, in the format's own group.
template <class Body>
void ForEachSpec(const Body& body) {
  for (const WeightFormat format : test::kAllFormats) {
    for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      if (zero != ZeroKind::kNone && !format::HasZeros(format)) continue;
      for (const Elem scale : kScales) {
        if (!format::TakesScale(format, scale)) continue;
        QuantSpec spec = DefaultSpec(format);
        spec.zero = zero, spec.scale = scale;
        if (spec.group == kWholeTensor) spec.group = 32;
        CAPTURE(Name(format));
        CAPTURE(Name(zero));
        CAPTURE(Name(scale));
        body(spec);
      }
    }
  }
}

Result<QuantizedMatrix> TryQuantize(const Floats& weights, const QuantSpec& spec, size_t rows) {
  // Two values, none of them zero.
  static const Codebook book = *MakeCodebook(Floats{-1.0f, 1.0f});
  return spec.format == WeightFormat::kCodebook ? Quantize(View(weights, rows), spec, book)
                                                : Quantize(View(weights, rows), spec);
}

double RowNmse(const QuantizedMatrix& m, const Floats& w, size_t row) {
  double error = 0, power = 0;
  for (size_t col = 0; col < m.info.k; ++col) {
    const double weight = w[row * m.info.k + col];
    error += std::pow(m.Value(row, col) - weight, 2);
    power += weight * weight;
  }
  return error == 0 ? 0 : error / power;
}

// Row `row` has magnitudes[row].
Floats Rows(const std::vector<float>& magnitudes) {
  test::Random random(7);
  Floats weights;
  for (const float magnitude : magnitudes) {
    for (const float w : random.Normals(kCols)) weights.push_back(w * magnitude);
  }
  return weights;
}

TEST_CASE("tiny and huge rows: every row keeps its values, or one that does not is named") {
  const std::vector<std::vector<float>> cases = {{1, 1, 1},
                                                 {1e-3f, 1e-3f, 1e-3f},
                                                 {1e-5f, 1e-5f, 1e-5f},
                                                 {1e-7f, 1e-7f, 1e-7f},
                                                 {1e-9f, 1, 1},
                                                 {1, 1, 1e-9f},
                                                 {1e-4f, 1, 1e3f},
                                                 {1e-30f, 1e-30f, 1e-30f},
                                                 {1e-38f, 1, 1e-36f},
                                                 {1e-42f, 1e-42f, 1e-42f},
                                                 {1, 1e30f, 1},
                                                 {1e37f, 1e37f, 1e37f},
                                                 {1e-30f, 1, 1e30f}};
  size_t refused = 0, held = 0;
  ForEachSpec([&](const QuantSpec& spec) {
    const auto plain = TryQuantize(Rows({1, 1, 1}), spec, kRows);
    REQUIRE(plain.ok());
    for (const auto& magnitudes : cases) {
      const Floats weights = Rows(magnitudes);
      CAPTURE(magnitudes[0]);
      CAPTURE(magnitudes[1]);
      CAPTURE(magnitudes[2]);
      const auto m = TryQuantize(weights, spec, kRows);
      if (!m.ok()) {
        CAPTURE(m.status().text());
        CHECK(m.status().code() == Code::kOverflow);
        CHECK(m.status().text().find("row ") != std::string::npos);
        CHECK(spec.scale != Elem::kF32);
        ++refused;
        continue;
      }
      ++held;
      CHECK(Validate(*m).ok());
      for (size_t row = 0; row < kRows; ++row) {
        CAPTURE(row);
        // Powers of two fit some magnitudes twice as well as others.
        CHECK(RowNmse(*m, weights, row) <= 2 * RowNmse(*plain, Rows({1, 1, 1}), row) + 0.01);
      }
    }
  });
  CHECK(held > refused);
  CHECK(refused > 50);
}

TEST_CASE("f32 scales hold what floats hold") {
  ForEachSpec([&](const QuantSpec& spec) {
    if (spec.scale != Elem::kF32) return;
    for (const float magnitude : {FLT_TRUE_MIN, 1e-41f, 1e-38f, 1e38f}) {
      Floats weights(64, magnitude);
      for (size_t i = 0; i < weights.size(); i += 3) weights[i] = -magnitude;
      const auto m = TryQuantize(weights, spec, 1);
      CHECK_MESSAGE(m.ok(), m.status().text());
    }
  });
}

TEST_CASE("the message names row, types, error and a way out") {
  const Floats weights = Rows({1, 1e-9f, 1});
  QuantSpec spec = DefaultSpec(WeightFormat::kInt1);
  const std::string text = Quantize(View(weights, kRows), spec).status().text();
  for (const char* part : {"int1", "f16", "row 1", "NMSE", "use f32 scales"}) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  }
  spec.group = kWholeTensor;
  CHECK(Quantize(View(weights, kRows), spec).ok());  // the scale is that of all rows
  const Floats tiny = Rows({1e-9f, 1e-9f, 1e-9f});
  CHECK(Quantize(View(tiny, kRows), spec).status().text().find("whole tensor") !=
        std::string::npos);
  spec = DefaultSpec(WeightFormat::kNvfp4);
  CHECK(Quantize(View(weights, kRows), spec).status().text().find("wider range") !=
        std::string::npos);
}

TEST_CASE("a codebook's unit does not make up for scales that sums of floats cannot have") {
  const std::vector<float> weights = {1e22f, -1e22f, 2e22f, 5e21f};
  for (const auto& [power, scale, good] : {std::tuple{-60, 1.0f, false},
                                           {-60, 1e-20f, true},
                                           {60, 1e-45f, false},
                                           {60, 1e-20f, true},
                                           {0, 1.0f, true}}) {
    CAPTURE(power);
    CAPTURE(scale);
    const float unit = std::ldexp(1.0f, power);
    const Result<Codebook> book = MakeCodebook(std::vector<float>{-unit, 0.0f, unit, 2 * unit});
    REQUIRE(book.ok());
    Floats values = weights;
    for (float& value : values) value *= scale;
    QuantSpec spec = DefaultSpec(WeightFormat::kCodebook);
    spec.scale = Elem::kF32, spec.group = 4;
    const auto matrix = Quantize({values.data(), Elem::kF32, 1, 4, 0}, spec, *book);
    CHECK(matrix.ok() == good);
    if (!good) CHECK(matrix.status().code() == Code::kOverflow);
    if (!good) CHECK(matrix.status().text().find("row 0") != std::string::npos);
  }
}

TEST_CASE("offsets vanish like scales, where there is no scale beside them") {
  const QuantSpec spec{WeightFormat::kInt4, 32, ZeroKind::kFloat, Elem::kF16, false};
  CHECK(Quantize(View(Floats(64, 1e-9f), 1), spec).status().code() == Code::kOverflow);
  CHECK(Quantize(View(Floats(64, -1e-9f), 1), spec).status().code() == Code::kOverflow);
  CHECK(Quantize(View(Floats(64, 1e-3f), 1), spec).ok());
  Floats beside(64, 1.0f);
  beside[5] += 1e-6f;
  CHECK(Quantize(View(beside, 1), spec).ok());
}

TEST_CASE("a tiny group in an ordinary row costs the row nothing, and is stored as before") {
  Floats weights = Rows({1, 1, 1});
  for (size_t i = kCols; i < kCols + 32; ++i) weights[i] *= 1e-9f;
  for (const Elem scale : {Elem::kF16, Elem::kU8}) {
    QuantSpec spec = DefaultSpec(WeightFormat::kNf4);
    spec.group = 32, spec.scale = scale;
    const auto m = Quantize(View(weights, kRows), spec);
    REQUIRE(m.ok());
    CHECK(m->scales[kCols / 32] == (scale == Elem::kU8 ? 1.0f : 0x1p-24f));
  }
  // Many of them, with a table that has no zero, do not.
  QuantSpec spec = DefaultSpec(WeightFormat::kCodebook);
  spec.group = 4, spec.scale = Elem::kU8;
  Floats row(64 * 1024, 1e-20f);
  row[9] = 1;
  CHECK(TryQuantize(row, spec, 1).status().code() == Code::kOverflow);
  row.resize(512);
  CHECK(TryQuantize(row, spec, 1).ok());
}

TEST_CASE("second-level factors: too large, too small, and more than the unit allows") {
  QuantSpec spec = DefaultSpec(WeightFormat::kCodebook);
  spec.scale = Elem::kU8;
  const Codebook small = *MakeCodebook(Floats{-1e-18f, 1e-18f});
  const auto large = Quantize(View(Floats(64, 1e30f), 1), spec, small);
  CHECK(large.status().code() == Code::kOverflow);
  CHECK(large.status().text().find("row 0") != std::string::npos);
  CHECK(TryQuantize(Floats(64, 1e-45f), spec, 1).status().code() == Code::kOverflow);
  spec = DefaultSpec(WeightFormat::kNvfp4);
  CHECK(Quantize(View(Floats(64, FLT_TRUE_MIN), 1), spec).status().code() == Code::kOverflow);

  spec = DefaultSpec(WeightFormat::kCodebook);
  spec.scale = Elem::kU8;
  QuantizedMatrix m =
      *Quantize(View(Floats(64, 1.0f), 1), spec, *MakeCodebook(Floats{-1e9f, 1e9f}));
  CHECK(Validate(m).ok());
  m.factors[0] = FLT_MAX;
  CHECK(Validate(m).code() == Code::kNotFinite);

  // Sums are multiplied by the unit last: with a tiny one they would not be floats before.
  CHECK(MakeCodebook(Floats{-1e-30f, 1e-30f}).status().code() == Code::kBadArgument);
  CHECK(MakeCodebook(Floats{-1e30f, 1e30f}).status().text().find("multiply") != std::string::npos);
  m.factors[0] = 1, m.book.unit = 1e-30f;
  CHECK(Validate(m).code() == Code::kBadArgument);
}

}  // namespace
}  // namespace lutgemm
