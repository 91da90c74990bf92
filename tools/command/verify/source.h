// Packed weights against the tensor that they were made of.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_SOURCE_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_SOURCE_H_

#include <lutgemm/weights.hpp>

#include <string>
#include <string_view>

namespace lutgemm::tools {

// What differs from other weights of the same sizes, or nothing; `whose` they are, in words.
std::string DifferenceBetween(const QuantizedMatrix& matrix, const QuantizedMatrix& wanted,
                              std::string_view whose);

// What differs from quantising `source` again, with or without a search for scales, which options
// with importance are tried to weigh as well; or nothing. The table of a codebook is the matrix's.
// Quantize gives the same numbers on every machine, so that one changed code, scale, zero, offset,
// factor or selector is found.
Result<std::string> DifferenceFrom(const Tensor2D& source, const QuantizedMatrix& matrix,
                                   QuantizeOptions options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_SOURCE_H_
