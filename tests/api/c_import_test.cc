// The C interface's import of quantised weights against C++.
#include "api/c_files_kit.h"
#include "import/checkpoint.h"
#include "io/kit.h"

#include <lutgemm/import.hpp>

#include <cstring>

namespace lutgemm {
namespace {

using test::BlobOf;
using test::CheckpointHandle;
using test::MustOpen;
using test::MustSucceed;
using test::PackedHandle;
using test::QuantizedHandle;
using ImporterHandle =
    std::unique_ptr<lutgemm_importer, test::Freer<lutgemm_importer, lutgemm_importer_free>>;

std::vector<std::byte> SomeBlocks() {
  std::vector<std::byte> bytes(36);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(37 * i + 11);
  return bytes;
}

bool Same(const lutgemm_quantized* c, const QuantizedMatrix& matrix) {
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  MustSucceed(lutgemm_quantized_codes(c, &codes));
  return codes.n == matrix.info.n && codes.k == matrix.info.k &&
         std::memcmp(codes.codes, matrix.codes.data(), matrix.codes.size()) == 0 &&
         std::memcmp(codes.scales, matrix.scales.data(), 4 * matrix.scales.size()) == 0;
}

TEST_CASE("C import: blocks") {
  const std::vector<std::byte> bytes = SomeBlocks();
  CHECK(lutgemm_gguf_bytes(LUTGEMM_GGUF_Q4_0, 2, 32) == 36);
  CHECK(lutgemm_gguf_bytes(99, 2, 32) == 0);
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  MustSucceed(lutgemm_gguf_info(LUTGEMM_GGUF_Q4_K, 2, 512, &info));
  CHECK(info.format == LUTGEMM_INT4);
  CHECK(info.super_group == 256);
  CHECK(info.factor == LUTGEMM_F16);
  CHECK(info.layout == LUTGEMM_LAYOUT_DEFAULT);
  CHECK(lutgemm_gguf_info(LUTGEMM_GGUF_Q4_K, 2, 100, &info) == LUTGEMM_BAD_SHAPE);

  lutgemm_blocks blocks = LUTGEMM_BLOCKS_INIT;
  blocks.n = 2, blocks.k = 32;
  blocks.data = bytes.data(), blocks.bytes = bytes.size();
  lutgemm_quantized* quantized = nullptr;
  MustSucceed(lutgemm_import_blocks(&blocks, nullptr, &quantized));
  const QuantizedHandle owner(quantized);
  CHECK(Same(quantized, *ImportBlocks(GgufType::kQ4_0, bytes, 2, 32)));
  size_t count = 9;
  CHECK(lutgemm_quantized_act_order(quantized, &count) == nullptr);
  CHECK(count == 0);

  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack_blocks(&blocks, nullptr, &packed));
  const PackedHandle packed_owner(packed);
  const PackedWeights want = *Pack(*ImportBlocks(GgufType::kQ4_0, bytes, 2, 32));
  CHECK(BlobOf(packed) == BlobOf(want));
  std::vector<std::byte> room(want.blob().size() + 63);
  lutgemm_pack_memory memory = LUTGEMM_PACK_MEMORY_INIT;
  memory.blob = room.data() + (64 - reinterpret_cast<uintptr_t>(room.data()) % 64) % 64;
  memory.bytes = want.blob().size();
  lutgemm_packed* placed = nullptr;
  MustSucceed(lutgemm_pack_blocks_into(&blocks, &memory, &placed));
  const PackedHandle placed_owner(placed);
  CHECK(lutgemm_packed_blob(placed, nullptr) == memory.blob);
  CHECK(BlobOf(placed) == BlobOf(want));
  --memory.bytes;
  CHECK(lutgemm_pack_blocks_into(&blocks, &memory, &placed) == LUTGEMM_WORKSPACE_TOO_SMALL);
  CHECK(placed == nullptr);
  CHECK(lutgemm_pack_blocks_into(&blocks, nullptr, &placed) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_pack_blocks(nullptr, nullptr, &placed) == LUTGEMM_BAD_ARGUMENT);

