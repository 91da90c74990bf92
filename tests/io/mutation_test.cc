// Tens of thousands of damaged files per reader: each gives a clean error or a file whose bytes can
// all be read. Inputs lie in memory of exact size, so that an over-read is seen by a sanitizer.
#include "fuzz/mutator.h"
#include "fuzz/readers.h"
#include "packed_kit.h"

namespace lutgemm::io {
namespace {

using fuzz::Mutator;

constexpr int kInputs = 20000;
constexpr uint64_t kSeed = 20240607;

// `read` answers the reader's Status.
template <class Read>
void ForMutants(const std::vector<std::string>& originals, Mutator::Kind kind, const Read& read) {
  CAPTURE(kSeed);
  fuzz::ForMutants(originals, Mutator(kSeed, kind), kInputs,
                   [&](fuzz::Bytes file) { return read(file).ok(); });
}

TEST_CASE("mutation: safetensors") {
  const std::string many = "{\"__metadata__\":{\"format\":\"pt\"}," +
                           io_test::Entry("layers.0.w", "BF16", "[3,4]", "[0,24]") + "," +
                           io_test::Entry("scalar", "F32", "[]", "[24,28]") + "," +
                           io_test::Entry("empty", "I64", "[0,7]", "[28,28]") + "," +
                           io_test::Entry("b", "F8_E4M3", "[4]", "[28,32]") + "}";
  const std::vector<std::string> originals = {io_test::MinimalSafetensors(),
                                              io_test::Safetensors(many, std::string(32, 'd'))};
  ForMutants(originals, Mutator::Kind::kSafetensors, fuzz::ReadSafetensors);
}

TEST_CASE("mutation: gguf") {
  io_test::Gguf many;
  many.keys = {io_test::GgufKey("general.name", 8, io_test::GgufString("tiny")),
               io_test::GgufKey("x.list", 9,
                                io_test::Little(8, 4) + io_test::Little(2, 8) +
                                    io_test::GgufString("ab") + io_test::GgufString("c")),
               io_test::GgufKey("x.f", 6, io_test::Little(0x3f800000, 4))};
  many.tensors = {io_test::GgufDeclaration({"a", {3, 5}, 0, 0}),
                  io_test::GgufDeclaration({"b", {64}, 8, 64})};
  many.data = std::string(64 + 68, 'd');
  const std::vector<std::string> originals = {io_test::MinimalGguf(), many.bytes()};
  ForMutants(originals, Mutator::Kind::kBinary, fuzz::ReadGguf);
}

TEST_CASE("mutation: packed files") {
  const std::vector<std::string> originals = {io_test::SmallPacked(), io_test::OldPacked()};
  int turn = 0;
  ForMutants(originals, Mutator::Kind::kSafetensors, [&](std::span<const std::byte> file) {
    const int now = turn++ / 2;  // both originals in every way
    if (now % 4 == 3) return fuzz::ReadPacked(file, true);
    // With a checksum that fits, damage of the header gets past it.
    std::string sealed = io_test::Text(file);
    SealHeader(sealed);
    return fuzz::ReadPacked(io_test::Aligned(sealed).span(), now % 4 == 0);
  });
}

TEST_CASE("mutation: shard indices") {
  const std::vector<std::string> originals = {
      R"({"metadata":{"total_size":123},)"
      R"("weight_map":{"a.w":"m-1.safetensors","b":"m-2.safetensors"}})"};
  ForMutants(originals, Mutator::Kind::kBinary, fuzz::ReadShardIndex);
}

}  // namespace
}  // namespace lutgemm::io
