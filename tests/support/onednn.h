// oneDNN as a second opinion on matrix products, where it is installed (LUTGEMM_HAVE_ONEDNN).
#ifndef LUTGEMM_SUPPORT_ONEDNN_H_
#define LUTGEMM_SUPPORT_ONEDNN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lutgemm::test::onednn {

struct Shape {
  size_t m, n, k;
};

// [m][n] = act[m][k] x weights[n][k]^T. Throws what oneDNN throws.
std::vector<float> MatmulF32(const std::vector<float>& act, const std::vector<float>& weights,
                             const Shape& shape);
// Integer products, exact. Machines without a dot-product instruction add pairs of products in 16
// saturating bits: keep one side's magnitudes at 64 or below.
std::vector<int32_t> MatmulS8S8(const std::vector<int8_t>& act, const std::vector<int8_t>& weights,
                                const Shape& shape);
std::vector<int32_t> MatmulU8S8(const std::vector<uint8_t>& act, const std::vector<int8_t>& weights,
                                const Shape& shape);

}  // namespace lutgemm::test::onednn

#endif  // LUTGEMM_SUPPORT_ONEDNN_H_
