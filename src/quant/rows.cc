#include "quant/rows.h"

#include "base/bits.h"
#include "format/fp.h"

#include <cmath>
#include <cstring>

namespace lutgemm::quant {
namespace {

constexpr size_t kBlockWeights = size_t{1} << 16;

}  // namespace

RowReader::RowReader(const Tensor2D& weights, Threads* threads)
    : weights_(weights),
      threads_(threads),
      block_rows_(std::max<size_t>(1, kBlockWeights / weights.cols)),
      blocks_(base::CeilDiv(weights.rows, block_rows_)) {}

Status RowReader::LoadRow(size_t row, std::span<float> out) const {
  const size_t stride = weights_.stride != 0 ? weights_.stride : weights_.cols;
  const size_t bytes = ElemBytes(weights_.elem);
  const auto* from = static_cast<const std::byte*>(weights_.data) + row * stride * bytes;
  if (weights_.elem == Elem::kF32) {
    std::memcpy(out.data(), from, out.size_bytes());
  } else {
    for (size_t i = 0; i < out.size(); ++i) out[i] = format::LoadElem(from, weights_.elem, i);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (!std::isfinite(out[i])) {
      return base::MakeStatus(Code::kNotFinite, "weight [", row, ", ", i, "] is ", out[i],
                              "; weights must be finite");
    }
  }
  return {};
}

}  // namespace lutgemm::quant
