// ImportBlocks against a scalar decoder of the tests' own, and what it refuses.
#include "gguf_kit.h"

#include <limits>

namespace lutgemm {
namespace {

using test::Blocks;
using test::GgufCase;
using test::GgufCases;

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
