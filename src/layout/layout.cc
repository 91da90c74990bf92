#include "layout/geometry.h"

#include "base/text.h"

namespace lutgemm::layout {

Result<Geometry> CheckedGeometry(const WeightInfo& info, LayoutId layout) noexcept {
  if (const auto geometry = MakeGeometry(info, layout)) return *geometry;
  if (Status status = base::CheckShape(info.n, info.k); !status.ok()) return status;
  return base::MakeStatus(Code::kUnsupportedFormat, "layout '", Name(layout), "' cannot hold ",
                          Name(info.format), " weights of ", info.n, " x ", info.k,
                          " in these groups; see docs/layouts.md");
}

}  // namespace lutgemm::layout

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
