// Tens of thousands of damaged files per reader: each gives a clean error or a file whose bytes can
// all be read. Inputs lie in memory of exact size, so that an over-read is seen by a sanitizer.
#include "io/gguf.h"
#include "io/shard_index.h"
#include "mutator.h"
#include "packed_kit.h"

namespace lutgemm::io {
namespace {

using io_test::Aligned;
using io_test::Mutator;

constexpr int kInputs = 20000;
constexpr uint64_t kSeed = 20240607;
constexpr std::string_view kName = "mutant";

struct Tally {
  int ok = 0;
  int refused = 0;

  void Count(const Status& status) {
    if (status.ok()) {
      ++ok;
      return;
    }
    ++refused;
    CHECK((status.code() == Code::kCorruptFile || status.code() == Code::kUnsupportedFormat));
    CHECK(status.text().starts_with(std::string(kName) + ": "));
    CHECK(status.text().size() < 600);
  }
};

// Calls `read` with every mutant; it answers the reader's Status.
template <class Read>
void ForMutants(const std::vector<std::string>& originals, Mutator::Kind kind, const Read& read) {
  CAPTURE(kSeed);
  Mutator mutator(kSeed, kind);
  Tally tally;
  for (int i = 0; i < kInputs; ++i) {
    CAPTURE(i);
    const Aligned file(mutator.Mutate(originals[static_cast<size_t>(i) % originals.size()]));
    tally.Count(read(file.span()));
  }
  CAPTURE(tally.ok);
  CAPTURE(tally.refused);
  CHECK(tally.ok > kInputs / 1000);
  CHECK(tally.refused > kInputs / 4);
}

// Keeps the reading of all bytes from being optimised away.
volatile uint64_t sink;

TEST_CASE("mutation: safetensors") {
  const std::string many = "{\"__metadata__\":{\"format\":\"pt\"}," +
                           io_test::Entry("layers.0.w", "BF16", "[3,4]", "[0,24]") + "," +
                           io_test::Entry("scalar", "F32", "[]", "[24,28]") + "," +
                           io_test::Entry("empty", "I64", "[0,7]", "[28,28]") + "," +
                           io_test::Entry("b", "F8_E4M3", "[4]", "[28,32]") + "}";
  const std::vector<std::string> originals = {io_test::MinimalSafetensors(),
                                              io_test::Safetensors(many, std::string(32, 'd'))};
  ForMutants(originals, Mutator::Kind::kSafetensors, [](std::span<const std::byte> file) {
    const auto parsed = ParseSafetensors(file, kName);
    if (parsed.ok()) sink = io_test::Touch(parsed->tensors);
    return parsed.status();
  });
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
  ForMutants(originals, Mutator::Kind::kBinary, [](std::span<const std::byte> file) {
    const auto parsed = ParseGguf(file, kName);
    if (parsed.ok()) sink = io_test::Touch(parsed->tensors);
    return parsed.status();
  });
}

TEST_CASE("mutation: packed files") {
  const std::vector<std::string> originals = {io_test::SmallPacked()};
  bool verify = false;
  ForMutants(originals, Mutator::Kind::kSafetensors, [&](std::span<const std::byte> file) {
    verify = !verify;
    const auto parsed = io_test::ParsePackedBytes(file, kName, verify);
    if (!parsed.ok()) return parsed.status();
    sink = io_test::Touch(parsed->file.tensors);
    for (const PackedTensor& tensor : parsed->tensors) {
      const auto weights = PackedWeights::FromBlob(
          tensor.desc.info, tensor.desc.layout, tensor.desc.layout_version, tensor.blob, nullptr);
      REQUIRE_MESSAGE(weights.ok(), weights.status().text());
      const auto matrix = Unpack(*weights);  // codes that do not exist are found here
      CHECK((matrix.ok() || (!verify && matrix.status().code() == Code::kCorruptFile)));
    }
    return Status();
  });
}

TEST_CASE("mutation: shard indices") {
  const std::vector<std::string> originals = {
      R"({"metadata":{"total_size":123},"weight_map":{"a.w":"m-1.safetensors","b":"m-2.safetensors"}})"};
  ForMutants(originals, Mutator::Kind::kBinary, [](std::span<const std::byte> file) {
    const auto index = ParseShardIndex(file, kName);
    return index.ok() ? Status() : index.status();
  });
}

}  // namespace
}  // namespace lutgemm::io
