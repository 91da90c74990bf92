// A product's own numbers for the simulator: packed weights, and activations of a file.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_TENSORS_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_TENSORS_H_

#include "model/isa/isa.h"

#include <lutgemm/io.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct SimTensors {
  PackedWeights weights;
  size_t m = 0;
  std::vector<float> acts;                               // [m][K], exact
  model::isa::ActType type = model::isa::ActType::kF16;  // what they are, or f16 for f32 and bf16
};

// `weights` is FILE or FILE:TENSOR, a file of `lutgemm repack` that has one packed tensor or the
// one that is named. `acts` is FILE or FILE:TENSOR too, a safetensors file whose tensor is
// [...][K] of f32, f16, bf16, i8, i16, or FP8; or raw little-endian numbers in a file whose name
// ends in .f32, .f16, .bf16, .i8, .i16, .f8e4m3 or .f8e5m2. Fails as opening files does, and with
// kNotFound, kBadShape or kCorruptFile where there is no such tensor, K differs or a number is
// infinite or NaN.
Result<SimTensors> ReadTensors(const std::string& weights, const std::string& acts);

// The files that ReadTensors reads: those that the texts name, and their shards.
std::vector<std::string> TensorPaths(const std::string& weights, const std::string& acts);

// Activations as the machine stores them, and what they stand for.
struct SimActs {
  std::vector<std::byte> bytes;
  std::vector<double> values;     // of the stored numbers, [m][K]
  std::vector<float> row_scales;  // [m], what a token's values are multiplied by; empty for ones
  std::vector<float> meant;       // before they were rounded, [m][K]; empty: the values
};
// Puts one number, a value of the type, at a place.
void StoreAct(model::isa::ActType type, double value, std::byte* to);
// Floats are rounded to nearest even. Where i8 or i16 cannot hold a token's numbers exactly they
// are divided by its scale, the largest magnitude over 127 or 32767. Fails with kBadArgument where
// a float type cannot hold one.
Result<SimActs> StoreActsAs(model::isa::ActType type, const SimTensors& tensors);

// NMSE of f32 outputs [m][N] against those of the library's own plan of these weights.
Result<double> NmseAgainstLibrary(const SimTensors& tensors, std::span<const uint32_t> out);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_TENSORS_H_
