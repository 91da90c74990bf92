#include "layout/layout.h"

#include <limits>

namespace lutgemm::layout {
namespace {

constexpr size_t kMaxN = size_t{1} << 31;
constexpr size_t kSectionAlign = 64;

bool IsSpecialGroup(uint32_t group) { return group == kWholeRow || group == kWholeTensor; }

bool ValidInfo(const WeightInfo& info) {
  if (info.n < 1 || info.n > kMaxN || info.k < 1 || info.k > kMaxK) return false;
  if (!IsSpecialGroup(info.group) && info.group % 4 != 0) return false;
  if (info.scale != Elem::kF32 && info.scale != Elem::kF16 && info.scale != Elem::kBF16) {
    return false;
  }
  if (info.zero == ZeroKind::kNone) return true;
  if (info.zero != ZeroKind::kInteger && info.zero != ZeroKind::kFloat) return false;
  return info.format == WeightFormat::kInt2 || info.format == WeightFormat::kInt3 ||
         info.format == WeightFormat::kInt4;
}

bool Combines(const WeightInfo& info, LayoutId layout) {
  switch (layout) {
    case LayoutId::kPlanes:
      return CodeCount(info.format) != 0;
    case LayoutId::kTrits:
      return info.format == WeightFormat::kTernary && IsSpecialGroup(info.group);
    case LayoutId::kCodes:
      return info.format == WeightFormat::kInt4;
    case LayoutId::kDefault:
      return false;
  }
  return false;
}

}  // namespace

KSpace MakeKSpace(const WeightInfo& info) {
  KSpace ks;
  ks.k = info.k;
  ks.group = IsSpecialGroup(info.group) || info.group > info.k ? info.k : info.group;
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
  const bool one_scale = info.group == kWholeTensor;
  const size_t scales = one_scale ? 1 : g.strips * g.ks.groups * g.strip;
  // n <= 2^31 and k <= 2^24 keep every product below 2^62.
  g.code_bytes = g.strips * g.strip_bytes;
  g.scale_offset = g.code_bytes;
  g.scale_bytes = scales * ElemBytes(info.scale);
  g.zero_offset = RoundUp(g.scale_offset + g.scale_bytes, kSectionAlign);
  g.zero_bytes = info.zero == ZeroKind::kInteger ? scales
                 : info.zero == ZeroKind::kFloat ? g.scale_bytes
                                                 : 0;
  g.total_bytes = RoundUp(g.zero_offset + g.zero_bytes, kSectionAlign);
  return g;
}

}  // namespace lutgemm::layout

namespace lutgemm {

size_t PackedBytes(const WeightInfo& info, LayoutId layout) noexcept {
  const auto geometry = layout::MakeGeometry(info, layout);
  return geometry ? geometry->total_bytes : 0;
}

LayoutId DefaultLayout(const WeightInfo& info) noexcept {
  if (info.format == WeightFormat::kInt4) return LayoutId::kCodes;
  const bool trits = info.format == WeightFormat::kTernary &&
                     (info.group == kWholeRow || info.group == kWholeTensor);
  return trits ? LayoutId::kTrits : LayoutId::kPlanes;
}

uint32_t LayoutVersion(LayoutId layout) noexcept { return layout == LayoutId::kDefault ? 0 : 1; }

}  // namespace lutgemm
