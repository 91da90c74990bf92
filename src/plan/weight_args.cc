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

void SetWeightArgs(PlanImpl& plan) {
  const kernels::Digits digits = kernels::SpecOf(plan.kernel->method).digits;
  const WeightInfo& info = plan.weights.info();
  const layout::Geometry& g = plan.geometry;
  kernels::WeightArgs& w = plan.weight_args;
  const std::byte* blob = plan.weights.blob().data();
  w.codes = reinterpret_cast<const uint8_t*>(blob);
  w.strip = g.strip;
  w.strip_bytes = g.strip_bytes;
  w.planes = static_cast<unsigned>(g.planes);
  w.group_slices = g.ks.group_slices;
  const format::Planes planes = format::PlanesOf(info.format);
  for (size_t p = 0; p < 8; ++p) w.plane_mult[p] = static_cast<uint8_t>(planes.multiplier[p]);
  // For byte products a bit is worth the distance of its two values.
  if (digits == kernels::Digits::kCodes && info.format == WeightFormat::kInt1) w.plane_mult[0] = 2;
  w.scale_elem = info.scale;
  w.zero = info.zero;
  w.fold = FoldOf(info, digits);
  if (g.book_bytes != 0) w.book = reinterpret_cast<const int8_t*>(blob + g.book_offset);
  if (g.selector_bytes != 0) {
    w.selectors = reinterpret_cast<const uint8_t*>(blob + g.selector_offset);
    w.selector_group_stride = g.strip / 4;
    w.selector_strip_stride = g.ks.groups * w.selector_group_stride;
  }
  if (info.group == kWholeTensor) {
    const size_t scale_size = ElemBytes(info.scale);
    const size_t zero_size = info.zero == ZeroKind::kInteger ? 1 : scale_size;
    for (size_t i = 0; i < kernels::kMaxStrip; ++i) {
      std::memcpy(&plan.tensor_scale[i * scale_size], blob + g.scale_offset, scale_size);
      if (info.zero != ZeroKind::kNone) {
        std::memcpy(&plan.tensor_zero[i * zero_size], blob + g.zero_offset, zero_size);
      }
    }
    w.scales = plan.tensor_scale.data();
    w.zeros = plan.tensor_zero.data();
  } else {
    w.scales = blob + g.scale_offset;
    w.zeros = blob + g.zero_offset;
    w.scale_strip_stride = g.ks.groups * g.strip;
    w.scale_group_stride = g.strip;
  }
  w.small_zeros = digits == kernels::Digits::kCodes && info.zero == ZeroKind::kInteger &&
                  plan.weights.largest_zero() <= kernels::kZeroBias;
}

void SetFactors(PlanImpl& plan) {
  const layout::Geometry& g = plan.geometry;
  const std::byte* blob = plan.weights.blob().data();
  Codebook book;
  if (g.book_bytes != 0) std::memcpy(&book.unit, blob + g.book_offset + layout::kBookUnit, 4);
  plan.out_unit = format::UnitOf(plan.weights.info().format, book);
  if (g.factor_bytes == sizeof(float)) {
    float factor = 1;
    std::memcpy(&factor, blob + g.factor_offset, sizeof(float));
    plan.out_unit *= factor;
  } else if (g.factor_bytes != 0) {
    plan.out_factors = reinterpret_cast<const float*>(blob + g.factor_offset);
  }
}

}  // namespace lutgemm::plan
