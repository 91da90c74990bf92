// Damaged checkpoints of every convention: each gives a clean error, or weights that the library
// takes.
#include "checkpoint.h"
#include "fuzz/mutator.h"

#include "format/codebook.h"
#include "io/safetensors.h"

namespace lutgemm {
namespace {

using fuzz::Mutator;
using import_test::Checkpoint;
using import_test::Floats;
using import_test::Longs;
using import_test::Words;

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

Checkpoint Gptq() {
  Checkpoint file;
  std::vector<uint32_t> g_idx(16);
  for (size_t k = 0; k < 16; ++k) g_idx[k] = k % 2;
  file.Add("p.qweight", "I32", {2, 8}, Words(std::vector<uint32_t>(16, 0x76543210)));
  file.Add("p.qzeros", "I32", {2, 1}, Words({0x12345678, 0x9abcdef0}));
  file.Add("p.scales", "F32", {2, 8}, Floats(std::vector<float>(16, 0.5f)));
  return file.Add("p.g_idx", "I32", {16}, Words(g_idx));
}

TEST_CASE("mutation: gptq") { Damage(Gptq(), {Convention::kGptq}); }

TEST_CASE("mutation: gptq of another version, awq, as the shapes say") {
  Checkpoint file;
  file.Add("p.qweight", "I32", {8, 1}, Words(std::vector<uint32_t>(8, 0x76543210)));
  file.Add("p.qzeros", "I32", {2, 1}, Words({0x12345678, 0x9abcdef0}));
  file.Add("p.scales", "F32", {2, 8}, Floats(std::vector<float>(16, 0.5f)));
  Damage(file);
}

TEST_CASE("mutation: bitnet") {
  Checkpoint file;
  file.Add("p.weight", "U8", {2, 3}, "\x18\x86\x61\x18\x24\x42");
  Damage(file.Add("p.weight_scale", "F32", {1}, Floats({0.5f})),
         {Convention::kBitnet, {}, BitnetScale::kMultiply});
}

TEST_CASE("mutation: compressed-tensors, integers") {
  Checkpoint file;
  file.Add("p.weight_packed", "I32", {2, 6}, Words(std::vector<uint32_t>(12, 0x76543210)));
  file.Add("p.weight_scale", "F32", {2, 2}, Floats({1, 2, 3, 4}));
  file.Add("p.weight_shape", "I64", {2}, Longs({2, 48}));
  std::vector<uint32_t> g_idx(48);
  for (size_t k = 0; k < 48; ++k) g_idx[k] = k % 2;
  file.Add("p.weight_g_idx", "I32", {48}, Words(g_idx));
  Damage(file.Add("p.weight_zero_point", "I32", {1, 2}, Words({0x12345678, 0x01234567})));
}

TEST_CASE("mutation: compressed-tensors, bytes") {
  Checkpoint file;
  file.Add("p.weight", "I8", {3, 4}, "abcdefghijkl");
  Damage(file.Add("p.weight_scale", "F32", {3}, Floats({1, 2, 3})));
}

TEST_CASE("mutation: compressed-tensors, floats") {
  Checkpoint file;
  file.Add("p.weight_packed", "U8", {2, 16}, std::string(32, 'a'));
  file.Add("p.weight_scale", "F8_E4M3", {2, 2}, "abcd");
  Damage(file.Add("p.weight_global_scale", "F32", {1}, Floats({3})));
}

TEST_CASE("mutation: mxfp4") {
  Checkpoint file;
  file.Add("w_blocks", "U8", {2, 1, 2, 16}, std::string(64, 'a'));
  Damage(file.Add("w_scales", "U8", {2, 1, 2}, "abcd"));
}

TEST_CASE("mutation: bitsandbytes") {
  const std::string state =
      R"({"blocksize":4,"shape":[2,8],"nested_blocksize":3,"nested_offset":0.5})";
  Checkpoint file;
  file.Add("w", "U8", {8, 1}, "abcdefgh").Add("w.absmax", "U8", {4}, "abcd");
  file.Add("w.quant_map", "F32", {16}, Floats({std::begin(format::kNf4), std::end(format::kNf4)}));
  file.Add("w.nested_absmax", "F32", {2}, Floats({1, 2}));
  file.Add("w.nested_quant_map", "F32", {256}, Floats(std::vector<float>(256, 0.5f)));
  Damage(file.Add("w.quant_state.bitsandbytes__nf4", "U8", {state.size()}, state));
}

// The config is as hostile as the file.
TEST_CASE("mutation: configs") {
  const std::string config = R"({"quantization_config":{"quant_method":"gptq","bits":4,)"
                             R"("group_size":8,"checkpoint_format":"gptq_v2","sym":false}})";
  const test::TempDir folder;
  const std::string bytes = Gptq().Bytes();
  fuzz::ForMutants({config}, Mutator(kSeed, Mutator::Kind::kBinary, Pieces()), kInputs,
                   [&](std::span<const std::byte> text) {
                     folder.Put("config.json", io_test::Text(text));
                     return Reads(folder, bytes, {});
                   });
}

}  // namespace
}  // namespace lutgemm
