// Block floating point and MX blocks: bit-exact vectors, every integer of every width, edges.
#include "format/block.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace lutgemm::format {
namespace {

const std::vector<float> kB = {1.0f, -2.5f, 0.3f, 7.0f, 0.0f, -0.06f, 3.49f, -6.99f};

std::vector<int> BfpCodes(unsigned bits, const std::vector<float>& block) {
  const uint8_t exponent = BlockExponent(block);
  std::vector<int> codes;
  for (const float x : block) codes.push_back(BfpCode(bits, exponent, x));
  return codes;
}

std::vector<int> MxCodes(const MiniFloat& element, const std::vector<float>& block) {
  const uint8_t exponent = BlockExponent(block, element.max_exponent());
  std::vector<int> codes;
  for (const float x : block)
    codes.push_back(MiniFloatCode(element, x / double{E8M0Value(exponent)}));
  return codes;
}

TEST_CASE("BFP: one block in every width") {
  CHECK(BlockExponent(kB) == 0x81);
  CHECK(BfpCodes(3, kB) == std::vector{0, -1, 0, 3, 0, 0, 2, -3});
  CHECK(BfpCodes(4, kB) == std::vector{1, -2, 0, 7, 0, 0, 3, -7});
  CHECK(BfpCodes(5, kB) == std::vector{2, -5, 1, 14, 0, 0, 7, -14});
  CHECK(BfpCodes(6, kB) == std::vector{4, -10, 1, 28, 0, 0, 14, -28});
  CHECK(BfpCodes(8, kB) == std::vector{16, -40, 5, 112, 0, -1, 56, -112});
  const double values[] = {1, -2.5, .3125, 7, 0, -.0625, 3.5, -7};
  for (size_t i = 0; i < kB.size(); ++i) {
    CHECK(BfpValue(8, 0x81, BfpCodes(8, kB)[i]) == values[i]);
  }
}

TEST_CASE("BFP: ties go to even, the top of the range is clipped") {
  CHECK(BfpCodes(4, {1, .125f, .375f, .625f, .875f, -.125f, -.375f, 1.9375f}) ==
        std::vector{4, 0, 2, 2, 4, 0, -2, 7});
  CHECK(BfpCodes(4, {2, 1.99f, -2, .5f}) == std::vector{4, 4, -4, 1});
  CHECK(BfpCodes(4, {0, 0, -0.0f, 0}) == std::vector{0, 0, 0, 0});
  CHECK(BlockExponent(std::vector<float>{0, 0, 0, 0}) == 0);
  // An outlier of 40 takes everything up to 4 to zero.
  CHECK(BfpCodes(4, {40, 4, -4, 4.1f}) == std::vector{5, 0, 0, 1});
}

TEST_CASE("BFP: every integer of every width decodes and encodes to itself") {
  for (unsigned bits = kMinBfpBits; bits <= kMaxBfpBits; ++bits) {
    for (int q = -BfpMax(bits); q <= BfpMax(bits); ++q) {
      for (const int exponent : {1, 100, 127, 130, 253}) {
        const auto byte = static_cast<uint8_t>(exponent);
        const double value = BfpValue(bits, byte, q);
        CHECK(value == q * std::ldexp(1.0, exponent - 127 - static_cast<int>(bits) + 2));
        CHECK(BfpCode(bits, byte, static_cast<float>(value)) == q);
      }
    }
    CHECK(BfpValue(bits, 127, -BfpMax(bits) - 1) == -2.0);  // decoded, never encoded
  }
}

TEST_CASE("BFP: quantising what was quantised changes nothing") {
  uint32_t state = 1;
  for (int round = 0; round < 200; ++round) {
    std::vector<float> block(32);
    for (float& x : block) {
      state = state * 1664525u + 1013904223u;
      x = static_cast<float>(static_cast<int32_t>(state)) * std::ldexp(1.0f, -round / 2);
    }
    for (unsigned bits = kMinBfpBits; bits <= kMaxBfpBits; ++bits) {
      const uint8_t exponent = BlockExponent(block);
      std::vector<float> again;
      for (const int q : BfpCodes(bits, block)) {
        again.push_back(static_cast<float>(BfpValue(bits, exponent, q)));
      }
      CHECK(BlockExponent(again) == exponent);
      CHECK(BfpCodes(bits, again) == BfpCodes(bits, block));
    }
  }
}

TEST_CASE("blocks at the ends of the exponent") {
  constexpr float kMax = std::numeric_limits<float>::max();
  CHECK(BlockExponent(std::vector{kMax, 1.0f}) == 254);
  CHECK(BfpCodes(8, {kMax, -kMax, 1}) == std::vector{127, -127, 0});
  CHECK(BlockExponent(std::vector{0x1p-126f}) == 1);
  CHECK(BlockExponent(std::vector{0x1p-140f}) == 0);  // limited: small values flush
  CHECK(BfpCodes(8, {0x1p-127f, 0x1p-133f, 0x1p-140f}) == std::vector{64, 1, 0});
  CHECK(BlockExponent(std::vector{1023.99994f}) == 127 + 9);
}

TEST_CASE("NaN or infinity make a NaN block") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    const std::vector<float> block = {1.0f, bad, 2.0f};
    CHECK(BlockExponent(block) == kE8M0Nan);
    CHECK(BfpCodes(4, block) == std::vector{0, 0, 0});
    CHECK(std::isnan(BfpValue(4, kE8M0Nan, 0)));
  }
}

TEST_CASE("MX: one block in elements of 4 and 8 bits") {
  struct Case {
    MiniFloat element;
    int exponent;
    std::vector<int> codes;
    std::vector<double> values;
  };
  const Case cases[] = {
      {kE2M1, 0x7f, {0x2, 0xc, 0x1, 0x7, 0x0, 0x8, 0x5, 0xf}, {1, -2, .5, 6, 0, -0., 3, -6}},
      {kE4M3,
       0x79,
       {0x68, 0xf2, 0x5a, 0x7e, 0x00, 0xc7, 0x76, 0xfe},
       {1, -2.5, .3125, 7, 0, -.05859375, 3.5, -7}},
      {kE5M2,
       0x72,
       {0x70, 0xf5, 0x69, 0x7b, 0x00, 0xe0, 0x77, 0xfb},
       {1, -2.5, .3125, 7, 0, -.0625, 3.5, -7}}};
  for (const Case& c : cases) {
    CAPTURE(c.element.exponent_bits);
    CAPTURE(c.element.mantissa_bits);
    CHECK(BlockExponent(kB, c.element.max_exponent()) == c.exponent);
    CHECK(MxCodes(c.element, kB) == c.codes);
    for (size_t i = 0; i < kB.size(); ++i) {
      const auto code = static_cast<unsigned>(c.codes[i]);
      const double scale = E8M0Value(static_cast<uint8_t>(c.exponent));
      CHECK(scale * MiniFloatValue(c.element, code) == c.values[i]);
    }
  }
}

}  // namespace
}  // namespace lutgemm::format
