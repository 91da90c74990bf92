#include "tiny_lm/model.hpp"

#include "tiny_lm/loader.hpp"

#include <algorithm>

namespace tiny_lm {
namespace {

using lutgemm::Code;
using lutgemm::Elem;
using lutgemm::Result;
using lutgemm::Status;

// Reads the project's own checkpoints.
class TinyLoader : public Loader {
 public:
  TinyLoader(const lutgemm::TensorFile& file, const lutgemm::PackedFile* packed,
             const std::optional<lutgemm::QuantSpec>& spec, lutgemm::Threads* threads)
      : Loader(file), packed_(packed), spec_(spec), threads_(threads) {}

  Config ReadConfig() {
    Config config;
    config.vocab = Number<size_t>("vocab_size");
    config.hidden = Number<size_t>("hidden_size");
    config.intermediate = Number<size_t>("intermediate_size");
    config.layers = Number<size_t>("num_hidden_layers");
    config.heads = config.kv_heads = Number<size_t>("num_attention_heads");
    config.context = Number<size_t>("max_position_embeddings");
    config.rope.theta = Positive("rope_theta");
    config.rms_eps = Positive("rms_norm_eps");
    const auto quantization = file().metadata().find("quantization");
    config.ternary =
        quantization != file().metadata().end() && quantization->second == "bitnet-b1.58";
    if (!ok()) return config;
    constexpr size_t kLimit = 1 << 16;  // keeps every product of two sizes small
    for (size_t size : {config.vocab, config.hidden, config.intermediate, config.layers,
                        config.heads, config.context}) {
      if (size == 0 || size > kLimit) Fail(Code::kCorruptFile, "a model dimension is out of range");
    }
    if (ok() && (config.vocab != 256 || config.hidden % (2 * config.heads) != 0)) {
      Fail(Code::kCorruptFile, "not a byte-level model with heads of even size");
    }
    if (ok()) config.rope.size = config.head_dim = config.hidden / config.heads;
    return config;
  }

  std::vector<float> Vector(const std::string& name, size_t size) { return Floats(name, {size}); }

  Linear Matrix(const std::string& name, size_t n, size_t k) {
    return {n, k, {}, IsPacked(name) ? NoFloats(name) : Floats(name, {n, k})};
  }

  Linear ReadLinear(const std::string& name, size_t n, size_t k) {
    Linear linear{n, k, {}, {}};
    if (!ok()) return linear;
    if (IsPacked(name)) {
      linear = Packed(*packed_, name, n, k);
    } else if (spec_) {
      linear.packed = Quantised(name, n, k);
    } else {
      linear.plain = Floats(name, {n, k});
    }
    return linear;
  }

 private:
  bool IsPacked(const std::string& name) const { return packed_ && HasPacked(*packed_, name); }

  std::vector<float> NoFloats(const std::string& name) {
    Fail(Code::kNotFound, "the checkpoint has no tensor " + name + " of floats");
    return {};
  }

  std::optional<lutgemm::PackedWeights> Quantised(const std::string& name, size_t n, size_t k) {
    const lutgemm::FileTensor* tensor = Find(name, {n, k});
    if (!tensor) return std::nullopt;
    if (!tensor->elem) {
      Fail(Code::kUnsupportedFormat, name + " is " + tensor->dtype + ", not F32, F16 or BF16");
      return std::nullopt;
    }
    const lutgemm::Tensor2D matrix{tensor->bytes.data(), *tensor->elem, n, k};
    const auto quantized = Take(lutgemm::Quantize(matrix, *spec_, threads_));
    if (!quantized) return std::nullopt;
    return Take(lutgemm::Pack(*quantized, lutgemm::LayoutId::kDefault, threads_));
  }

