// MXFP4, NVFP4, NF4, BFP and codebooks of the caller's through Quantize: published vectors, error
// tables, edges, and what is refused.
#include "format/block.h"
#include "format/facts.h"
#include "kit.h"
#include "quant/groups.h"
#include "support/distributions.h"
#include "support/gen/formats.h"
#include "support/nmse.h"
#include "support/random.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::Nmse;
using test::Random;

Tensor2D TensorOf(const std::vector<float>& values, size_t cols) {
  return test::View(values, values.size() / cols);
}

QuantizedMatrix MustQuantize(const std::vector<float>& values, size_t cols, const QuantSpec& spec) {
  return test::MustQuantize(TensorOf(values, cols), spec);
}

// The block of eight of the BFP and MX vectors, padded with zeros.
std::vector<float> Block(size_t length) {
  std::vector<float> block = {1.0f, -2.5f, 0.3f, 7.0f, 0.0f, -0.06f, 3.49f, -6.99f};
  block.resize(length);
  return block;
}

TEST_CASE("MXFP4: the vector, saturation of 7 to 6 included") {
  const auto matrix = MustQuantize(Block(32), 32, DefaultSpec(WeightFormat::kMxfp4));
  CHECK(matrix.scales == std::vector{1.0f});
  const std::vector<uint8_t> codes = {0x2, 0xc, 0x1, 0x7, 0x0, 0x8, 0x5, 0xf};
  for (size_t i = 0; i < 32; ++i) CHECK(matrix.codes[i] == (i < 8 ? codes[i] : 0));
  const double values[] = {1, -2, .5, 6, 0, 0, 3, -6};
  for (size_t i = 0; i < 8; ++i) CHECK(matrix.Value(0, i) == values[i]);
}

TEST_CASE("MXFP4: a search keeps 7 by the next power of two where that is better") {
  QuantSpec spec = DefaultSpec(WeightFormat::kMxfp4);
  std::vector<float> block(32, 7.9f);
  CHECK(MustQuantize(block, 32, spec).Value(0, 0) == 6);
  spec.scale_search = true;
  CHECK(MustQuantize(block, 32, spec).Value(0, 0) == 8);
}

TEST_CASE("NVFP4: the vector, for two tensor maxima") {
  std::vector<float> block(16);
  for (size_t i = 0; i < 16; ++i) block[i] = 0.1f * (static_cast<float>(i) - 7.5f);
  const std::vector<uint8_t> codes = {0xf, 0xf, 0xe, 0xe, 0xd, 0xc, 0xa, 0x9,
                                      0x1, 0x2, 0x4, 0x5, 0x6, 0x6, 0x7, 0x7};
  const auto alone = MustQuantize(block, 16, DefaultSpec(WeightFormat::kNvfp4));
  CHECK(alone.factors[0] == doctest::Approx(2.7901785714e-4).epsilon(1e-9));
  CHECK(alone.scales[0] == 448);
  CHECK(alone.codes == codes);
  std::vector<float> two = block;
  two.resize(32);
  two[16] = 3;
  const auto beside = MustQuantize(two, 16, DefaultSpec(WeightFormat::kNvfp4));
  CHECK(beside.factors[0] == doctest::Approx(1.1160714286e-3).epsilon(1e-9));
  CHECK(beside.scales[0] == 112);
  CHECK(std::vector<uint8_t>(beside.codes.begin(), beside.codes.begin() + 16) == codes);
  CHECK(beside.Value(0, 0) == doctest::Approx(-0.75).epsilon(1e-6));
  CHECK(beside.Value(0, 9) == doctest::Approx(0.125).epsilon(1e-6));
}

