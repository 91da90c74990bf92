#include "base/text.h"
#include "layout/geometry.h"
#include "layout/pack.h"
#include "layout/pack_tables.h"

#include <string>

namespace lutgemm {
namespace {

Result<QuantizedMatrix> UnpackAll(const PackedWeights& weights, const layout::Geometry& geometry) {
  QuantizedMatrix matrix;
  matrix.info = weights.info();
  const WeightInfo& info = matrix.info;
  const size_t scales = info.group == kWholeTensor ? 1 : info.n * geometry.ks.groups;
  matrix.codes.resize(info.n * info.k);
  matrix.scales.resize(scales);
  if (info.zero == ZeroKind::kInteger) matrix.zeros.resize(scales);
  if (info.zero == ZeroKind::kFloat) matrix.offsets.resize(scales);
  if (geometry.selector_bytes != 0) matrix.selectors.resize(scales);
  const size_t factors = info.n * geometry.ks.supers;
  matrix.factors.resize(geometry.factor_bytes <= sizeof(float) ? geometry.factor_bytes / 4
                                                               : factors);
  if (geometry.offset_factor_bytes != 0) matrix.offset_factors.resize(factors);
  if (!layout::UnpackTensorTables(weights.blob().data(), geometry, matrix)) {
    return Status(Code::kCorruptFile, "the stored codebook is none that " +
                                          std::string(Name(info.format)) + " can have");
  }
  for (size_t s = 0; s < geometry.strips; ++s) {
    if (!layout::UnpackStrip(weights.blob().data(), geometry, s, matrix)) {
      return Status(Code::kCorruptFile, "outputs " + std::to_string(s * geometry.strip) +
                                            " and up hold a code that " +
                                            std::string(Name(info.format)) + " does not have");
    }
  }
  return matrix;
}

}  // namespace

Result<QuantizedMatrix> Unpack(const PackedWeights& weights) noexcept {
  return base::Guarded([&]() -> Result<QuantizedMatrix> {
    const auto geometry = layout::MakeGeometry(weights.info(), weights.layout());
    if (!geometry) return Status(Code::kBadArgument, "no packed weights to unpack");
    return UnpackAll(weights, *geometry);
  });
}

}  // namespace lutgemm
