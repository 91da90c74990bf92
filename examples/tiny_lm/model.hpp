// A Llama model in memory, its linear layers packed for lutgemm.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_MODEL_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_MODEL_HPP_

#include "tiny_lm/math.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tiny_lm {

using Token = uint32_t;

// Dimensions, from the checkpoint's metadata.
struct Config {
  size_t vocab = 0;
  size_t hidden = 0;
  size_t intermediate = 0;
  size_t layers = 0;
  size_t heads = 0;     // of queries
  size_t kv_heads = 0;  // of keys and values, each for heads / kv_heads query heads in a row
  size_t head_dim = 0;
  size_t context = 0;  // tokens that attention looks back on, the newest included
  RopeSpec rope;
  double rms_eps = 0;
  bool ternary = false;  // trained with ternary weights and int8 activations

  size_t query_size() const { return heads * head_dim; }
  size_t kv_size() const { return kv_heads * head_dim; }
};

// One linear layer: packed, or in f32 where it is not quantised.
struct Linear {
  size_t n = 0;
  size_t k = 0;
  std::optional<lutgemm::PackedWeights> packed;
  std::vector<float> plain;  // [n][k] if not packed
  // Of packed weights whose channels stand in another order than inputs do: position i of a row is
  // the weight of input channel from[i]. Empty: as inputs do.
  lutgemm::ChannelOrder act_order = {};

  // One row in f32, of k elements.
  lutgemm::Status Row(size_t row, std::span<float> out) const;
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
  Linear embedding;  // a row of `hidden` for each token; n = 0: the head's rows
  std::vector<Layer> layers;
  std::vector<float> final_norm;
  Linear head;

  // What tokens become at first.
  const Linear& token_rows() const { return embedding.n != 0 ? embedding : head; }
  // Every linear layer, in the order in which a token passes them.
  std::vector<const Linear*> Linears() const;
  size_t linear_bytes() const;
  double bits_per_weight() const;
};

// The quantisation that a ternary checkpoint was trained with.
lutgemm::QuantSpec TrainedTernary();

// Reads .safetensors or .gguf tensors and quantises every linear layer as `spec` says; without a
// spec they stay f32. In a file that lutgemm packed, packed layers are used in place, their
// channels in the order that the file has beside them.
lutgemm::Result<Model> LoadModel(const std::string& path,
                                 const std::optional<lutgemm::QuantSpec>& spec,
                                 lutgemm::Threads* threads = nullptr);
// The same for a checkpoint that is open already.
lutgemm::Result<Model> MakeModel(const lutgemm::TensorFile& file,
                                 const std::optional<lutgemm::QuantSpec>& spec,
                                 lutgemm::Threads* threads = nullptr);

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_MODEL_HPP_
