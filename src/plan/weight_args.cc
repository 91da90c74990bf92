#include "plan/weight_args.h"

#include "format/planes.h"
#include "format/traits.h"

#include <cstring>

namespace lutgemm::plan {
namespace {

kernels::FoldSpec FoldOf(const WeightInfo& info, kernels::Digits digits) {
  kernels::FoldSpec fold;
  const bool ternary = info.format == WeightFormat::kTernary;
  const bool one_bit = info.format == WeightFormat::kInt1;
  const int codes = static_cast<int>(CodeCount(info.format));
  if (digits == kernels::Digits::kValues) return fold;
  if (digits == kernels::Digits::kCodebook) {
    fold.b = -kernels::kCodebookBias;
    return fold;
  }
  if (digits == kernels::Digits::kSigned) {
    // Signed digits: P = 2 * code - total, so that code - zero = (P + total - 2 zero) / 2.
    fold.half = one_bit ? 0 : 1;
    if (one_bit || ternary) return fold;
    fold.base = codes - 1;
    fold.zero_mult = 2;
  } else {
    if (one_bit || ternary) {
      fold.b = -1;
      return fold;
    }
    fold.zero_mult = 1;
  }
  fold.b = info.zero == ZeroKind::kFloat ? fold.base : fold.base - fold.zero_mult * (codes / 2);
  return fold;
}

}  // namespace

WeightView::WeightView(const PackedWeights& weights, const layout::Geometry& geometry,
                       Method method) {
  const kernels::Digits digits = kernels::SpecOf(method).digits;
  const WeightInfo& info = weights.info();
  const std::byte* blob = weights.blob().data();
  args_.codes = reinterpret_cast<const uint8_t*>(blob);
  args_.scale_elem = info.scale;
  args_.offset_elem = format::OffsetElem(info);
  args_.zero = info.zero;
  args_.fold = FoldOf(info, digits);
  args_.small_zeros = digits == kernels::Digits::kCodes && info.zero == ZeroKind::kInteger &&
                      kernels::AreSmallZeros(CodeCount(info.format), weights.largest_zero());
  SetCodes(info, geometry, digits);
  SetScales(info, geometry, blob);
  SetFactors(info, geometry, blob);
}

void WeightView::SetCodes(const WeightInfo& info, const layout::Geometry& g,
                          kernels::Digits digits) {
  args_.strip = g.strip;
  args_.strip_bytes = g.strip_bytes;
  args_.planes = static_cast<unsigned>(g.planes);
  args_.group_slices = g.ks.group_slices;
  const format::Planes planes = format::PlanesOf(info.format);
  for (size_t p = 0; p < 8; ++p) args_.plane_mult[p] = static_cast<uint8_t>(planes.multiplier[p]);
  // For byte products a bit is worth the distance of its two values.
  if (digits == kernels::Digits::kCodes && info.format == WeightFormat::kInt1) {
    args_.plane_mult[0] = 2;
  }
}

void WeightView::SetScales(const WeightInfo& info, const layout::Geometry& g,
                           const std::byte* blob) {
  if (info.group != kWholeTensor) {
    args_.scales = blob + g.scale_offset;
    args_.zeros = blob + g.zero_offset;
    args_.scale_strip_stride = g.ks.groups * g.strip;
    args_.scale_group_stride = g.strip;
    return;
  }
  const size_t scale_size = ElemBytes(info.scale);
  const size_t zero_size = info.zero == ZeroKind::kInteger ? 1 : scale_size;
  for (size_t i = 0; i < kernels::kMaxStrip; ++i) {
    std::memcpy(&tensor_scale_[i * scale_size], blob + g.scale_offset, scale_size);
    if (info.zero != ZeroKind::kNone) {
      std::memcpy(&tensor_zero_[i * zero_size], blob + g.zero_offset, zero_size);
    }
  }
}

void WeightView::SetFactors(const WeightInfo& info, const layout::Geometry& g,
                            const std::byte* blob) {
  Codebook book;
  if (g.book_bytes != 0) {
    args_.book = reinterpret_cast<const int8_t*>(blob + g.book_offset);
    std::memcpy(&book.unit, blob + g.book_offset + layout::kBookUnit, 4);
  }
  if (g.selector_bytes != 0) {
    args_.selectors = reinterpret_cast<const uint8_t*>(blob + g.selector_offset);
    args_.selector_group_stride = g.strip / 4;
    args_.selector_strip_stride = g.ks.groups * args_.selector_group_stride;
  }
  unit_ = format::UnitOf(info.format, book);
  if (info.super_group != 0) {
    args_.factors = blob + g.factor_offset;
    args_.offset_factors = g.offset_factor_bytes != 0 ? blob + g.offset_factor_offset : nullptr;
    args_.factor_strip_stride = g.ks.supers * g.strip;
    args_.factor_elem = info.factor;
  } else if (g.factor_bytes == sizeof(float)) {
    float factor = 1;
    std::memcpy(&factor, blob + g.factor_offset, sizeof(float));
    unit_ *= factor;
  } else if (g.factor_bytes != 0) {
    factors_ = reinterpret_cast<const float*>(blob + g.factor_offset);
  }
}

}  // namespace lutgemm::plan
