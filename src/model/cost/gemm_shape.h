// Sizes of a product, O[M,N] = A[M,K] x W[N,K]^T.
#ifndef LUTGEMM_MODEL_COST_GEMM_SHAPE_H_
#define LUTGEMM_MODEL_COST_GEMM_SHAPE_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <string_view>

namespace lutgemm::model::cost {

struct GemmShape {
  size_t m = 1, n = 1, k = 1;
};
inline constexpr size_t kMaxGemmSide = size_t{1} << 24;

// kBadShape where a side is 0 or larger.
Status Validate(const GemmShape& gemm);
// "MxNxK"; kBadArgument for anything else.
Result<GemmShape> ParseGemm(std::string_view text);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_GEMM_SHAPE_H_
