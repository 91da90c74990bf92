// BitMoD (HPCA 2025): groups of eight checked code by code. The figures are those of an independent
// float64 implementation.
#include "bitmod_kit.h"
#include "support/nmse.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::FloatSpec;
using test::FormatOf;
using test::MustQuantize;
using test::Nmse;
using test::View;

struct Vector {
  const char* name;
  std::vector<float> weights;
  unsigned bits;
  unsigned type;
  double scale;
  std::vector<double> q;
  std::vector<uint8_t> codes;
  std::vector<double> mse;  // ER+, ER-, EA+, EA-
};

const std::vector<float> kA = {.71875f, -.46875f, .21875f, -1, .53125f, .09375f, -.34375f, .96875f};
const std::vector<float> kB = {1.5f,    -.1875f,  .46875f, -.90625f,
                               .28125f, -.53125f, .0625f,  .84375f};
const std::vector<float> kC = {-1.5f,   .21875f,  .53125f, -.0625f,
                               .96875f, -.46875f, .28125f, -.78125f};
const std::vector<float> kD = {1.5f, -.46875f, 1.28125f, -1, .28125f, 1.21875f, -.15625f, .53125f};
const std::vector<float> kE = {2, -.78125f, 1.46875f, -1.5f, .53125f, .25f, -.140625f, .96875f};

const Vector kVectors[] = {
    {"A 3 bits",
     kA,
     3,
     0,
     .25,
     {3, -2, 1, -4, 2, 0, -1, 4},
     {0b100, 0b110, 0b001, 0b111, 0b010, 0b000, 0b101, 0b011},
     {.00280761719, .00866699219, .0199517144, .0173475477}},
    {"A 4 bits",
     kA,
     4,
     0,
     1.0 / 6,
     {4, -3, 1.5, -6, 3, .5, -2, 6},
     {0b0110, 0b1101, 0b0011, 0b1111, 0b0101, 0b0001, 0b1100, 0b0111},
     {.000854492188, .000854492188, .00866699219, .00671386719}},
    {"B 3 bits",
     kB,
     3,
     2,
     .25,
     {6, -1, 2, -4, 1, -2, 0, 4},
     {0b100, 0b101, 0b010, 0b111, 0b001, 0b110, 0b000, 0b011},
     {.0142822266, .0142822266, .00549316406, .0367431641}},
    {"B 4 bits",
     kB,
     4,
     0,
     .25,
     {6, -1, 2, -4, 1, -2, 0, 3},
     {0b0111, 0b1010, 0b0100, 0b1110, 0b0010, 0b1100, 0b0000, 0b0101},
     {.00354003906, .00354003906, .00549316406, .0230712891}},
    {"C 3 bits",
     kC,
     3,
     3,
     .25,
     {-6, 1, 2, 0, 4, -2, 1, -4},
     {0b100, 0b001, 0b010, 0b000, 0b011, 0b110, 0b001, 0b111},
     {.0119628906, .0148925781, .0383300781, .00708007812}},
    {"C 4 bits",
     kC,
     4,
     0,
     .25,
     {-6, 1, 2, -.5, 4, -2, 1, -3},
     {0b1111, 0b0010, 0b0100, 0b1001, 0b0110, 0b1100, 0b0010, 0b1101},
     {.00122070312, .00122070312, .0222167969, .00463867188}},
    {"D 3 bits",
     kD,
     3,
     2,
     .25,
     {6, -2, 6, -4, 1, 4, -1, 2},
     {0b100, 0b110, 0b100, 0b111, 0b001, 0b011, 0b101, 0b010},
     {.0202636719, .0261230469, .0134277344, .0485839844}},
    {"D 4 bits",
     kD,
     4,
     0,
     .25,
     {6, -2, 5, -4, 1, 5, -.5, 2},
     {0b0111, 0b1100, 0b1000, 0b1110, 0b0010, 0b1000, 0b1001, 0b0100},
     {.000732421875, .0124511719, .00744628906, .0250244141}},
    {"E 4 bits",
     kE,
     4,
     2,
     .25,
     {8, -3, 6, -6, 2, 1, -.5, 4},
     {0b1000, 0b1101, 0b0111, 0b1111, 0b0100, 0b0010, 0b1001, 0b0110},
     {.00860256619, .00860256619, .000518798828, .0317687988}},
};

