#include "layout/layout.h"

#include "base/text.h"
#include "format/traits.h"

#include <limits>

namespace lutgemm::layout {
namespace {

constexpr size_t kMaxN = size_t{1} << 31;
constexpr size_t kSectionAlign = 64;

bool ValidInfo(const WeightInfo& info) {
  if (info.n < 1 || info.n > kMaxN || info.k < 1 || info.k > kMaxK) return false;
  if (CodeCount(info.format) == 0 || !format::TakesGroup(info.format, info.group)) return false;
  if (!format::TakesScale(info.format, info.scale)) return false;
  if (info.zero == ZeroKind::kNone) return true;
  if (info.zero != ZeroKind::kInteger && info.zero != ZeroKind::kFloat) return false;
  return format::HasZeros(info.format);
}

bool Combines(const WeightInfo& info, LayoutId layout) {
  switch (layout) {
    case LayoutId::kPlanes:
      return !format::IsBook(info.format) || info.format == WeightFormat::kBitmod3;
    case LayoutId::kTrits:
      return info.format == WeightFormat::kTernary && format::IsSpecialGroup(info.group);
    case LayoutId::kCodes:
      return CodeBits(info.format) == 4;
    case LayoutId::kDefault:
      return false;
  }
  return false;
}

// Where sections end: each starts at the next multiple of kSectionAlign.
size_t Place(size_t& end, size_t bytes) {
  const size_t offset = RoundUp(end, kSectionAlign);
  end = offset + bytes;
  return offset;
}

size_t FactorBytes(const WeightInfo& info, const Geometry& g) {
  switch (format::FactorsOf(info.scale)) {
    case format::Factors::kTensor:
      return sizeof(float);
    case format::Factors::kRows:
      return g.strips * g.strip * sizeof(float);
    case format::Factors::kNone:
      break;
  }
  return 0;
}

void PlaceSections(const WeightInfo& info, Geometry& g) {
  const bool one_scale = info.group == kWholeTensor;
  const size_t scales = one_scale ? 1 : g.strips * g.ks.groups * g.strip;
  // n <= 2^31 and k <= 2^24 keep every product below 2^62.
  g.scale_bytes = scales * ElemBytes(info.scale);
  g.zero_bytes = info.zero == ZeroKind::kInteger ? scales
                 : info.zero == ZeroKind::kFloat ? g.scale_bytes
                                                 : 0;
  g.factor_bytes = FactorBytes(info, g);
  g.selector_bytes = format::HasSelectors(info.format) ? g.strips * g.ks.groups * (g.strip / 4) : 0;
  g.book_bytes = format::IsBook(info.format) ? kBookBytes : 0;
  size_t end = g.code_bytes;
  g.scale_offset = Place(end, g.scale_bytes);
  g.zero_offset = Place(end, g.zero_bytes);
  g.factor_offset = Place(end, g.factor_bytes);
  g.selector_offset = Place(end, g.selector_bytes);
  g.book_offset = Place(end, g.book_bytes);
  g.total_bytes = RoundUp(end, kSectionAlign);
}

}  // namespace

KSpace MakeKSpace(const WeightInfo& info) {
  KSpace ks;
  ks.k = info.k;
  ks.group = format::IsSpecialGroup(info.group) || info.group > info.k ? info.k : info.group;
  ks.groups = CeilDiv(ks.k, ks.group);
  ks.group_slices = CeilDiv(ks.group, kSlice);
  const size_t last = ks.k - (ks.groups - 1) * ks.group;
  ks.slices = (ks.groups - 1) * ks.group_slices + CeilDiv(last, kSlice);
  return ks;
}

std::optional<Geometry> MakeGeometry(const WeightInfo& info, LayoutId layout) {
  if (!ValidInfo(info) || !Combines(info, layout)) return std::nullopt;
  Geometry g;
  g.layout = layout;
  g.ks = MakeKSpace(info);
  g.strip = layout == LayoutId::kTrits ? 64 : 32;
  g.strips = CeilDiv(info.n, g.strip);
  if (layout == LayoutId::kTrits) {
    g.quints = CeilDiv(info.k, kTritsPerByte);
    g.strip_bytes = g.quints * g.strip;
  } else {
    g.planes = layout == LayoutId::kCodes ? 4 : CodeBits(info.format);
    g.strip_bytes = g.ks.slices * g.planes * kCell;
  }
  g.code_bytes = g.strips * g.strip_bytes;
  PlaceSections(info, g);
  return g;
}

Result<Geometry> CheckedGeometry(const WeightInfo& info, LayoutId layout) noexcept {
  if (const auto geometry = MakeGeometry(info, layout)) return *geometry;
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
