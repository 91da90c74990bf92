// ImportBlocks of one patterned block of each type against values of the reference reader.
#include "gguf_kit.h"

#include <algorithm>

namespace lutgemm {
namespace {

using test::GgufCase;
using test::GgufCases;

struct Vector {
  std::string_view name;
  double first[8];
  double at31, last, sum, weighted;
};

// Sums and single values that the pattern of PatternBlock has, as ggml 0.27.0 decodes it.
constexpr Vector kVectors[] = {
    {"Q4_0", {-.75, .5, 1.75, -1, .25, 1.5, -1.25, 0}, 0, 0, -5.25, -129.5},
    {"Q4_1",
     {3.8125, 1.0625, 2.3125, 3.5625, .8125, 2.0625, 3.3125, .5625},
     3.0625,
     3.0625,
     63.25,
     1028.75},
    {"Q5_0", {2.25, -.5, .75, -2, 3.25, -3.5, 1.75, -1}, .25, .25, 3.75, 28},
    {"Q5_1",
     {4.8125, 6.0625, 7.3125, 4.5625, 5.8125, 3.0625, .3125, 5.5625},
     1.3125,
     1.3125,
     128.25,
     2008.25},
    {"Q8_0", {21.25, 30.5, -24.25, -15, -5.75, 3.5, 12.75, 22}, -12, -12, -44, -2020},
    {"Q2_K", {8.25, 0, 2.75, 5.5, 8.25, 0, 2.75, 5.5}, -.1875, 1.3125, 619.75, 75243},
    {"Q3_K", {20.25, -27, 6.75, -13.5, 20.25, -27, 6.75, -13.5}, 16, 10.5, 239.5, 44286.25},
    {"Q4_K",
     {82.0625, -3.1875, 35.5625, 74.3125, 113.0625, 27.8125, 66.5625, 105.3125},
     43.3125,
     14.3125,
     14138,
     1952674},
    {"Q5_K",
     {206.0625, -3.1875, 159.5625, 74.3125, 237.0625, 27.8125, 190.5625, 105.3125},
     43.3125,
     29.3125,
     29582,
     4066326},
    {"Q6_K", {-357.75, 424, 145.75, -132.5, -410.75, 371, 92.75, -185.5}, -24, -15, 1153, 196105},
    {"IQ4_NL", {-8.75, 6.25, 28.25, -12.25, 3.25, 22.25, -16.25, .25}, .25, .25, -64.25, -1729.75},
    {"TQ1_0", {-.25, -.25, -.25, 0, 0, .25, .25, -.25}, 0, -.25, -.5, -32.75},
    {"TQ2_0", {.5, -.25, 0, .25, .5, -.25, 0, .25}, .25, -.25, 32.25, 4311.25},
    {"MXFP4", {0, 6, -2, -12, 4, -1, -8, 3}, 6, 6, 25, 638},
    {"NVFP4", {-6, 2, -.5, -4, 1.5, 0, -3, 1}, -4, 224, 2459.5, 96367.25},
    {"Q1_0", {.25, -.25, .25, -.25, .25, -.25, .25, -.25}, .25, .25, 0, -133},
    {"Q2_0", {0, 0, 0, 0, .25, .25, .5, 0}, 0, .25, 7.5, 203.25}};

// Byte o is (37 o + 11) mod 256, scales are 0.25, offsets and their factors 0.0625.
std::vector<std::byte> PatternBlock(const GgufCase& one) {
  std::vector<std::byte> block(one.bytes);
  for (size_t o = 0; o < block.size(); ++o) block[o] = static_cast<std::byte>(37 * o + 11);
  for (size_t i = 0; i < one.halves.size(); ++i) {
    test::SetHalf(block, one.halves[i], i == 0 ? 0x3400 : 0x2c00);
  }
  if (one.type == GgufType::kMxfp4) block[0] = std::byte{0x80};
  if (one.type == GgufType::kNvfp4) {
    block[0] = std::byte{0x38}, block[1] = std::byte{0x40};
    block[2] = std::byte{0x30}, block[3] = std::byte{0x7e};
  }
  return block;
}

TEST_CASE("gguf blocks: reference vectors") {
  for (const Vector& vector : kVectors) {
    CAPTURE(vector.name);
    const auto one = std::ranges::find(GgufCases(), vector.name, &GgufCase::name);
    REQUIRE(one != GgufCases().end());
    const std::vector<std::byte> block = PatternBlock(*one);
    const auto matrix = ImportBlocks(one->type, block, 1, one->elements);
    REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
    double sum = 0, weighted = 0;
    for (size_t i = 0; i < one->elements; ++i) {
      const double value = matrix->Value(0, i);
      sum += value;
      weighted += static_cast<double>(i + 1) * value;
      if (i < 8) CHECK(value == vector.first[i]);
    }
    CHECK(matrix->Value(0, 31) == vector.at31);
    CHECK(matrix->Value(0, one->elements - 1) == vector.last);
    CHECK(sum == vector.sum);
    CHECK(weighted == vector.weighted);
  }
}

}  // namespace
}  // namespace lutgemm
