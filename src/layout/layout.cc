#include "layout/geometry.h"

namespace lutgemm {

size_t PackedBytes(const WeightInfo& info, LayoutId layout) noexcept {
  const auto geometry = layout::MakeGeometry(info, layout);
  return geometry ? geometry->total_bytes : 0;
}

LayoutId DefaultLayout(const WeightInfo& info) noexcept {
  if (CodeBits(info.format) == 4) return LayoutId::kCodes;
  const bool trits = info.format == WeightFormat::kTernary && format::IsSpecialGroup(info.group);
  return trits ? LayoutId::kTrits : LayoutId::kPlanes;
}

uint32_t LayoutVersion(LayoutId layout) noexcept { return layout == LayoutId::kDefault ? 0 : 1; }

}  // namespace lutgemm
