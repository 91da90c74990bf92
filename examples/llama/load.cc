#include "llama/load.hpp"

#include "tiny_lm/loader.hpp"
#include "tiny_lm/parallel.hpp"

#include <lutgemm/import.hpp>

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace llama {
namespace {

using lutgemm::Code;
using lutgemm::FileTensor;
using lutgemm::QuantizedMatrix;
using lutgemm::Result;
using lutgemm::Status;
using tiny_lm::Config;
using tiny_lm::Layer;
using tiny_lm::Linear;
using tiny_lm::Model;

constexpr const char* kTokenRows = "token_embd.weight";
constexpr const char* kOutput = "output.weight";
constexpr const char* kRopeFactors = "rope_freqs.weight";

// The values of a matrix, which are those of the file, rounded to f32 once.
std::vector<float> Values(const QuantizedMatrix& matrix, lutgemm::Threads* threads) {
  const size_t n = matrix.info.n, k = matrix.info.k;
  std::vector<float> values(n * k);
  tiny_lm::ForEach(threads, n, [&](size_t row) {
    for (size_t i = 0; i < k; ++i) values[row * k + i] = float(matrix.Value(row, i));
  });
  return values;
}

class LlamaLoader : public tiny_lm::Loader {
 public:
  LlamaLoader(const lutgemm::TensorFile& file, const LoadSpec& spec, lutgemm::Threads* threads)
      : Loader(file), spec_(spec), threads_(threads) {}

  Config ReadConfig() {
    CheckArchitecture();
    Config config;
    config.hidden = Size("embedding_length");
    config.intermediate = Size("feed_forward_length");
    config.layers = Size("block_count");
    config.heads = Size("attention.head_count");
    config.kv_heads = SizeOr("attention.head_count_kv", config.heads);
    config.context = Size("context_length");
    config.rms_eps = ok() ? Positive("llama.attention.layer_norm_rms_epsilon") : 0;
    if (ok()) config.vocab = Rows(kTokenRows);
    if (ok() && config.vocab != SizeOr("vocab_size", config.vocab)) {
      Fail(Code::kCorruptFile, "llama.vocab_size is not the number of rows of token_embd.weight");
    }
    ReadHeads(config);
    return config;
  }

  std::vector<float> Vector(const std::string& name, size_t size) {
    used_.insert(name);
    return Floats(name, {size});
  }

  // `layer`: whether spec.quantize is meant.
  Linear ReadLinear(const std::string& name, size_t n, size_t k, bool layer = true) {
    Linear linear{n, k, {}, {}};
    if (!ok()) return linear;
    used_.insert(name);
    if (spec_.packed != nullptr && tiny_lm::HasPacked(*spec_.packed, name)) {
      return Packed(*spec_.packed, name, n, k);
    }
    const FileTensor* tensor = Find(name, {n, k});
    if (tensor == nullptr) return linear;
    const bool again = layer && spec_.quantize;
    if (tensor->elem) {
      linear.plain = Floats(name, {n, k});
    } else if (const auto matrix = Take(Import(name))) {
      if (spec_.plain || again) {
        linear.plain = Values(*matrix, threads_);
      } else {
        linear.packed = Take(lutgemm::Pack(*matrix, lutgemm::LayoutId::kDefault, threads_));
      }
    }
    if (again && ok()) Quantize(name, linear);
    return linear;
  }

  // Whatever was not read would be left out of the sum silently.
  void CheckUsed() {
    for (const FileTensor& tensor : file().tensors()) {
      if (ok() && !used_.contains(tensor.name)) {
        Fail(Code::kUnsupportedFormat,
             "tensor " + tensor.name + " is none that this engine knows what to do with");
      }
    }
    if (!ok() || spec_.packed == nullptr) return;
    for (const std::string& name : spec_.packed->names()) {
      if (ok() && !used_.contains(name)) {
        Fail(Code::kNotFound, "the model has no weights " + name + ", which the packed file has");
      }
    }
  }

 private:
  void CheckArchitecture() {
    if (file().container() != "gguf") {
      Fail(Code::kUnsupportedFormat,
           "the file is no GGUF, which alone says how a model is built "
           "and what its tokens are");
    }
    const std::string* architecture = Text("general.architecture");
    if (architecture != nullptr && *architecture != "llama") {
      Fail(Code::kUnsupportedFormat,
           "general.architecture is '" + *architecture + "'; models of 'llama' can be run");
    }
    if (SizeOr("expert_count", 0) != 0) {
      Fail(Code::kUnsupportedFormat, "models with experts (llama.expert_count) cannot be run");
    }
    const auto scaling = file().metadata().find("llama.rope.scaling.type");
    if (scaling != file().metadata().end() && scaling->second != "none") {
      Fail(Code::kUnsupportedFormat,
           "llama.rope.scaling.type is '" + scaling->second + "'; 'none' can be run");
    }
  }

  // A size from 1 on; the limit keeps every product of three small.
  size_t Size(const std::string& name) {
    const std::string key = "llama." + name;
    const auto value = ok() ? Number<uint64_t>(key) : 0;
    constexpr uint64_t kLimit = 1 << 20;
    if (ok() && (value == 0 || value > kLimit)) {
      Fail(Code::kCorruptFile,
           key + " is " + std::to_string(value) + "; it must be 1 to " + std::to_string(kLimit));
    }
    return size_t(value);
  }
  size_t SizeOr(const std::string& name, size_t otherwise) {
    return ok() && Has("llama." + name) ? Size(name) : otherwise;
  }

  size_t Rows(const std::string& name) {
    const FileTensor* tensor = file().Find(name);
    if (tensor != nullptr && tensor->shape.size() == 2) return size_t(tensor->shape[0]);
    Fail(tensor != nullptr ? Code::kBadShape : Code::kNotFound,
         "the checkpoint has no matrix " + name);
    return 0;
  }

  void ReadHeads(Config& config) {
    if (!ok()) return;
    const size_t equal = config.hidden / config.heads;
    config.head_dim = SizeOr("attention.key_length", equal);
    config.rope.pairs = tiny_lm::RopePairs::kNeighbours;
    config.rope.size = SizeOr("rope.dimension_count", config.head_dim);
    if (Has("llama.rope.freq_base")) config.rope.theta = Positive("llama.rope.freq_base");
    if (SizeOr("attention.value_length", config.head_dim) != config.head_dim) {
      Fail(Code::kUnsupportedFormat, "heads of keys and values differ in size");
    }
    if (ok() && (config.heads % config.kv_heads != 0 || config.rope.size % 2 != 0 ||
                 config.rope.size == 0 || config.rope.size > config.head_dim)) {
      Fail(Code::kCorruptFile,
           std::to_string(config.heads) + " heads of " + std::to_string(config.head_dim) +
               " share " + std::to_string(config.kv_heads) + " of keys and turn " +
               std::to_string(config.rope.size) +
               " dimensions; heads must be a multiple and dimensions even and within a head");
    }
    if (ok() && file().Find(kRopeFactors) != nullptr) {
      config.rope.factors = Vector(kRopeFactors, config.rope.size / 2);
    }
  }

  Result<QuantizedMatrix> Import(const std::string& name) {
    if (!importer_) {
      auto importer = lutgemm::Importer::Open(file());
      if (!importer.ok()) return importer.status();
      importer_ = *std::move(importer);
    }
    auto imported = importer_->Import(name, threads_);
    if (!imported.ok()) return imported.status();
    // No type of GGUF puts channels into another order.
    return std::move(imported->matrix);
  }

  void Quantize(const std::string& name, Linear& linear) {
    const lutgemm::Tensor2D values{linear.plain.data(), lutgemm::Elem::kF32, linear.n, linear.k};
    auto matrix = spec_.quantize(values, threads_);
    if (!matrix.ok()) {
      Fail(matrix.status().code(), name + ": " + matrix.status().text());
      return;
    }
    linear.packed = Take(lutgemm::Pack(*matrix, lutgemm::LayoutId::kDefault, threads_));
    linear.plain = {};
  }

  const LoadSpec& spec_;
  lutgemm::Threads* threads_;
  std::optional<lutgemm::Importer> importer_;
  std::set<std::string> used_;
};

Layer ReadLayer(LlamaLoader& loader, const Config& config, size_t index) {
  const std::string prefix = "blk." + std::to_string(index) + ".";
  const size_t hidden = config.hidden, intermediate = config.intermediate;
  const size_t query = config.query_size(), kv = config.kv_size();
  Layer layer;
  layer.attention_norm = loader.Vector(prefix + "attn_norm.weight", hidden);
  layer.query = loader.ReadLinear(prefix + "attn_q.weight", query, hidden);
  layer.key = loader.ReadLinear(prefix + "attn_k.weight", kv, hidden);
  layer.value = loader.ReadLinear(prefix + "attn_v.weight", kv, hidden);
  layer.attention_out = loader.ReadLinear(prefix + "attn_output.weight", hidden, query);
  layer.mlp_norm = loader.Vector(prefix + "ffn_norm.weight", hidden);
  layer.gate = loader.ReadLinear(prefix + "ffn_gate.weight", intermediate, hidden);
  layer.up = loader.ReadLinear(prefix + "ffn_up.weight", intermediate, hidden);
  layer.down = loader.ReadLinear(prefix + "ffn_down.weight", hidden, intermediate);
  return layer;
}

}  // namespace

Result<Model> LoadModel(const lutgemm::TensorFile& file, const LoadSpec& spec,
                        lutgemm::Threads* threads) {
  LlamaLoader loader(file, spec, threads);
  Model model;
  model.config = loader.ReadConfig();
  const Config& config = model.config;
  for (size_t i = 0; loader.ok() && i < config.layers; ++i) {
    model.layers.push_back(ReadLayer(loader, config, i));
  }
  if (loader.ok()) model.final_norm = loader.Vector("output_norm.weight", config.hidden);
  const bool tied = file.Find(kOutput) == nullptr;
  if (!tied) {
    model.embedding = loader.ReadLinear(kTokenRows, config.vocab, config.hidden, false);
  }
  model.head = loader.ReadLinear(tied ? kTokenRows : kOutput, config.vocab, config.hidden, false);
  loader.CheckUsed();
  if (!loader.ok()) return loader.status();
  return model;
}

}  // namespace llama
