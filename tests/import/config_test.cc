#include "import/config.h"

#include "checkpoint.h"

namespace lutgemm::importing {
namespace {

CheckpointConfig Parsed(std::string_view text, std::string_view path = "m/config.json") {
  Result<CheckpointConfig> config = ParseConfig(text, path);
  REQUIRE_MESSAGE(config.ok(), config.status().text());
  return *config;
}

TEST_CASE("config: of a model, GPTQ") {
  const CheckpointConfig config = Parsed(
      R"({"bits": 99, "model_type": "llama", "quantization_config": {"bits": 4, "group_size": 128,)"
      R"( "checkpoint_format": "GPTQ_v2", "desc_act": true, "sym": false, "quant_method": "gptq"}})");
  CHECK(config.method == "gptq");
  CHECK(config.path == "m/config.json");
  CHECK(config.format == "gptq_v2");
  CHECK(config.bits == std::vector<uint64_t>{4});
  CHECK(config.groups == std::vector<uint64_t>{128});
  CHECK(config.symmetric == false);
  CHECK_FALSE(config.marlin);
}

TEST_CASE("config: groups of weights, of a part of a model") {
  const CheckpointConfig config = Parsed(R"({"text_config": {"quantization_config": {
      "quant_method": "compressed-tensors", "format": "pack-quantized", "ignore": ["lm_head"],
      "config_groups": {
        "group_0": {"weights": {"num_bits": 4, "group_size": 64, "strategy": "group"},
                    "input_activations": {"num_bits": 7, "group_size": 5}},
        "group_1": {"weights": {"num_bits": 8, "group_size": -1}, "format": "other"}}}}})");
  CHECK(config.method == "compressed-tensors");
  CHECK(config.format == "pack-quantized");
  CHECK(config.bits == std::vector<uint64_t>{4, 8});
  CHECK(config.groups == std::vector<uint64_t>{64, 0});
}

TEST_CASE("config: BitNet's words and modules") {
  const CheckpointConfig config = Parsed(R"({"quantization_config": {"quant_method": "bitnet",
      "linear_class": "autobitlinear", "quantization_mode": "online",
      "modules_to_not_convert": ["lm_head", "gate"]}})");
  CHECK(config.linear_class == "autobitlinear");
  CHECK(config.quantization_mode == "online");
  CHECK(config.kept == std::vector<std::string>{"lm_head", "gate"});
}

TEST_CASE("config: files of their own, without a method") {
  const CheckpointConfig gptq = Parsed(R"({"bits": 3, "group_size": -1, "is_marlin_format": true})",
                                       "m/quantize_config.json");
  CHECK(gptq.method == "gptq");
  CHECK(gptq.marlin);
  CHECK(gptq.groups == std::vector<uint64_t>{0});
  const CheckpointConfig awq =
      Parsed(R"({"w_bit": 4, "q_group_size": 32, "version": "GEMM"})", "m/quant_config.json");
  CHECK(awq.method == "awq");
  CHECK(awq.version == "gemm");
  CHECK(awq.bits == std::vector<uint64_t>{4});
  const CheckpointConfig modelopt =
      Parsed(R"({"producer": {"version": "1"}, "quantization": {"quant_algo": "NVFP4"}})",
             "m/hf_quant_config.json");
  CHECK(modelopt.method == "modelopt");
  CHECK(modelopt.format == "nvfp4");
}

TEST_CASE("config: nothing about quantisation") {
  CHECK_FALSE(
      Parsed(R"({"quant_method": "gptq", "bits": 4, "quantization_config": null})").HasMethod());
  CHECK(Parsed("{}").path == "");
}

TEST_CASE("config: what is none") {
  for (const std::string_view text : {"", "[]", "3", "{", "{\"a\":}", "\"gptq\""}) {
    CAPTURE(text);
    const auto config = ParseConfig(text, "m/config.json");
    REQUIRE_FALSE(config.ok());
    CHECK(config.status().code() == Code::kCorruptFile);
    CHECK(config.status().text().starts_with("m/config.json: "));
  }
}

TEST_CASE("config: the first file that has one") {
  const test::TempDir folder;
  const std::string path = folder.Put("model.safetensors", io_test::MinimalSafetensors());
  const auto read = [&] {
    const auto file = TensorFile::Open(path);
    REQUIRE(file.ok());
    return ReadConfig(*file);
  };
  CHECK_FALSE(read()->HasMethod());
  folder.Put("quantize_config.json", R"({"bits": 2})");
  CHECK(read()->method == "gptq");
  folder.Put("config.json", R"({"model_type": "llama"})");
  CHECK(read()->path == folder / "quantize_config.json");
  folder.Put("config.json", R"({"quantization_config": {"quant_method": "awq"}})");
  CHECK(read()->method == "awq");
  folder.Put("config.json", "no JSON");
  REQUIRE_FALSE(read().ok());
  CHECK(read().status().code() == Code::kCorruptFile);
}

}  // namespace
}  // namespace lutgemm::importing
