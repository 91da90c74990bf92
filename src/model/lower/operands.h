// Operands in global memory, in the order that the programs read them.
#ifndef LUTGEMM_MODEL_LOWER_OPERANDS_H_
#define LUTGEMM_MODEL_LOWER_OPERANDS_H_

#include "model/lower/gemm.h"

#include <cstddef>
#include <span>

namespace lutgemm::model::lower {

// Weights: packed as layout kPlanes, whose nibbles move to their operands with the offline
// complement applied. Then per group the outputs' records: centers, scales, offsets. Fails where
// packing does, and with kBadArgument for weights that the product was not compiled for.
Status WriteWeights(const CompiledGemm& gemm, const QuantizedMatrix& matrix,
                    std::span<std::byte> global);

// Activations [m][K] as bytes of spec.act; rows past m are zero.
void WriteActs(const CompiledGemm& gemm, const void* acts, std::span<std::byte> global);
// Row records with no sums yet. `scales` are [m][groups], or empty for ones.
void WriteRowScales(const CompiledGemm& gemm, std::span<const float> scales,
                    std::span<std::byte> global);

// Outputs [m][n], four bytes each: int32 or f32 as spec.out says.
std::vector<uint32_t> ReadOutputs(const CompiledGemm& gemm, std::span<const std::byte> global);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_OPERANDS_H_