  blocks.bytes = 35;
  CHECK(lutgemm_pack_blocks(&blocks, nullptr, &placed) == LUTGEMM_BAD_SHAPE);
  CHECK(lutgemm_import_blocks(&blocks, nullptr, &quantized) == LUTGEMM_BAD_SHAPE);
  CHECK(quantized == nullptr);
  blocks.data = nullptr;
  CHECK(lutgemm_import_blocks(&blocks, nullptr, &quantized) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_import_blocks(nullptr, nullptr, &quantized) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_import_blocks(&blocks, nullptr, nullptr) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE("C import: a checkpoint") {
  const test::TempDir dir;
  const std::string path = dir.Put("m.gguf", io_test::MinimalGguf());
  const CheckpointHandle checkpoint = MustOpen(path);
  lutgemm_importer* made = nullptr;
  lutgemm_import_options options = LUTGEMM_IMPORT_OPTIONS_INIT;
  MustSucceed(lutgemm_importer_open(checkpoint.get(), &options, &made));
  const ImporterHandle importer(made);
  REQUIRE(lutgemm_importer_count(made) == 1);

  lutgemm_importable weights = LUTGEMM_IMPORTABLE_INIT;
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  MustSucceed(lutgemm_importer_weights(made, 0, &weights, &info));
  CHECK(std::string(weights.name) == "w");
  CHECK(std::string(weights.type) == "Q4_0");
  CHECK(weights.convention == LUTGEMM_CONVENTION_GGUF);
  CHECK(weights.refusal == nullptr);
  CHECK(weights.bytes == 36);
  REQUIRE(weights.tensor_count == 1);
  CHECK(std::string(weights.tensors[0]) == "w");
  CHECK(info.group == 32);
  CHECK(info.n == 2);
  weights.name = nullptr;
  MustSucceed(lutgemm_importer_find(made, "w", &weights, nullptr));
  CHECK(std::string(weights.name) == "w");
  CHECK(lutgemm_importer_weights(made, 1, &weights, nullptr) == LUTGEMM_NOT_FOUND);
  CHECK(lutgemm_importer_find(made, "x", &weights, nullptr) == LUTGEMM_NOT_FOUND);
  CHECK(lutgemm_importer_find(made, nullptr, &weights, nullptr) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_importer_find(nullptr, "w", &weights, nullptr) == LUTGEMM_BAD_ARGUMENT);

  const auto expected = Import(*TensorFile::Open(path), "w");
  REQUIRE(expected.ok());
  lutgemm_quantized* quantized = nullptr;
  MustSucceed(lutgemm_importer_import(made, "w", nullptr, &quantized));
  CHECK(Same(quantized, *expected));
  lutgemm_quantized_free(quantized);
  MustSucceed(lutgemm_import(checkpoint.get(), "w", &quantized));
  CHECK(Same(quantized, *expected));
  lutgemm_quantized_free(quantized);
  CHECK(lutgemm_importer_import(made, "x", nullptr, &quantized) == LUTGEMM_NOT_FOUND);
  CHECK(lutgemm_import(nullptr, "w", &quantized) == LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_importer_count(nullptr) == 0);
}

TEST_CASE("C import: weights that are refused, and options that are none") {
  const test::TempDir dir;
  io_test::Gguf file;
  file.tensors = {io_test::GgufDeclaration({"w", {128, 2}, 36, 0})};
  file.data = std::string(64 + 32, '\0');
  const CheckpointHandle checkpoint = MustOpen(dir.Put("m.gguf", file.bytes()));
  lutgemm_importer* made = nullptr;
  MustSucceed(lutgemm_importer_open(checkpoint.get(), nullptr, &made));
  lutgemm_importable weights = LUTGEMM_IMPORTABLE_INIT;
  MustSucceed(lutgemm_importer_weights(made, 0, &weights, nullptr));
  REQUIRE(weights.refusal != nullptr);
  CHECK(std::string(weights.refusal).find("i2s_order") != std::string::npos);
  lutgemm_importer_free(made);

  lutgemm_import_options options = LUTGEMM_IMPORT_OPTIONS_INIT;
  options.i2s_order = LUTGEMM_I2S_X86;
  MustSucceed(lutgemm_importer_open(checkpoint.get(), &options, &made));
  MustSucceed(lutgemm_importer_weights(made, 0, &weights, nullptr));
  CHECK(weights.refusal == nullptr);
  lutgemm_importer_free(made);
  for (uint32_t lutgemm_import_options::*field :
       {&lutgemm_import_options::convention, &lutgemm_import_options::i2s_order,
        &lutgemm_import_options::bitnet_scale}) {
    lutgemm_import_options wrong = options;
    wrong.*field = 99;
    CHECK(lutgemm_importer_open(checkpoint.get(), &wrong, &made) == LUTGEMM_BAD_ARGUMENT);
    CHECK(std::string(lutgemm_last_error()).find("99") != std::string::npos);
  }
}

TEST_CASE("C import: names of conventions") {
  uint32_t convention = 99;
  MustSucceed(lutgemm_parse_convention("compressed-tensors", &convention));
  CHECK(convention == LUTGEMM_CONVENTION_COMPRESSED_TENSORS);
  CHECK(std::string(lutgemm_convention_name(LUTGEMM_CONVENTION_GPTQ_V2)) == "gptq-v2");
  CHECK(std::string(lutgemm_convention_name(1000)) == "unknown");
  CHECK(lutgemm_parse_convention("ggml", &convention) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE("C import: an order of channels, and a note") {
  using import_test::Words;
  const test::TempDir dir;
  import_test::Checkpoint file;
  std::vector<uint32_t> g_idx;
  for (uint32_t k = 0; k < 16; ++k) g_idx.push_back(k % 2);
  file.Add("p.qweight", "I32", {2, 8}, Words(std::vector<uint32_t>(16, 0x76543210)));
  file.Add("p.qzeros", "I32", {2, 1}, Words({0x77777777, 0x77777777}));
  file.Add("p.scales", "F32", {2, 8}, import_test::Floats(std::vector<float>(16, 1)));
  file.Add("p.g_idx", "I32", {16}, Words(g_idx));
  const CheckpointHandle gptq = MustOpen(dir.Put("gptq.safetensors", file.Bytes()));
  lutgemm_importer* importer = nullptr;
  MustSucceed(lutgemm_importer_open(gptq.get(), nullptr, &importer));
  const ImporterHandle owner(importer);
  lutgemm_quantized* quantized = nullptr;
  MustSucceed(lutgemm_importer_import(importer, "p.weight", nullptr, &quantized));
  const QuantizedHandle weights(quantized);
  size_t count = 0;
  const uint32_t* order = lutgemm_quantized_act_order(quantized, &count);
  REQUIRE(count == 16);
  for (uint32_t k = 0; k < 16; ++k) CHECK(order[k] == 2 * (k % 8) + k / 8);
  lutgemm_importable listed = LUTGEMM_IMPORTABLE_INIT;
  MustSucceed(lutgemm_importer_find(importer, "p.weight", &listed, nullptr));
  CHECK(listed.convention == LUTGEMM_CONVENTION_GPTQ);
  CHECK(listed.note == nullptr);

  import_test::Checkpoint floats;
  floats.Add("p.weight_packed", "U8", {1, 8}, "abcdefgh")
      .Add("p.weight_scale", "F8_E4M3", {1, 1}, "a");
  floats.Add("p.weight_global_scale", "F32", {1}, import_test::Floats({3}));
  const CheckpointHandle nvfp4 = MustOpen(dir.Put("nvfp4.safetensors", floats.Bytes()));
  lutgemm_importer* other = nullptr;
  MustSucceed(lutgemm_importer_open(nvfp4.get(), nullptr, &other));
  const ImporterHandle other_owner(other);
  MustSucceed(lutgemm_importer_weights(other, 0, &listed, nullptr));
  REQUIRE(listed.note != nullptr);
  CHECK(std::string(listed.note).find("weight_global_scale") != std::string::npos);
}

}  // namespace
}  // namespace lutgemm
