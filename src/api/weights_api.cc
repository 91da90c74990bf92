// Public calls of weights.hpp that end in quant/, and Pack, which checks there what layout/ packs.
#include "base/text.h"
#include "format/codebook.h"
#include "layout/pack.h"
#include "quant/quantize.h"

namespace lutgemm {

Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                 Threads* threads) noexcept {
  return Quantize(weights, spec, QuantizeOptions{.threads = threads});
}

Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                 const Codebook& book, Threads* threads) noexcept {
  return Quantize(weights, spec, QuantizeOptions{.book = &book, .threads = threads});
}

Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                 const QuantizeOptions& options) noexcept {
  return base::Guarded([&]() -> Result<QuantizedMatrix> {
    if (options.book == nullptr) return quant::QuantizeTensor(weights, spec, options);
    if (spec.format != WeightFormat::kCodebook) {
      return base::MakeStatus(Code::kBadArgument, Name(spec.format),
                              " has codes of its own; only format codebook takes a codebook");
    }
    if (Status status = format::CheckBook(*options.book); !status.ok()) return status;
    return quant::QuantizeTensor(weights, spec, options);
  });
}

Status Validate(const QuantizedMatrix& matrix) noexcept {
  return base::Guarded([&] { return quant::CheckMatrix(matrix); });
}

Result<PackedWeights> Pack(const QuantizedMatrix& matrix, LayoutId layout,
                           Threads* threads) noexcept {
  return base::Guarded([&]() -> Result<PackedWeights> {
    if (Status valid = quant::CheckMatrix(matrix); !valid.ok()) return valid;
    return layout::PackMatrix(matrix, layout, threads);
  });
}

Result<PackedWeights> PackInto(const QuantizedMatrix& matrix, std::span<std::byte> memory,
                               LayoutId layout, Threads* threads) noexcept {
  return base::Guarded([&]() -> Result<PackedWeights> {
    if (Status valid = quant::CheckMatrix(matrix); !valid.ok()) return valid;
    return layout::PackMatrixInto(matrix, memory, layout, threads);
  });
}

}  // namespace lutgemm
