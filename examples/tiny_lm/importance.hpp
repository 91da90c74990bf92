// Which channels a model's linear layers read much of: an importance matrix, by which a quantiser
// weighs the errors of weights.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_IMPORTANCE_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_IMPORTANCE_HPP_

#include "tiny_lm/model.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tiny_lm {

// Sums of squares of every linear layer's inputs. The model must outlive it.
class InputEnergy {
 public:
  explicit InputEnergy(const Model& model);

  // Inputs [tokens][k] of one of the model's layers.
  void Add(const Linear& layer, const float* act, size_t tokens);

  struct Entry {
    std::string name;          // as GGUF files call the weight: "blk.0.attn_q.weight"
    std::vector<double> sums;  // [k]
    size_t tokens = 0;
  };
  std::span<const Entry> entries() const { return entries_; }  // in the order of Model::Linears()

  // As a GGUF file of llama.cpp's kind: general.type "imatrix", NAME.in_sum2 and NAME.counts.
  // `text` names what the model read. kIo where the file cannot be written.
  lutgemm::Status Write(const std::string& path, const std::string& text) const;

 private:
  std::vector<const Linear*> layers_;
  std::vector<Entry> entries_;
};

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_IMPORTANCE_HPP_