TEST_CASE("BFP: the vector in every width, codes offset by half of them") {
  const std::vector<int> q[] = {{0, -1, 0, 3, 0, 0, 2, -3},
                                {1, -2, 0, 7, 0, 0, 3, -7},
                                {2, -5, 1, 14, 0, 0, 7, -14},
                                {4, -10, 1, 28, 0, 0, 14, -28}};
  for (unsigned bits = 3; bits <= 6; ++bits) {
    const auto format =
        static_cast<WeightFormat>(static_cast<unsigned>(WeightFormat::kBfp3) + bits - 3);
    QuantSpec spec = DefaultSpec(format);
    spec.group = 16;
    const auto matrix = MustQuantize(Block(16), 16, spec);
    CHECK(matrix.scales == std::vector{4.0f});  // E = 2
    for (size_t i = 0; i < 8; ++i) {
      CHECK(matrix.Integer(0, i) == q[bits - 3][i]);
      CHECK(matrix.Value(0, i) == q[bits - 3][i] * std::ldexp(4.0, 2 - static_cast<int>(bits)));
    }
  }
}

TEST_CASE("BFP equals its scalar definition in every width and block, tails included") {
  Random random(3);
  const std::vector<float> weights = random.Normals(3 * 150);
  for (unsigned bits = format::kMinBfpBits; bits <= format::kMaxBfpBits; ++bits) {
    for (const uint32_t block : {16u, 32u, 64u, 128u}) {
      QuantSpec spec = DefaultSpec(
          static_cast<WeightFormat>(static_cast<unsigned>(WeightFormat::kBfp3) + bits - 3));
      spec.group = block;
      const auto matrix = MustQuantize(weights, 150, spec);
      for (size_t row = 0; row < 3; ++row) {
        for (size_t k = 0; k < 150; k += block) {
          const std::span<const float> part(&weights[row * 150 + k],
                                            std::min<size_t>(block, 150 - k));
          const uint8_t exponent = format::BlockExponent(part);
          for (size_t i = 0; i < part.size(); ++i) {
            const int q = format::BfpCode(bits, exponent, part[i]);
            CHECK(matrix.Value(row, k + i) == format::BfpValue(bits, exponent, q));
          }
        }
      }
    }
  }
}

TEST_CASE("NF4: scales are the largest magnitudes, rounding costs under 1 % of the error") {
  const std::vector<float> weights = test::SplitMixGaussian(65536);
  QuantSpec spec = DefaultSpec(WeightFormat::kNf4);
  spec.scale = Elem::kF32;
  const auto matrix = MustQuantize(weights, 1024, spec);
  // The same with the exact values, as the definition has them.
  double error = 0, power = 0;
  for (size_t i = 0; i < weights.size(); i += 64) {
    float largest = 0;
    for (size_t j = i; j < i + 64; ++j) largest = std::max(largest, std::fabs(weights[j]));
    CHECK(matrix.scales[i / 64] * 112 * matrix.book.unit == doctest::Approx(largest));
    for (size_t j = i; j < i + 64; ++j) {
      double least = HUGE_VAL;
      for (const float v : format::kNf4) {
        least = std::min(least, std::fabs(double(v) * largest - weights[j]));
      }
      error += least * least;
      power += double(weights[j]) * weights[j];
    }
  }
  CHECK(Nmse(matrix, weights) == doctest::Approx(error / power).epsilon(0.01));
}

TEST_CASE("a codebook of the caller's: codes in its order, nearest value, ties to the lower") {
  const Codebook book = *MakeCodebook(std::vector<float>{4, -4, 0, 1, -1});
  QuantSpec spec = DefaultSpec(WeightFormat::kCodebook);
  spec.group = 8;
  const std::vector<float> weights = {4, -4, 0.4f, 0.5f, -0.5f, -0.6f, 2.5f, 2.6f};
  const auto matrix = Quantize(TensorOf(weights, 8), spec, book);
  REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
  CHECK(matrix->scales == std::vector{1.0f});
  CHECK(matrix->codes == std::vector<uint8_t>{0, 1, 2, 2, 4, 4, 3, 0});
  CHECK(Validate(*matrix).ok());
}

