// Rows of weights as f32: what a host asks for embeddings.
#ifndef LUTGEMM_INTEGRATIONS_GGML_ROWS_H_
#define LUTGEMM_INTEGRATIONS_GGML_ROWS_H_

#include "ggml/abi.h"
#include "ggml/weights.h"

namespace lutgemm_ggml {

// Writes the rows that node.src[1] names to where the node's lie: each matrix of the weights has
// its own row numbers. False, after a line to the error stream, for a number that is no row's and
// for weights that were not packed.
bool CopyRows(const Tensor& node, const Weights& weights);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_ROWS_H_
