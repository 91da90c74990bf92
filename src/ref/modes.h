// The two precision modes as short scalar loops, in the very order of float operations that kernels
// follow, so that results compare bit for bit. docs/numerics.md states the same in words.
#ifndef LUTGEMM_REF_MODES_H_
#define LUTGEMM_REF_MODES_H_

#include <lutgemm/weights.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace lutgemm::ref {

// int8 activations of one block: codes round(a * (127 / max|a|)) and their scale max|a| / 127.
struct Int8Block {
  float scale = 0.0f;
  std::vector<int8_t> codes;
};
Int8Block QuantizeActs(std::span<const float> act);
using ActQuantizer = std::function<Int8Block(std::span<const float>)>;

// Mode exact: blocks of `block` activations, never across a weight group, hold int8 codes; each
// block's integer product is scaled and added in K order; the row's sum is multiplied by its
// second-level factor times the unit of its codebook or BFP width, where that is not 1. Sums longer
// than kExactRun k are cut.
inline constexpr size_t kExactRun = 16320;
// `quantize` makes the codes of a block.
std::vector<float> ExactGemm(const QuantizedMatrix& weights, std::span<const float> act, size_t m,
                             size_t block, const ActQuantizer& quantize = QuantizeActs);

// Mode fast of method dot: as ExactGemm, but a block's scale leaves out its outliers, magnitudes
// above five times the block's mean; what int8 cannot hold of them is multiplied in floats, summed
// in K order and added last.
std::vector<float> FastDotGemm(const QuantizedMatrix& weights, std::span<const float> act, size_t m,
                               size_t block);

// The same where activations share a scale over spans (HasSpans of blocks.h), in both modes.
std::vector<float> ExactSpanGemm(const QuantizedMatrix& weights, std::span<const float> act,
                                 size_t m, const ActQuantizer& quantize = QuantizeActs);
std::vector<float> FastDotSpanGemm(const QuantizedMatrix& weights, std::span<const float> act,
                                   size_t m);

// Mode fast through tables of `length` activations per plane, 4 (planes) or 5 (fives): entries
// rounded to 8 bits with one scale per block. A block's tables start at its first activation; past
// its end count zeros.
std::vector<float> FastPlanesGemm(const QuantizedMatrix& weights, std::span<const float> act,
                                  size_t m, size_t block, size_t length = 4);

// Mode fast through tables of `length` activations, 5 (trits) or 3 (triples), for ternary weights
// of one group per row; block is a multiple of length.
std::vector<float> FastTritsGemm(const QuantizedMatrix& weights, std::span<const float> act,
                                 size_t m, size_t block, size_t length);

}  // namespace lutgemm::ref

#endif  // LUTGEMM_REF_MODES_H_