TEST_CASE("what a search finds is never worse") {
  Random random(11);
  const std::vector<float> weights = random.Normals(4096);
  for (const WeightFormat format : test::kAllFormats) {
    const bool linear = format::FactsOf(format).integers == format::Integers::kLinear;
    if (linear || format == WeightFormat::kCodebook) continue;
    CAPTURE(std::string(Name(format)));
    QuantSpec spec = DefaultSpec(format);
    if (spec.scale == Elem::kU8) spec.scale = Elem::kF32;
    const double plain = Nmse(MustQuantize(weights, 256, spec), weights);
    spec.scale_search = true;
    CHECK(Nmse(MustQuantize(weights, 256, spec), weights) <= plain);
  }
}

TEST_CASE("threads do not change the result") {
  Random random(12);
  const std::vector<float> weights = random.Normals(300 * 700);
  const auto threads = MakeThreads(2);
  REQUIRE(threads.ok());
  for (const WeightFormat format :
       {WeightFormat::kBitmod3, WeightFormat::kNvfp4, WeightFormat::kBfp5}) {
    const QuantSpec spec = DefaultSpec(format);
    const auto one = MustQuantize(weights, 700, spec);
    const auto two = Quantize(TensorOf(weights, 700), spec, threads->get());
    REQUIRE(two.ok());
    CHECK(one.codes == two->codes);
    CHECK(one.scales == two->scales);
    CHECK(one.factors == two->factors);
    CHECK(one.selectors == two->selectors);
  }
}

TEST_CASE("weights of every size: zeros, the smallest and the largest floats") {
  for (const WeightFormat format : test::kAllFormats) {
    const bool linear = format::FactsOf(format).integers == format::Integers::kLinear;
    if (linear || format == WeightFormat::kCodebook) continue;
    CAPTURE(std::string(Name(format)));
    QuantSpec spec = DefaultSpec(format);
    if (spec.scale == Elem::kF16) spec.scale = Elem::kF32;
    for (const float size : {0.0f, 1e-40f, 1e-30f, 1.0f, 1e30f, 3e38f}) {
      CAPTURE(size);
      std::vector<float> weights(128, size);
      weights[5] = -size;
      if (size == 1e-40f && spec.scale == Elem::kE8m0) {  // held_test.cc: powers of two end there
        const Code code = Quantize(TensorOf(weights, 128), spec).status().code();
        CHECK((code == Code::kOk || code == Code::kOverflow));
        continue;
      }
      const auto matrix = MustQuantize(weights, 128, spec);
      for (size_t i = 0; i < 128; ++i) CHECK(std::isfinite(matrix.Value(0, i)));
      // From 1e-30 on every format represents a block of equal weights to within its rounding.
      if (size >= 1e-30f) CHECK(Nmse(matrix, weights) < 0.1);
    }
  }
}

