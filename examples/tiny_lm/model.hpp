// A byte-level Llama checkpoint in memory, its linear layers packed for lutgemm.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_MODEL_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_MODEL_HPP_

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tiny_lm {

// Dimensions, from the checkpoint's metadata.
struct Config {
  size_t vocab = 0;
  size_t hidden = 0;
  size_t intermediate = 0;
  size_t layers = 0;
  size_t heads = 0;
  size_t context = 0;  // tokens that attention looks back on, the newest included
  double rope_theta = 0;
  double rms_eps = 0;
  bool ternary = false;  // trained with ternary weights and int8 activations

  size_t head_dim() const { return hidden / heads; }
};

// One linear layer: packed, or in f32 where it is not quantised.
struct Linear {
  size_t n = 0;
  size_t k = 0;
  std::optional<lutgemm::PackedWeights> packed;
  std::vector<float> plain;  // [n][k] if not packed

  size_t bytes() const { return packed ? packed->blob().size() : plain.size() * sizeof(float); }
};

struct Layer {
  std::vector<float> attention_norm;
  Linear query, key, value, attention_out;
  std::vector<float> mlp_norm;
  Linear gate, up, down;
};

struct Model {
  Config config;
  std::vector<float> embedding;  // [vocab][hidden]
  std::vector<Layer> layers;
  std::vector<float> final_norm;
  Linear head;

  // Every linear layer, in the order in which a token passes them.
  std::vector<const Linear*> Linears() const;
  size_t linear_bytes() const;
  double bits_per_weight() const;
};

// The quantisation that a ternary checkpoint was trained with.
lutgemm::QuantSpec TrainedTernary();

// Reads .safetensors or .gguf tensors and quantises every linear layer as `spec` says; without a
// spec they stay f32. In a file that lutgemm packed, packed layers are used in place.
lutgemm::Result<Model> LoadModel(const std::string& path,
                                 const std::optional<lutgemm::QuantSpec>& spec,
                                 lutgemm::Threads* threads = nullptr);
// The same for a checkpoint that is open already.
lutgemm::Result<Model> MakeModel(const lutgemm::TensorFile& file,
                                 const std::optional<lutgemm::QuantSpec>& spec,
                                 lutgemm::Threads* threads = nullptr);

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_MODEL_HPP_
