// A language model's pass over some tokens as a list of matrix products.
#ifndef LUTGEMM_MODEL_COST_ACCEL_WORKLOAD_H_
#define LUTGEMM_MODEL_COST_ACCEL_WORKLOAD_H_

#include "model/cost/accel/accelerator.h"

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lutgemm::model::accel {

// A decoder of the Llama family: query, key, value, output, gate, up and down projections, and a
// vocabulary matrix.
struct LanguageModel {
  std::string_view name;
  size_t hidden = 0;
  size_t intermediate = 0;
  size_t layers = 0;
  size_t heads = 0;
  size_t kv_heads = 0;
  size_t vocabulary = 0;
  // Bits per weight at which the authors run the baselines on this model.
  double ant_bits = 0.0;
  double olive_bits = 0.0;
};

// hidden, intermediate, ..., olive_bits.
std::vector<Parameter> ParametersOf(LanguageModel& model);

// kBadArgument, naming the field, where one is out of range; kBadShape for heads that do not
// divide.
Status Validate(const LanguageModel& model);

// How the products of attention are counted.
enum class Attention : uint8_t {
  // One product for all heads, operands of 16 bits, cycles per step as for the linear layers; in
  // decode only the new token's key. The authors' simulator at the time of the paper.
  kMerged,
  // One product per head with keys and values of kv_bits: their release of 2025. Query heads that
  // share keys are rows of one product (ours; it does not arise in Llama 2 7B).
  kPerHead,
};
std::string_view Name(Attention attention) noexcept;  // "merged", "per-head"
Result<Attention> ParseAttention(std::string_view name) noexcept;

// O[m, n] = I[m, k] x W[n, k]^T, `batch` of them at once, `count` times in the model.
struct Product {
  std::string_view name;
  size_t count = 1;
  size_t batch = 1;
  size_t m = 0, n = 0, k = 0;
  size_t input_columns = 0;  // stored elements of a row of I; k but for merged attention
  double stored_bits = 0.0;  // of an element of W in memory
  double step_bits = 0.0;    // that StepCycles counts
};

inline constexpr unsigned kActBits = 16;  // of inputs and outputs
inline constexpr size_t kMaxContext = size_t{1} << 20;

struct Pass {
  Phase phase = Phase::kPrefill;
  size_t context = 256;  // tokens of a prefill; in decode, those that one new token attends to
  Attention attention = Attention::kMerged;
  double weight_bits = 16.0;  // per weight of the linear layers, scales included; 1..64
};

// All products of a pass; `kv_bits` are read for Attention::kPerHead.
Result<std::vector<Product>> Products(const LanguageModel& model, const Pass& pass, size_t kv_bits);

}  // namespace lutgemm::model::accel

#endif  // LUTGEMM_MODEL_COST_ACCEL_WORKLOAD_H_