TEST_CASE("BitMoD vectors: type, scale, values and codes of groups of eight") {
  for (const Vector& v : kVectors) {
    CAPTURE(v.name);
    const QuantizedMatrix matrix = MustQuantize(View(v.weights, 1), FloatSpec(FormatOf(v.bits), 8));
    CHECK(unsigned{matrix.selectors[0]} == v.type);
    CHECK(matrix.scales[0] == static_cast<float>(v.scale));
    CHECK(matrix.codes == v.codes);
    for (size_t i = 0; i < 8; ++i) {
      CHECK(matrix.Value(0, i) == static_cast<double>(matrix.scales[0]) * v.q[i]);
    }
  }
}

TEST_CASE("BitMoD vectors: the error of each special value") {
  for (const Vector& v : kVectors) {
    CAPTURE(v.name);
    const QuantSpec spec = FloatSpec(FormatOf(v.bits), 8);
    const quant::Rounder rounder(spec, FixedCodebook(spec.format));
    float largest = 0;
    for (const float w : v.weights) largest = std::max(largest, std::fabs(w));
    const double most[2][4] = {{4, 4, 6, 6}, {6, 6, 8, 8}};
    for (uint8_t type = 0; type < 4; ++type) {
      const double mse =
          rounder.SquaredError({v.weights}, {largest / most[v.bits - 3][type], type, 0}) / 8;
      CHECK(mse == doctest::Approx(v.mse[type]).epsilon(1e-9));
    }
  }
}

TEST_CASE("BitMoD: negated weights select the mirrored special value") {
  std::vector<float> negated = kE;
  for (float& w : negated) w = -w;
  const QuantizedMatrix matrix =
      MustQuantize(View(negated, 1), FloatSpec(WeightFormat::kBitmod4, 8));
  CHECK(matrix.selectors[0] == 3);
  CHECK(matrix.codes ==
        std::vector<uint8_t>{0b1000, 0b0101, 0b1111, 0b0111, 0b1100, 0b1010, 0b0001, 0b1110});
}

TEST_CASE("BitMoD: exact midpoints go to the lower value") {
  const quant::Levels levels = quant::MakeLevels(FixedCodebook(WeightFormat::kBitmod3), 0);
  const double ties[][2] = {{1.5, 1}, {-1.5, -2}, {.5, 0}, {-.5, -1}, {3, 3}, {-3, -4}, {2.5, 2}};
  for (const auto& [x, value] : ties) CHECK(levels.values[levels.Nearest(x)] == value);
  CHECK(levels.values[levels.Nearest(-100)] == -4);
  CHECK(levels.values[levels.Nearest(100)] == 4);
}

TEST_CASE("BitMoD: groups of zeros, and of weights so small that a search in f16 would fail") {
  for (const WeightFormat format : {WeightFormat::kBitmod3, WeightFormat::kBitmod4}) {
    for (const Elem scale : {Elem::kF32, Elem::kU8}) {
      QuantSpec spec = FloatSpec(format, 8);
      spec.scale = scale;
      std::vector<float> weights(16);
      std::copy(kA.begin(), kA.end(), weights.begin() + 8);
      for (float& w : weights) w *= 1e-12f;
      const QuantizedMatrix matrix = MustQuantize(View(weights, 1), spec);
      for (size_t i = 0; i < 8; ++i) CHECK(matrix.Value(0, i) == 0);
      CHECK(matrix.scales[0] == 0);
      CHECK(Nmse(matrix, weights) < 0.02);
      const std::vector<float> nothing(16);
      const QuantizedMatrix zeros = MustQuantize(View(nothing, 1), spec);
      for (size_t i = 0; i < 16; ++i) CHECK(zeros.Value(0, i) == 0);
    }
  }
}

}  // namespace
}  // namespace lutgemm
