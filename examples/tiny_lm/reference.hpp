// The same model in float64, without lutgemm or with nothing of it but its exact integer products:
// what the results of the engine are held against.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_REFERENCE_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_REFERENCE_HPP_

#include "tiny_lm/model.hpp"
#include "tiny_lm/text.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace tiny_lm {

// sums[t][o] = sum over k of codes[t][k] * digit[o][k] for layer number `layer` of
// Model::Linears(), which is ternary, and every token t of a window. Threads may call it at once.
using IntegerProduct =
    std::function<void(size_t layer, std::span<const int8_t> codes, std::span<int32_t> sums)>;

// Evaluates a model that was loaded without a QuantSpec. Linear layers of a ternary one round their
// input to int8 token by token, as in training; those of a full-precision one do not. `product`
// takes the place of the integer products that are computed here otherwise.
Score EvaluateReference(const Model& plain, size_t window, const TokenText& text,
                        lutgemm::Threads* threads = nullptr, const IntegerProduct& product = {});
// The same of a byte-level model, with windows of its context.
Score EvaluateReference(const Model& plain, std::span<const uint8_t> text,
                        lutgemm::Threads* threads = nullptr, const IntegerProduct& product = {});

// The same for a ternary model with the integer products of the library's exact mode: int8
// activations in, int32 out. `packed` is the model loaded with TrainedTernary().
lutgemm::Result<Score> EvaluateExact(const Model& plain, const Model& packed,
                                     std::span<const uint8_t> text,
                                     lutgemm::Threads* threads = nullptr);

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_REFERENCE_HPP_
