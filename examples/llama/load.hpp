// Llama models of GGUF files, for the engine of examples/tiny_lm.
#ifndef LUTGEMM_EXAMPLES_LLAMA_LOAD_HPP_
#define LUTGEMM_EXAMPLES_LLAMA_LOAD_HPP_

#include "tiny_lm/model.hpp"

#include <lutgemm/lutgemm.hpp>

#include <functional>

namespace llama {

// How linear layers are held.
struct LoadSpec {
  // In f32, with the very values of the file; else blocks are packed as what they are, which takes
  // their values over exactly, and float tensors stay f32.
  bool plain = false;
  // Where given, the layers' matrices are quantised again; the tokens' rows and the output stay as
  // above.
  std::function<lutgemm::Result<lutgemm::QuantizedMatrix>(const lutgemm::Tensor2D&,
                                                          lutgemm::Threads*)>
      quantize = {};
  // Where given, a file that `lutgemm repack` made of this one: weights that it has packed are used
  // in place instead of the model's, all others as above.
  const lutgemm::PackedFile* packed = nullptr;
};

// Everything but the tokenizer comes from the file's tensors and metadata: sizes, heads that share
// keys and values, rotary embedding with neighbouring pairs, an output that is tied to the tokens'
// rows where there is none. Fails with kUnsupportedFormat for another architecture or what this
// engine does not compute, kNotFound for missing metadata and tensors, kBadShape, kCorruptFile.
lutgemm::Result<tiny_lm::Model> LoadModel(const lutgemm::TensorFile& file, const LoadSpec& spec,
                                          lutgemm::Threads* threads = nullptr);

}  // namespace llama

#endif  // LUTGEMM_EXAMPLES_LLAMA_LOAD_HPP_
