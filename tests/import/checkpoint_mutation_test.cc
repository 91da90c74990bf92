// Damaged checkpoints of every convention: each gives a clean error, or weights that the library
// takes.
#include "conventions.h"
#include "fuzz/mutator.h"

#include "io/safetensors.h"

namespace lutgemm {
namespace {

using fuzz::Mutator;
using namespace import_test;

constexpr int kInputs = 2500;  // of each of eight
constexpr uint64_t kSeed = 20261201;

std::vector<std::string> Pieces() {
  std::vector<std::string> pieces = fuzz::JsonPieces();
  for (const char* more : {"\"I32\"", "\"U8\"", "\"I8\"", "\"F16\"", "[1]", "[0,1]", "_scale",
                           "weight", "qweight", "4294967296", "65535"}) {
    pieces.emplace_back(more);
  }
  return pieces;
}

// Opens, lists and imports all that there is. What the container's reader refuses is not written to
// a file, which would take most of the time; tests/io/mutation_test.cc is about it.
bool Reads(const test::TempDir& folder, std::string_view bytes, const ImportOptions& options) {
  if (!io::ParseSafetensors(io_test::Aligned(bytes).span(), "mutant").ok()) return false;
  const auto file = TensorFile::Open(folder.Put("model.safetensors", bytes));
  if (!file.ok()) return false;
  const auto importer = Importer::Open(*file, options);
  if (!importer.ok()) return false;
  bool all = !importer->weights().empty();
  for (const ImportableWeights& one : importer->weights()) {
    const auto imported = importer->Import(one.name);
    all = all && imported.ok();
    if (imported.ok()) {
      const Status valid = Validate(imported->matrix);
      REQUIRE_MESSAGE(valid.ok(), valid.text());
    } else {
      REQUIRE(!imported.status().text().empty());
    }
  }
  return all;
}

void Damage(const Checkpoint& original, ImportOptions options = {}) {
  CAPTURE(kSeed);
  const test::TempDir folder;
  REQUIRE(Reads(folder, original.Bytes(), options));
  fuzz::ForMutants(
      {original.Bytes()}, Mutator(kSeed, Mutator::Kind::kSafetensors, Pieces()), kInputs,
      [&](std::span<const std::byte> file) { return Reads(folder, io_test::Text(file), options); });
}

TEST_CASE("mutation: gptq") { Damage(SmallGptq(), {Convention::kGptq}); }
TEST_CASE("mutation: gptq of another version, awq, as the shapes say") { Damage(SmallAwq()); }
TEST_CASE("mutation: bitnet") {
  Damage(SmallBitnet(), {Convention::kBitnet, {}, BitnetScale::kMultiply});
}
TEST_CASE("mutation: compressed-tensors, integers") { Damage(SmallPackedInts()); }
TEST_CASE("mutation: compressed-tensors, bytes") { Damage(SmallInt8()); }
TEST_CASE("mutation: compressed-tensors, floats") { Damage(SmallNvfp4()); }
TEST_CASE("mutation: mxfp4") { Damage(SmallMxfp4()); }
TEST_CASE("mutation: bitsandbytes") { Damage(SmallBitsandbytes()); }

// The config is as hostile as the file.
TEST_CASE("mutation: configs") {
  const std::string config = R"({"quantization_config":{"quant_method":"gptq","bits":4,)"
                             R"("group_size":8,"checkpoint_format":"gptq_v2","sym":false}})";
  const test::TempDir folder;
  const std::string bytes = import_test::SmallGptq().Bytes();
  fuzz::ForMutants({config}, Mutator(kSeed, Mutator::Kind::kBinary, Pieces()), kInputs,
                   [&](std::span<const std::byte> text) {
                     folder.Put("config.json", io_test::Text(text));
                     return Reads(folder, bytes, {});
                   });
}

}  // namespace
}  // namespace lutgemm
