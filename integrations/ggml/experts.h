// Products of a mixture of experts: which rows each expert has, and how they come together.
#ifndef LUTGEMM_INTEGRATIONS_GGML_EXPERTS_H_
#define LUTGEMM_INTEGRATIONS_GGML_EXPERTS_H_

#include "ggml/abi.h"
#include "ggml/memory.h"

#include <cstddef>
#include <vector>

namespace lutgemm_ggml {

// One of the experts that a token uses: its number among them.
struct ExpertRow {
  size_t slot;
  size_t token;
};

// The rows of every expert, in the order of tokens. False where an id is no expert's.
bool GroupRows(const Tensor& ids, size_t experts, std::vector<std::vector<ExpertRow>>* rows);

// Where a row's activations are and its outputs go. Experts of a token share its activations where
// these have fewer slots than the token has experts.
const uint8_t* ActOf(const Tensor& act, const ExpertRow& row);
uint8_t* OutOf(const Tensor& node, const ExpertRow& row);

// Copies of the rows' activations, one after the other; null where there is no memory.
Memory GatherRows(const Tensor& act, const std::vector<ExpertRow>& rows);

// Outputs of rows that were computed one after the other, to where they go.
void ScatterRows(const float* outs, const std::vector<ExpertRow>& rows, const Tensor& node);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_EXPERTS_H_
