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
  const format::FormatFacts& facts = format::FactsOf(info.format);
  return format::IsSpecialGroup(info.group) ? facts.layout_whole : facts.layout;
}

uint32_t LayoutVersion(LayoutId layout) noexcept { return format::FactsOf(layout).version; }

}  // namespace lutgemm