TEST_CASE("what is refused: groups, scales, zero points, codebooks, weights") {
  const std::vector<float> weights(256, 1.0f);
  const auto code = [&](const QuantSpec& spec) {
    return Quantize(TensorOf(weights, 128), spec).status().code();
  };
  const auto with = [](WeightFormat format, auto change) {
    QuantSpec spec = DefaultSpec(format);
    change(spec);
    return spec;
  };
  CHECK(code(with(WeightFormat::kMxfp4, [](QuantSpec& s) { s.group = 64; })) == Code::kBadArgument);
  CHECK(code(with(WeightFormat::kMxfp4, [](QuantSpec& s) { s.scale = Elem::kF16; })) ==
        Code::kBadArgument);
  CHECK(code(with(WeightFormat::kNvfp4, [](QuantSpec& s) { s.group = 32; })) == Code::kBadArgument);
  CHECK(code(with(WeightFormat::kBfp4, [](QuantSpec& s) { s.group = 48; })) == Code::kBadArgument);
  CHECK(code(with(WeightFormat::kBitmod4, [](QuantSpec& s) { s.group = kWholeTensor; })) ==
        Code::kBadArgument);
  CHECK(code(with(WeightFormat::kBitmod4, [](QuantSpec& s) { s.zero = ZeroKind::kInteger; })) ==
        Code::kUnsupportedFormat);
  CHECK(code(with(WeightFormat::kInt4, [](QuantSpec& s) { s.scale = Elem::kE8m0; })) ==
        Code::kBadArgument);
  CHECK(code(with(WeightFormat::kBitmod3, [](QuantSpec& s) { s.group = 10; })) ==
        Code::kBadArgument);
  CHECK(code(DefaultSpec(WeightFormat::kCodebook)) == Code::kBadArgument);
  CHECK(code(DefaultSpec(WeightFormat::kBitmod4)) == Code::kOk);

  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(MakeCodebook(std::vector<float>{1}).status().code() == Code::kBadArgument);
  CHECK(MakeCodebook(std::vector<float>(17, 1.0f)).status().code() == Code::kBadArgument);
  CHECK(MakeCodebook(std::vector<float>{0, 0, 0}).status().code() == Code::kBadArgument);
  CHECK(MakeCodebook(std::vector<float>{0, nan}).status().code() == Code::kNotFinite);
  const Codebook book = *MakeCodebook(std::vector<float>{-1, 1});
  CHECK(Quantize(TensorOf(weights, 128), DefaultSpec(WeightFormat::kNf4), book).status().code() ==
        Code::kBadArgument);
  Codebook broken = book;
  broken.values[0][2] = 1;  // past its two codes
  CHECK(Quantize(TensorOf(weights, 128), DefaultSpec(WeightFormat::kCodebook), broken)
            .status()
            .code() == Code::kBadArgument);

  std::vector<float> bad = weights;
  bad[3] = nan;
  CHECK(Quantize(TensorOf(bad, 128), DefaultSpec(WeightFormat::kBitmod4)).status().code() ==
        Code::kNotFinite);
  const std::vector<float> large(128, 3e38f);
  const QuantSpec half = with(WeightFormat::kNf4, [](QuantSpec& s) { s.scale = Elem::kF16; });
  CHECK(Quantize(TensorOf(large, 128), half).status().code() == Code::kOverflow);
}

TEST_CASE("Validate: sizes, codes, selectors, tables and factors of matrices filled in by hand") {
  const std::vector<float> weights = test::SplitMixGaussian(512);
  const auto good = MustQuantize(weights, 256, DefaultSpec(WeightFormat::kBitmod3));
  const auto code = [&](auto change) {
    QuantizedMatrix matrix = good;
    change(matrix);
    return Validate(matrix).code();
  };
  CHECK(code([](QuantizedMatrix&) {}) == Code::kOk);
  CHECK(code([](QuantizedMatrix& m) { m.codes[7] = 8; }) == Code::kBadArgument);
  CHECK(code([](QuantizedMatrix& m) { m.selectors[1] = 4; }) == Code::kBadArgument);
  CHECK(code([](QuantizedMatrix& m) { m.selectors.clear(); }) == Code::kBadShape);
  CHECK(code([](QuantizedMatrix& m) { m.factors.pop_back(); }) == Code::kBadShape);
  CHECK(code([](QuantizedMatrix& m) { m.factors[0] = HUGE_VALF; }) == Code::kNotFinite);
  CHECK(code([](QuantizedMatrix& m) { m.scales[0] = 2.5f; }) == Code::kBadArgument);
  CHECK(code([](QuantizedMatrix& m) { m.book.values[0][1] = 7; }) == Code::kBadArgument);
  CHECK(code([](QuantizedMatrix& m) { m.info.zero = ZeroKind::kInteger; }) ==
        Code::kUnsupportedFormat);
}

}  // namespace
}  // namespace lutgemm