  const lutgemm::PackedFile* packed_;
  const std::optional<lutgemm::QuantSpec>& spec_;
  lutgemm::Threads* threads_;
};

Layer ReadLayer(TinyLoader& loader, const Config& config, size_t index) {
  const std::string prefix = "model.layers." + std::to_string(index) + ".";
  const size_t hidden = config.hidden, intermediate = config.intermediate;
  Layer layer;
  layer.attention_norm = loader.Vector(prefix + "input_layernorm.weight", hidden);
  layer.query = loader.ReadLinear(prefix + "self_attn.q_proj.weight", hidden, hidden);
  layer.key = loader.ReadLinear(prefix + "self_attn.k_proj.weight", hidden, hidden);
  layer.value = loader.ReadLinear(prefix + "self_attn.v_proj.weight", hidden, hidden);
  layer.attention_out = loader.ReadLinear(prefix + "self_attn.o_proj.weight", hidden, hidden);
  layer.mlp_norm = loader.Vector(prefix + "post_attention_layernorm.weight", hidden);
  layer.gate = loader.ReadLinear(prefix + "mlp.gate_proj.weight", intermediate, hidden);
  layer.up = loader.ReadLinear(prefix + "mlp.up_proj.weight", intermediate, hidden);
  layer.down = loader.ReadLinear(prefix + "mlp.down_proj.weight", hidden, intermediate);
  return layer;
}

Result<Model> ReadModel(TinyLoader loader) {
  Model model;
  model.config = loader.ReadConfig();
  const Config& config = model.config;
  model.embedding = loader.Matrix("model.embed_tokens.weight", config.vocab, config.hidden);
  for (size_t i = 0; loader.status().ok() && i < config.layers; ++i) {
    model.layers.push_back(ReadLayer(loader, config, i));
  }
  model.final_norm = loader.Vector("model.norm.weight", config.hidden);
  model.head = loader.ReadLinear("lm_head.weight", config.vocab, config.hidden);
  if (!loader.status().ok()) return loader.status();
  return model;
}

}  // namespace

Status Linear::Row(size_t row, std::span<float> out) const {
  if (!packed) {
    std::copy_n(&plain[row * k], k, out.begin());
    return {};
  }
  if (act_order.size() == 0) return lutgemm::UnpackRows(*packed, row, 1, out);
  std::vector<float> stored(k);
  Status status = lutgemm::UnpackRows(*packed, row, 1, stored);
  for (size_t i = 0; i < k; ++i) out[act_order.from[i]] = stored[i];
  return status;
}

std::vector<const Linear*> Model::Linears() const {
  std::vector<const Linear*> all;
  for (const Layer& layer : layers) {
    all.insert(all.end(), {&layer.query, &layer.key, &layer.value, &layer.attention_out,
                           &layer.gate, &layer.up, &layer.down});
  }
  all.push_back(&head);
  return all;
}

size_t Model::linear_bytes() const {
  size_t bytes = 0;
  for (const Linear* linear : Linears()) bytes += linear->bytes();
  return bytes;
}

double Model::bits_per_weight() const {
  size_t weights = 0;
  for (const Linear* linear : Linears()) weights += linear->n * linear->k;
  return 8.0 * double(linear_bytes()) / double(weights);
}

lutgemm::QuantSpec TrainedTernary() {
  lutgemm::QuantSpec spec;
  spec.format = lutgemm::WeightFormat::kTernary;
  spec.group = lutgemm::kWholeTensor;
  spec.scale = Elem::kF32;
  return spec;
}

Result<Model> LoadModel(const std::string& path, const std::optional<lutgemm::QuantSpec>& spec,
                        lutgemm::Threads* threads) {
  const auto file = lutgemm::TensorFile::Open(path);
  if (!file.ok()) return file.status();
  if (!lutgemm::IsPacked(*file)) return MakeModel(*file, spec, threads);
  const auto packed = lutgemm::PackedFile::Open(path);
  if (!packed.ok()) return packed.status();
  return ReadModel(TinyLoader(*file, &*packed, spec, threads));
}

Result<Model> MakeModel(const lutgemm::TensorFile& file,
                        const std::optional<lutgemm::QuantSpec>& spec, lutgemm::Threads* threads) {
  return ReadModel(TinyLoader(file, nullptr, spec, threads));
}

}  // namespace tiny_lm
