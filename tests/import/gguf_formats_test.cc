// What block types of GGUF become: formats, groups, stored bits, tables.
#include "gguf_kit.h"

namespace lutgemm {
namespace {

using test::Blocks;
using test::GgufCase;
using test::GgufCases;

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

}  // namespace
}  // namespace lutgemm
