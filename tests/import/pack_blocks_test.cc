// Blocks packed strip by strip have the blob that codes and scales in between would have had.
#include "base/buffer.h"
#include "gguf_kit.h"

#include <algorithm>
#include <cstring>

namespace lutgemm::test {
namespace {

std::vector<std::byte> BlobOf(const PackedWeights& packed) {
  return {packed.blob().begin(), packed.blob().end()};
}

void CheckPacks(const GgufBlocks& blocks, Threads* threads = nullptr) {
  const auto matrix = ImportBlocks(blocks.type, blocks.bytes, blocks.n, blocks.k);
  REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
  const Result<PackedWeights> want = Pack(*matrix);
  REQUIRE_MESSAGE(want.ok(), want.status().text());
  const Result<PackedWeights> packed = PackBlocks(blocks, threads);
  REQUIRE_MESSAGE(packed.ok(), packed.status().text());
  CHECK(packed->info().format == want->info().format);
  CHECK(packed->info().zero == want->info().zero);
  CHECK(packed->info().group == want->info().group);
  CHECK(packed->layout() == want->layout());
  CHECK(packed->largest_zero() == want->largest_zero());
  CHECK(BlobOf(*packed) == BlobOf(*want));
  // Memory with anything in it, and some behind it that stays.
  base::Buffer memory = *base::Buffer::Allocate(want->blob().size() + 64);
  std::memset(memory.data(), 0xa5, memory.size());
  const Result<PackedWeights> placed = PackBlocksInto(blocks, memory.span(), threads);
  REQUIRE_MESSAGE(placed.ok(), placed.status().text());
  CHECK(placed->blob().data() == memory.data());
  CHECK(BlobOf(*placed) == BlobOf(*want));
  CHECK(std::ranges::all_of(memory.span().last(64),
                            [](std::byte b) { return b == std::byte{0xa5}; }));
}

// Codes of pairs without a 3, one scale for all where `scale` says which.
std::vector<std::byte> TernaryBlocks(const GgufCase& one, size_t n, size_t k, int scale) {
  std::vector<std::byte> bytes = Blocks(one, n, k, {false, 7});
  for (size_t at = 0; at < bytes.size(); ++at) bytes[at] &= ~(bytes[at] >> 1 & std::byte{0x55});
  for (size_t at = 0; at < bytes.size(); at += one.bytes) {
    SetHalf(bytes, at + one.halves[0],
            static_cast<uint16_t>(scale >= 0 ? scale : 0x2000 + at % 99));
  }
  return bytes;
}

}  // namespace

TEST_CASE("blocks of every type, with and without rows that fill the last strip") {
  const auto threads = MakeThreads(3);
  REQUIRE(threads.ok());
  for (const GgufCase& one : GgufCases()) {
    CAPTURE(static_cast<uint32_t>(one.type));
    for (const size_t n : {1, 32, 64, 70, 131}) {
      CAPTURE(n);
      const std::vector<std::byte> bytes = Blocks(one, n, 768, {true, n});
      CheckPacks({one.type, n, 768, bytes});
    }
    const std::vector<std::byte> bytes = Blocks(one, 700, 2048, {true, 3});
    CheckPacks({one.type, 700, 2048, bytes}, threads->get());
  }
}

TEST_CASE("ternary blocks: one scale, several, a single value of two scales in the last row") {
  const auto threads = MakeThreads(2);
  REQUIRE(threads.ok());
  for (const GgufCase& one : GgufCases()) {
    if (one.type != GgufType::kTq2_0 && one.type != GgufType::kQ2_0) continue;
    const size_t n = 700, k = 2048;
    for (const int scale : {0x2c01, 0, -1}) {
      CAPTURE(scale);
      std::vector<std::byte> bytes = TernaryBlocks(one, n, k, scale);
      const GgufBlocks blocks{one.type, n, k, bytes};
      CheckPacks(blocks, threads->get());
      const WeightInfo info = PackBlocks(blocks)->info();
      CHECK(info.format == WeightFormat::kTernary);
      CHECK((info.group == kWholeTensor) == (scale >= 0));
      bytes[bytes.size() - 5] |= std::byte{3};
      CheckPacks(blocks, threads->get());
      CHECK(PackBlocks(blocks)->info().format == WeightFormat::kInt2);
    }
  }
}

TEST_CASE("what cannot be packed is told as ImportBlocks and PackInto tell it") {
  const auto threads = MakeThreads(2);
  for (const GgufCase& one : GgufCases()) {
    if (one.halves.empty()) continue;
    CAPTURE(static_cast<uint32_t>(one.type));
    const size_t n = 900, k = 1024;
    std::vector<std::byte> bytes = Blocks(one, n, k, {false, 4});
    const size_t row = bytes.size() / n;
    SetHalf(bytes, 650 * row + one.bytes + one.halves[0], 0x7c00);
    SetHalf(bytes, 899 * row + one.halves[0], 0xfe00);
    const GgufBlocks blocks{one.type, n, k, bytes};
    const Status want = ImportBlocks(one.type, bytes, n, k).status();
    CHECK(want.code() == Code::kNotFinite);
    CHECK(PackBlocks(blocks).status().text() == want.text());
    CHECK(PackBlocks(blocks, threads->get()).status().code() == Code::kNotFinite);
  }
  const GgufCase& one = GgufCases()[0];
  const std::vector<std::byte> bytes = Blocks(one, 64, 512, {false, 5});
  const GgufBlocks blocks{one.type, 64, 512, bytes};
  base::Buffer memory = *base::Buffer::Allocate(PackBlocks(blocks)->blob().size() + 64);
  const size_t size = memory.size() - 64;
  const auto code = [&](const GgufBlocks& of, size_t begin, size_t count) {
    return PackBlocksInto(of, memory.span().subspan(begin, count)).status().code();
  };
  CHECK(code(blocks, 0, size) == Code::kOk);
  CHECK(code(blocks, 1, size) == Code::kBadArgument);
  CHECK(code(blocks, 0, size - 1) == Code::kWorkspaceTooSmall);
  CHECK(code({one.type, 64, 511, bytes}, 0, size) == Code::kBadShape);
  CHECK(code({one.type, 65, 512, bytes}, 0, size) == Code::kBadShape);
  CHECK(code({static_cast<GgufType>(1), 64, 512, bytes}, 0, size) == Code::kUnsupportedFormat);
}

}  // namespace lutgemm::test
