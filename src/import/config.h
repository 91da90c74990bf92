// What a checkpoint's config says about its quantisation.
#ifndef LUTGEMM_IMPORT_CONFIG_H_
#define LUTGEMM_IMPORT_CONFIG_H_

#include <lutgemm/io.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::importing {

// In CheckpointConfig::groups: a number that is no length of a group.
inline constexpr uint64_t kNoGroup = ~uint64_t{0};

// Words of the config, in lower case where they choose something; empty where it has none. Numbers
// of all groups of weights together, where there are several.
struct CheckpointConfig {
  std::string path;          // of the file that says it; empty where none does
  std::string method;        // quant_method: "gptq", "awq", "bitnet", "compressed-tensors", ...
  std::string format;        // checkpoint_format of GPTQ, format of compressed-tensors
  std::string version;       // of AWQ: "gemm"
  std::string linear_class;  // of BitNet: "bitlinear", "autobitlinear"
  std::string quantization_mode;  // of BitNet: "offline", "online"
  std::vector<uint64_t> bits;     // bits, num_bits; without repetition
  std::vector<uint64_t> groups;   // group_size; 0 for a whole row, which files write as -1
  std::vector<std::string> kept;  // modules_to_not_convert: parts of names
  std::optional<bool> symmetric;  // sym, symmetric; nothing where groups of weights differ
  bool marlin = false;            // is_marlin_format

  bool HasMethod() const noexcept { return !method.empty(); }
};

// Reads the quantisation of config.json, quantize_config.json, hf_quant_config.json or
// quant_config.json beside the files of a safetensors checkpoint: of the first that has one. A
// config without one, or none at all, gives empty words. Fails with kCorruptFile for what is not a
// JSON object, and with what opening the file fails with.
Result<CheckpointConfig> ReadConfig(const TensorFile& file);

// The same from the text of a config named `path`.
Result<CheckpointConfig> ParseConfig(std::string_view text, std::string_view path);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_CONFIG_H_
