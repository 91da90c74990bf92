// The same model in float64 without lutgemm: what the engine's results are held against.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_REFERENCE_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_REFERENCE_HPP_

#include "tiny_lm/model.hpp"
#include "tiny_lm/text.hpp"

#include <lutgemm/threads.hpp>

#include <cstdint>
#include <span>

namespace tiny_lm {

// Evaluates a model that was loaded without a QuantSpec. Linear layers of a ternary one round their
// input to int8 token by token, as in training; those of a full-precision one do not.
Score EvaluateReference(const Model& plain, std::span<const uint8_t> text,
                        lutgemm::Threads* threads = nullptr);

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_REFERENCE_HPP_
