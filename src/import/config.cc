#include "import/config.h"

#include "io/errors.h"
#include "io/json.h"
#include "io/mapped_file.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

namespace lutgemm::importing {
namespace {

using io::JsonScalar;

constexpr std::string_view kFiles[] = {"config.json", "quantize_config.json",
                                       "hf_quant_config.json", "quant_config.json"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return lower;
}

void AddOnce(std::vector<uint64_t>& numbers, uint64_t number) {
  if (std::ranges::find(numbers, number) == numbers.end()) numbers.push_back(number);
}

// A word of the config and where it goes. The first file that has it under any of its names wins.
struct Word {
  std::string_view key;
  std::string CheckpointConfig::*word;
};
constexpr Word kWords[] = {{"quant_method", &CheckpointConfig::method},
                           {"quant_algo", &CheckpointConfig::format},  // ModelOpt
                           {"checkpoint_format", &CheckpointConfig::format},
                           {"format", &CheckpointConfig::format},
                           {"version", &CheckpointConfig::version},
                           {"linear_class", &CheckpointConfig::linear_class},
                           {"quantization_mode", &CheckpointConfig::quantization_mode}};

// Keys of the config's numbers; the names after the first are those of early AWQ.
constexpr std::string_view kBits[] = {"bits", "num_bits", "w_bit"};
constexpr std::string_view kGroups[] = {"group_size", "q_group_size"};

// Takes what stands in the object of the quantisation: in a model's config under one of some keys,
// in a file of its own at the top.
class ConfigVisitor : public io::JsonVisitor {
 public:
  ConfigVisitor(std::string_view path, bool own_file) : path_(path), own_file_(own_file) {}

  Status Open(Path path, bool is_object) override {
    if (path.empty() && !is_object) return NotAnObject();
    return {};
  }
  Status Scalar(Path path, const JsonScalar& value) override {
    if (path.empty()) return NotAnObject();
    const Path inner = Inner(path);
    if (!inner.empty()) Take(inner, value);
    return {};
  }
  Status Close(Path) override { return {}; }

  CheckpointConfig& config() { return config_; }

 private:
  Status NotAnObject() const { return io::Corrupt(path_, "not a JSON object; no config"); }

  // The path below the quantisation; empty for what lies elsewhere.
  Path Inner(Path path) const {
    const auto named = [](const std::string& key) {
      return key == "quantization_config" || key == "compression_config" || key == "quantization";
    };
    if (named(path[0])) return path.subspan(1);
    if (path[0] == "text_config" && path.size() > 2 && named(path[1])) return path.subspan(2);
    return own_file_ ? path : Path();
  }

  void Take(Path path, const JsonScalar& value) {
    const std::string& key =
        path.back().empty() && path.size() > 1 ? path[path.size() - 2] : path.back();
    if (value.kind == JsonScalar::Kind::kString) return TakeText(path, key, value.text);
    // Quantised activations have bits and groups of their own.
    const bool of_weights = path.size() == 1 || path[path.size() - 2] == "weights";
    if (value.kind == JsonScalar::Kind::kBool) {
      if (key == "sym" || (key == "symmetric" && of_weights)) SetSymmetric(value.number != 0);
      if (key == "is_marlin_format") config_.marlin = value.number != 0;
    } else if (of_weights && std::ranges::find(kBits, key) != std::end(kBits)) {
      if (value.kind == JsonScalar::Kind::kUnsigned) AddOnce(config_.bits, value.number);
    } else if (of_weights && std::ranges::find(kGroups, key) != std::end(kGroups)) {
      TakeGroup(value);
    }
  }

  // -1 stands for a whole row; 0 and other numbers below it are no length of a group.
  void TakeGroup(const JsonScalar& value) {
    if (value.kind == JsonScalar::Kind::kUnsigned && value.number != 0) {
      AddOnce(config_.groups, value.number);
    } else if (value.text == "-1") {
      AddOnce(config_.groups, 0);
    } else if (value.kind != JsonScalar::Kind::kNull) {
      AddOnce(config_.groups, kNoGroup);
    }
  }

  // Groups of weights that differ say nothing about any of them.
  void SetSymmetric(bool symmetric) {
    if (symmetric_known_ && config_.symmetric != symmetric) {
      config_.symmetric.reset();
    } else if (!symmetric_known_) {
      config_.symmetric = symmetric;
    }
    symmetric_known_ = true;
  }

  void TakeText(Path path, const std::string& key, std::string_view text) {
    if (key == "modules_to_not_convert") config_.kept.emplace_back(text);
    if (path.size() != 1) return;  // groups of weights have formats of their own: tensors tell
    for (const Word& word : kWords) {
      if (word.key == key && (config_.*word.word).empty()) config_.*word.word = Lower(text);
    }
  }

  std::string_view path_;
  bool own_file_;
  CheckpointConfig config_;
  bool symmetric_known_ = false;
};

bool IsOwnFile(std::string_view path) {
  return !path.ends_with("/config.json") && path != kFiles[0];
}

// What files without a method are of, by the keys that only one tool writes.
void NameMethod(CheckpointConfig& config, std::string_view path) {
  if (config.HasMethod()) return;
  if (path.ends_with("hf_quant_config.json") && !config.format.empty()) config.method = "modelopt";
  if (path.ends_with("quantize_config.json") && !config.bits.empty()) config.method = "gptq";
  if (path.ends_with("/quant_config.json") && !config.version.empty()) config.method = "awq";
}

}  // namespace

Result<CheckpointConfig> ParseConfig(std::string_view text, std::string_view path) {
  ConfigVisitor visitor(path, IsOwnFile(path));
  if (Status status = io::VisitJson(text, path, visitor); !status.ok()) return status;
  CheckpointConfig config = std::move(visitor.config());
  NameMethod(config, path);
  if (config.HasMethod()) config.path = path;
  return config;
}

Result<CheckpointConfig> ReadConfig(const TensorFile& file) {
  if (file.container() != "safetensors" || file.paths().empty()) return CheckpointConfig();
  const std::filesystem::path folder = std::filesystem::path(file.paths()[0]).parent_path();
  for (const std::string_view name : kFiles) {
    const std::string path = (folder / name).string();
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) continue;
    const auto mapped = io::MappedFile::Open(path);
    if (!mapped.ok()) return mapped.status();
    const std::span<const std::byte> bytes = (*mapped)->bytes();
    Result<CheckpointConfig> config =
        ParseConfig({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
    if (!config.ok() || config->HasMethod()) return config;
  }
  return CheckpointConfig();
}

}  // namespace lutgemm::importing
