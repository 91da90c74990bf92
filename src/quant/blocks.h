// Quantisers of formats that round each group to a table or to integers with a shared power of
// two: BitMoD, MXFP4, NVFP4, NF4, codebooks of the caller's, BFP. May throw std::bad_alloc.
#ifndef LUTGEMM_QUANT_BLOCKS_H_
#define LUTGEMM_QUANT_BLOCKS_H_

#include <lutgemm/weights.hpp>

namespace lutgemm::quant {

// `spec`, `weights` and the importance are checked; the book is read for kCodebook only.
Result<QuantizedMatrix> QuantizeBlocks(const Tensor2D& weights, const QuantSpec& spec,
                                       const QuantizeOptions& options);

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_BLOCKS_H_
