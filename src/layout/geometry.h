// Geometry of packed weights: from what they are to the sizes and places of layout.h. Inline,
// because both libraries of the project read packed weights.
#ifndef LUTGEMM_LAYOUT_GEOMETRY_H_
#define LUTGEMM_LAYOUT_GEOMETRY_H_

#include "base/bits.h"
#include "base/weights_shape.h"
#include "format/traits.h"
#include "layout/layout.h"

#include <optional>

namespace lutgemm::layout {
namespace geometry {

inline constexpr size_t kSectionAlign = 64;

inline bool ValidInfo(const WeightInfo& info) {
  if (info.n < 1 || info.n > base::kMaxN || info.k < 1 || info.k > kMaxK) return false;
  if (CodeCount(info.format) == 0 || !format::TakesGroup(info.format, info.group)) return false;
  const bool scales = info.super_group != 0 ? format::TakesSuperGroups(info)
                                            : format::TakesScale(info.format, info.scale);
  if (!scales) return false;
  if (info.zero == ZeroKind::kNone) return true;
  if (info.zero != ZeroKind::kInteger && info.zero != ZeroKind::kFloat) return false;
  return format::HasZeros(info.format);
}

inline bool Combines(const WeightInfo& info, LayoutId layout) {
  return (format::FactsOf(info.format).layouts & format::Bit(layout)) != 0 &&
         (!format::FactsOf(layout).whole || format::IsSpecialGroup(info.group));
}

// Where sections end: each starts at the next multiple of kSectionAlign.
inline size_t Place(size_t& end, size_t bytes) {
  const size_t offset = base::RoundUp(end, kSectionAlign);
  end = offset + bytes;
  return offset;
}

inline size_t FactorBytes(const WeightInfo& info, const Geometry& g) {
  switch (format::FactorsOf(info)) {
    case format::Factors::kTensor:
      return sizeof(float);
    case format::Factors::kRows:
    case format::Factors::kSuperGroups:
      return g.strips * g.ks.supers * g.strip * ElemBytes(format::FactorElem(info));
    case format::Factors::kNone:
      break;
  }
  return 0;
}

inline void PlaceSections(const WeightInfo& info, Geometry& g) {
  const bool one_scale = info.group == kWholeTensor;
  const size_t scales = one_scale ? 1 : g.strips * g.ks.groups * g.strip;
  // n <= 2^31 and k <= 2^24 keep every product below 2^62.
  g.scale_bytes = scales * ElemBytes(info.scale);
  g.zero_bytes = info.zero == ZeroKind::kInteger ? scales
                 : info.zero == ZeroKind::kFloat ? scales * ElemBytes(format::OffsetElem(info))
                                                 : 0;
  g.factor_bytes = FactorBytes(info, g);
  const bool offset_factors = info.super_group != 0 && info.zero == ZeroKind::kFloat;
  g.offset_factor_bytes = offset_factors ? g.factor_bytes : 0;
  g.selector_bytes = format::HasSelectors(info.format) ? g.strips * g.ks.groups * (g.strip / 4) : 0;
  g.book_bytes = format::IsBook(info.format) ? kBookBytes : 0;
  size_t end = g.code_bytes;
  g.scale_offset = Place(end, g.scale_bytes);
  g.zero_offset = Place(end, g.zero_bytes);
  g.factor_offset = Place(end, g.factor_bytes);
  g.offset_factor_offset = Place(end, g.offset_factor_bytes);
  g.selector_offset = Place(end, g.selector_bytes);
  g.book_offset = Place(end, g.book_bytes);
  g.total_bytes = base::RoundUp(end, kSectionAlign);
}

}  // namespace geometry

inline KSpace MakeKSpace(const WeightInfo& info) {
  KSpace ks;
  ks.k = info.k;
  ks.group = format::IsSpecialGroup(info.group) || info.group > info.k ? info.k : info.group;
  ks.groups = base::CeilDiv(ks.k, ks.group);
  ks.group_slices = base::CeilDiv(ks.group, kSlice);
  const size_t last = ks.k - (ks.groups - 1) * ks.group;
  ks.slices = (ks.groups - 1) * ks.group_slices + base::CeilDiv(last, kSlice);
  if (info.super_group != 0) {
    ks.super_length = info.super_group / info.group;
    ks.supers = base::CeilDiv(ks.groups, ks.super_length);
  }
  return ks;
}

// Nothing where layout and weights do not combine or a size is out of range. `layout` may not be
// kDefault.
inline std::optional<Geometry> MakeGeometry(const WeightInfo& info, LayoutId layout) {
  if (!geometry::ValidInfo(info) || !geometry::Combines(info, layout)) return std::nullopt;
  Geometry g;
  g.layout = layout;
  g.ks = MakeKSpace(info);
  g.strip = format::FactsOf(layout).strip;
  g.strips = base::CeilDiv(info.n, g.strip);
  if (layout == LayoutId::kTrits) {
    g.quints = base::CeilDiv(info.k, kTritsPerByte);
    g.strip_bytes = g.quints * g.strip;
  } else {
    g.planes = layout == LayoutId::kCodes ? 4 : CodeBits(info.format);
    g.strip_bytes = g.ks.slices * g.planes * kCell;
  }
  g.code_bytes = g.strips * g.strip_bytes;
  geometry::PlaceSections(info, g);
  return g;
}

// The same; where there is nothing kBadShape for a size out of range, else kUnsupportedFormat.
Result<Geometry> CheckedGeometry(const WeightInfo& info, LayoutId layout) noexcept;

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_GEOMETRY_H_
