// A tile's outputs: exact where the sums of a group fit, equal to the oracle everywhere.
#include "model/units/tile.h"

#include "model/units/oracle.h"

#include <doctest/doctest.h>

#include <string>

using namespace lutgemm::model::units;
using lutgemm::Code;
using lutgemm::test::Random;
namespace oracle = lutgemm::test::pe;

namespace {

struct Matrices {
  TileWeights weights;
  size_t m = 0, groups = 0;
  std::vector<uint16_t> acts;
  std::vector<uint8_t> codes, scales, selectors;
  std::vector<float> row_scales;
};

struct Shape {
  size_t m, n, k, group;
};

// Activations are f16 of small integers, or of any exponent.
void Fill(Matrices& x, TermType type, const Shape& shape, bool small) {
  Random random(shape.k + shape.n);
  x.m = shape.m;
  x.groups = (shape.k + shape.group - 1) / shape.group;
  for (size_t i = 0; i < shape.m * shape.k; ++i) {
    const auto integer = static_cast<float>(random.Int(-3, 3));
    x.acts.push_back(small ? lutgemm::format::F32ToF16(integer) : oracle::RandomF16(random));
  }
  for (size_t i = 0; i < shape.n * shape.k; ++i) {
    x.codes.push_back(static_cast<uint8_t>(random.Below(size_t{1} << CodeBits(type))));
  }
  for (size_t i = 0; i < shape.n * x.groups; ++i) {
    x.scales.push_back(static_cast<uint8_t>(random.Int(1, 255)));
    if (IsFloat(type)) x.selectors.push_back(static_cast<uint8_t>(random.Below(4)));
  }
  for (size_t i = 0; i < shape.n; ++i) x.row_scales.push_back(0.25f * static_cast<float>(i + 1));
  x.weights = {type,        shape.n,      shape.k,
               shape.group, x.codes,      x.scales,
               x.selectors, x.row_scales, type == TermType::kFp3 ? kFp3Specials : kFp4Specials};
}

int WeightValue(const Matrices& x, size_t n, size_t k) {
  const TileWeights& w = x.weights;
  const unsigned code = w.codes[n * w.k + k], bits = CodeBits(w.type);
  if (!IsFloat(w.type)) return static_cast<int>(code ^ 1u << (bits - 1)) - (1 << (bits - 1));
  const size_t group = n * x.groups + k / w.group;
  return oracle::FloatHalves(bits, code, w.specials[w.selectors[group]]);
}

// Output [row, n] in float64.
double Exact(const Matrices& x, size_t row, size_t n) {
  double sum = 0.0;
  for (size_t k = 0; k < x.weights.k; ++k) {
    sum += lutgemm::format::F16ToF32(x.acts[row * x.weights.k + k]) * double(WeightValue(x, n, k)) *
           x.scales[n * x.groups + k / x.weights.group];
  }
  return sum * TermUnit(x.weights.type) * x.row_scales[n];
}

// Output [row, n] by the oracle's steps.
float Expected(const Matrices& x, size_t row, size_t n) {
  const TileWeights& w = x.weights;
  float sum = 0.0f;
  for (size_t g = 0; g < x.groups; ++g) {
    oracle::Scaled group;
    const size_t end = std::min(w.k, (g + 1) * w.group);
    for (size_t k = g * w.group; k < end; k += kLanes) {
      for (unsigned t = 0; t < TermCount(w.type); ++t) {
        std::array<oracle::Parts, 4> parts{};
        std::array<int, 4> digits{}, shifts{};
        for (size_t i = 0; i < kLanes && k + i < end; ++i) {
          const auto special = IsFloat(w.type)
                                   ? *SpecialTerms(w.specials[w.selectors[n * x.groups + g]])
                                   : WeightTerms{};
          const Term term = TermsOf(w.type, w.codes[n * w.k + k + i], special)[t];
          parts[i] = oracle::PartsOf(x.acts[row * w.k + k + i]);
          digits[i] = oracle::TermValue(term);
          shifts[i] = term.exponent;
        }
        group = oracle::Add(group, oracle::Dot(parts, digits, shifts, Rounding::kTruncate),
                            static_cast<int>(Significance(w.type, t)), Rounding::kTruncate);
      }
    }
    sum += static_cast<float>(
        std::ldexp(group.mantissa * x.scales[n * x.groups + g], group.exponent - 28));
  }
  return static_cast<float>(sum * (TermUnit(w.type) * x.row_scales[n]));
}

const Shape kShapes[] = {{8, 8, 256, 128}, {1, 1, 1, 128}, {3, 5, 77, 32}, {2, 7, 130, 128}};

// The Status of valid matrices with one thing changed.
template <class Change>
lutgemm::Status Refused(TermType type, const Change& change) {
  Matrices x;
  Fill(x, type, {2, 3, 40, 16}, true);
  change(x);
  const auto run = RunTile(x.weights, x.acts, x.m);
  REQUIRE_FALSE(run.ok());
  return run.status();
}

}  // namespace

