// Public calls of weights.hpp that end in quant/, and Pack, which checks there what layout/ packs.
#include "base/text.h"
#include "format/codebook.h"
#include "layout/pack.h"
#include "quant/quantize.h"

namespace lutgemm {
namespace {

// Checks the matrix, then packs it by `pack`, which refuses codes that the format does not have and
// leaves it to the check to say which.
template <class Pack>
Result<PackedWeights> CheckAndPack(const QuantizedMatrix& matrix, Pack pack) {
  if (Status valid = quant::CheckAllButCodes(matrix); !valid.ok()) return valid;
  Result<PackedWeights> packed = pack();
  if (packed.ok()) return packed;
  if (Status codes = quant::CheckCodes(matrix); !codes.ok()) return codes;
  return packed;
}

}  // namespace

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
  return base::Guarded([&] {
    return CheckAndPack(matrix, [&] { return layout::PackMatrix(matrix, layout, threads); });
  });
}

Result<PackedWeights> PackInto(const QuantizedMatrix& matrix, std::span<std::byte> memory,
                               LayoutId layout, Threads* threads) noexcept {
  return base::Guarded([&] {
    return CheckAndPack(matrix,
                        [&] { return layout::PackMatrixInto(matrix, memory, layout, threads); });
  });
}

}  // namespace lutgemm
