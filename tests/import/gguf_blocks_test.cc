// ImportBlocks against reference vectors and a scalar decoder of the tests' own.
#include "gguf_kit.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lutgemm {
namespace {

using test::Blocks;
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

// What the reference reader computes in f32 is the exact value rounded once.
TEST_CASE("gguf blocks: every weight of random blocks, before and after packing") {
  for (const GgufCase& one : GgufCases()) {
    const size_t n = 35, k = 2 * one.elements;
    CAPTURE(one.name);
    for (const bool wild : {false, true}) {
      const std::vector<std::byte> bytes = Blocks(one, n, k, {wild, 7});
      const auto matrix = ImportBlocks(one.type, bytes, n, k);
      REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
      const Status valid = Validate(*matrix);
      REQUIRE_MESSAGE(valid.ok(), valid.text());
      test::CheckValues(one, bytes, *matrix);
      test::CheckPacked(*matrix);
    }
  }
}

TEST_CASE("gguf blocks: every f16 scale") {
  const GgufCase& one = GgufCases()[0];
  std::vector<std::byte> bytes = Blocks(one, 1 << 11, 32 * 32, {false, 3});
  for (size_t b = 0; b < size_t{1} << 16; ++b) {
    const bool finite = (b & 0x7c00) != 0x7c00;
    test::SetHalf(bytes, b * one.bytes, finite ? static_cast<uint16_t>(b) : uint16_t{0});
  }
  const auto matrix = ImportBlocks(one.type, bytes, 1 << 11, 32 * 32);
  REQUIRE(matrix.ok());
  CHECK(Validate(*matrix).ok());
  test::CheckValues(one, bytes, *matrix);
}

TEST_CASE("gguf blocks: what types become") {
  const auto info = [](GgufType type) { return *GgufInfo(type, 1, 256); };
  CHECK(info(GgufType::kQ4_0).format == WeightFormat::kInt4);
  CHECK(info(GgufType::kQ4_0).zero == ZeroKind::kNone);
  CHECK(info(GgufType::kQ4_1).zero == ZeroKind::kFloat);
  CHECK(info(GgufType::kQ8_0).format == WeightFormat::kInt8);
  CHECK(info(GgufType::kQ2_K).group == 16);
  CHECK(info(GgufType::kQ4_K).super_group == 256);
  CHECK(info(GgufType::kQ4_K).factor == Elem::kF16);
  CHECK(info(GgufType::kQ6_K).scale == Elem::kI8);
  CHECK(info(GgufType::kIq4_Xs).format == WeightFormat::kCodebook);
  CHECK(info(GgufType::kTq2_0).format == WeightFormat::kTernary);
  CHECK(info(GgufType::kQ1_0).format == WeightFormat::kInt1);
  for (const GgufCase& one : GgufCases()) {
    CAPTURE(one.name);
    CHECK(GgufBytes(one.type, 3, 2 * one.elements) == 6 * one.bytes);
    CHECK(GgufBytes(one.type, 3, one.elements + 1) == 0);
    const auto matrix = ImportBlocks(one.type, Blocks(one, 2, 256, {false, 1}), 2, 256);
    REQUIRE(matrix.ok());
    WeightInfo expected = *GgufInfo(one.type, 2, 256);
    if (expected.format == WeightFormat::kTernary) continue;
    CHECK(matrix->info.format == expected.format);
    CHECK(matrix->info.zero == expected.zero);
    CHECK(matrix->info.scale == expected.scale);
    CHECK(matrix->info.group == expected.group);
    CHECK(matrix->info.super_group == expected.super_group);
  }
}

TEST_CASE("gguf blocks: stored bits are at most a tenth more than the file's, 4.7 for Q4_K") {
  for (const GgufCase& one : GgufCases()) {
    CAPTURE(one.name);
    const size_t n = 64, k = 4096;
    const auto matrix = ImportBlocks(one.type, Blocks(one, n, k, {false, 1}), n, k);
    REQUIRE(matrix.ok());
    const auto packed = Pack(*matrix);
    REQUIRE(packed.ok());
    const double there = 8.0 * static_cast<double>(one.bytes) / static_cast<double>(one.elements);
    // Offsets of Q2_K, zeros and trits in planes take more; see docs/files.md.
    const bool more = one.type == GgufType::kQ2_K || one.type == GgufType::kTq1_0;
    CHECK(packed->bits_per_weight() < (more ? 1.25 : 1.1) * there);
    if (one.type == GgufType::kQ4_K) CHECK(packed->bits_per_weight() <= 4.7);
  }
}

TEST_CASE("gguf blocks: the table of IQ4 is what MakeCodebook makes of its values") {
  const float values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                            1,    13,   25,  38,  53,  69,  89,  113};
  const auto book = MakeCodebook(values);
  REQUIRE(book.ok());
  CHECK(book->unit == 1);
  for (const size_t at : {size_t{10}, size_t{11}}) {
    const GgufCase& one = GgufCases()[at];
    const auto matrix = ImportBlocks(one.type, Blocks(one, 1, 256, {false, 1}), 1, 256);
    REQUIRE(matrix.ok());
    CHECK(matrix->book == *book);
  }
}