TEST_CASE("sums of small integers are exact") {
  for (const TermType type : {TermType::kInt6, TermType::kInt4, TermType::kFp4, TermType::kFp3}) {
    for (const Shape& shape : kShapes) {
      Matrices x;
      Fill(x, type, shape, true);
      const auto run = RunTile(x.weights, x.acts, x.m);
      REQUIRE(run.ok());
      for (size_t i = 0; i < run->out.size(); ++i) {
        REQUIRE(run->out[i] == Exact(x, i / shape.n, i % shape.n));
      }
    }
  }
}

TEST_CASE("outputs equal the oracle's for any activations") {
  for (const TermType type : kTermTypes) {
    for (const Shape& shape : kShapes) {
      Matrices x;
      Fill(x, type, shape, false);
      const auto run = RunTile(x.weights, x.acts, x.m);
      REQUIRE(run.ok());
      REQUIRE(run->out.size() == shape.m * shape.n);
      for (size_t i = 0; i < run->out.size(); ++i) {
        REQUIRE(run->out[i] == Expected(x, i / shape.n, i % shape.n));
      }
    }
  }
}

TEST_CASE("cycles of a tile: groups in step, then the last dequantisation and the column") {
  Matrices x;
  Fill(x, TermType::kFp3, kShapes[0], true);
  const auto run = RunTile(x.weights, x.acts, x.m);
  REQUIRE(run.ok());
  CHECK(run->cycles == 2 * 64 + 8 + 8);
  CHECK(run->stalls == 0);
}

TEST_CASE("what does not fit is refused, by name") {
  const auto type = TermType::kFp4;
  const auto has = [](const lutgemm::Status& status, Code code, const char* text) {
    CAPTURE(status.text());
    return status.code() == code && status.text().find(text) != std::string::npos;
  };
  CHECK(has(Refused(type, [](Matrices& x) { x.m = 9; }), Code::kBadShape, "M=9"));
  CHECK(has(Refused(type, [](Matrices& x) { x.weights.n = 0; }), Code::kBadShape, "N=0"));
  CHECK(has(Refused(type, [](Matrices& x) { x.weights.group = 0; }), Code::kBadShape, "group=0"));
  CHECK(has(Refused(type, [](Matrices& x) { x.m = 1; }), Code::kBadShape, "80 activations given"));
  CHECK(has(Refused(type, [](Matrices& x) { x.weights.selectors = {}; }), Code::kBadShape,
            "0 selectors given, 9 needed"));
  CHECK(
      has(Refused(type, [](Matrices& x) { x.codes[7] = 16; }), Code::kBadArgument, "code 16 at 7"));
  CHECK(has(Refused(type, [](Matrices& x) { x.selectors[8] = 4; }), Code::kBadArgument, "at 8"));
  CHECK(has(Refused(type, [](Matrices& x) { x.weights.specials[1] = 11; }), Code::kBadArgument,
            "special value of 11"));
  CHECK(has(Refused(type, [](Matrices& x) { x.acts[5] = 0x7c00; }), Code::kNotFinite, "at 5"));
  CHECK(has(Refused(TermType::kInt8, [](Matrices& x) { x.acts[0] = 0xfe00; }), Code::kNotFinite,
            "at 0"));
}