TEST_CASE("gguf blocks: pairs without a 3 are ternary, and one scale is the tensor's") {
  for (const GgufCase& one : GgufCases()) {
    if (one.type != GgufType::kTq2_0 && one.type != GgufType::kQ2_0) continue;
    CAPTURE(one.name);
    const size_t n = 3, k = 512;
    std::vector<std::byte> bytes = Blocks(one, n, k, {false, 9});
    for (std::byte& byte : bytes) byte &= std::byte{0xaa};  // pairs 0 and 2
    const auto set_scales = [&](uint16_t last) {
      for (size_t at = one.halves[0]; at < bytes.size(); at += one.bytes) {
        test::SetHalf(bytes, at, 0x3400);
      }
      test::SetHalf(bytes, bytes.size() - one.bytes + one.halves[0], last);
    };
    set_scales(0x3400);
    const auto uniform = ImportBlocks(one.type, bytes, n, k);
    REQUIRE(uniform.ok());
    CHECK(uniform->info.format == WeightFormat::kTernary);
    CHECK(uniform->info.group == kWholeTensor);
    CHECK(uniform->scales == std::vector<float>{0.25f});
    test::CheckValues(one, bytes, *uniform);
    test::CheckPacked(*uniform);

    set_scales(0x3800);
    const auto other = ImportBlocks(one.type, bytes, n, k);
    REQUIRE(other.ok());
    CHECK(other->info.format == WeightFormat::kTernary);
    CHECK(other->info.group == one.elements);
    test::CheckValues(one, bytes, *other);

    bytes[one.halves[0] == 0 ? 2 : 0] |= std::byte{3};
    const auto two_bits = ImportBlocks(one.type, bytes, n, k);
    REQUIRE(two_bits.ok());
    CHECK(two_bits->info.format == WeightFormat::kInt2);
    CHECK(two_bits->info.zero == ZeroKind::kInteger);
    test::CheckValues(one, bytes, *two_bits);
    test::CheckPacked(*two_bits);
  }
}

TEST_CASE("gguf blocks: threads change nothing") {
  auto threads = MakeThreads(4);
  REQUIRE(threads.ok());
  for (const GgufCase& one : GgufCases()) {
    CAPTURE(one.name);
    const size_t n = 200, k = 1024;
    const std::vector<std::byte> bytes = Blocks(one, n, k, {false, 5});
    const auto alone = ImportBlocks(one.type, bytes, n, k);
    const auto shared = ImportBlocks(one.type, bytes, n, k, threads->get());
    REQUIRE(alone.ok());
    REQUIRE(shared.ok());
    test::CheckSame(*alone, *shared);
  }
}

TEST_CASE("gguf blocks: scales that are NaN or infinite are refused, with block and row") {
  auto threads = MakeThreads(3);
  REQUIRE(threads.ok());
  for (const GgufCase& one : GgufCases()) {
    CAPTURE(one.name);
    const size_t n = 300, k = 1024, blocks = k / one.elements;
    const auto refused = [&](size_t at, std::byte low, std::byte high) {
      std::vector<std::byte> bytes = Blocks(one, n, k, {false, 5});
      for (const size_t block : {7 * blocks + 1, 290 * blocks}) {
        bytes[block * one.bytes + at] = low;
        if (!one.halves.empty()) bytes[block * one.bytes + at + 1] = high;
      }
      for (Threads* on : {static_cast<Threads*>(nullptr), threads->get()}) {
        const auto matrix = ImportBlocks(one.type, bytes, n, k, on);
        REQUIRE_FALSE(matrix.ok());
        CHECK(matrix.status().code() == Code::kNotFinite);
        CHECK(matrix.status().text().find("block 1 of row 7 ") != std::string::npos);
      }
    };
    for (const size_t at : one.halves) {
      refused(at, std::byte{0}, std::byte{0x7c});
      refused(at, std::byte{0}, std::byte{0xfc});
      refused(at, std::byte{1}, std::byte{0x7e});
    }
    if (one.type == GgufType::kMxfp4) refused(0, std::byte{0xff}, {});
    for (size_t at = 0; at < 4 && one.type == GgufType::kNvfp4; ++at) {
      refused(at, std::byte{0xff}, {});
    }
  }
}

TEST_CASE("gguf blocks: shapes and types that cannot be") {
  const std::vector<std::byte> bytes(18 * 8);
  const auto code = [&](GgufType type, size_t n, size_t k, size_t size) {
    const auto matrix = ImportBlocks(type, std::span(bytes).first(size), n, k);
    CHECK_FALSE(matrix.ok());
    return matrix.status().code();
  };
  CHECK(ImportBlocks(GgufType::kQ4_0, bytes, 4, 64).ok());
  CHECK(code(GgufType::kQ4_0, 4, 64, 18 * 7) == Code::kBadShape);
  CHECK(code(GgufType::kQ4_0, 3, 64, 18 * 8) == Code::kBadShape);
  CHECK(code(GgufType::kQ4_0, 4, 48, 18 * 6) == Code::kBadShape);
  CHECK(code(GgufType::kQ4_K, 1, 128, 72) == Code::kBadShape);
  CHECK(code(GgufType::kQ4_0, 0, 64, 0) == Code::kBadShape);
  CHECK(code(GgufType::kQ4_0, 4, 0, 0) == Code::kBadShape);
  CHECK(code(GgufType::kQ4_0, std::numeric_limits<size_t>::max(), 64, 18) == Code::kBadShape);
  CHECK(code(GgufType::kQ4_0, 1, size_t{1} << 40, 18) == Code::kBadShape);
  for (const uint32_t type : {0u, 1u, 9u, 15u, 16u, 29u, 36u, 43u, 1000u}) {
    CAPTURE(type);
    const auto unknown = static_cast<GgufType>(type);
    CHECK(code(unknown, 4, 64, 18 * 8) == Code::kUnsupportedFormat);
    CHECK(GgufInfo(unknown, 4, 64).status().code() == Code::kUnsupportedFormat);
    CHECK(GgufBytes(unknown, 4, 64) == 0);
  }
  CHECK(GgufBytes(GgufType::kQ4_0, std::numeric_limits<size_t>::max() / 4, 64) == 0);
  CHECK(GgufInfo(GgufType::kQ4_0, 1, 31).status().code() == Code::kBadShape);
}

}  // namespace
}  // namespace lutgemm
