#include "quant/spec.h"

#include "base/rows_shape.h"
#include "base/text.h"
#include "format/traits.h"

namespace lutgemm::quant {
namespace {

using base::MakeStatus;

}  // namespace

Status CheckSpec(const QuantSpec& spec) noexcept {
  if (CodeBits(spec.format) == 0) {
    return MakeStatus(Code::kBadArgument, "weight format ", static_cast<unsigned>(spec.format),
                      " is unknown");
  }
  if (spec.zero != ZeroKind::kNone && spec.zero != ZeroKind::kInteger &&
      spec.zero != ZeroKind::kFloat) {
    return MakeStatus(Code::kBadArgument, "zero kind ", static_cast<unsigned>(spec.zero),
                      " is unknown");
  }
  if (spec.zero != ZeroKind::kNone && !format::HasZeros(spec.format)) {
    return MakeStatus(Code::kUnsupportedFormat, Name(spec.format),
                      " weights have no zero points; only those of ", format::kZeroFormats, " do");
  }
  if (!format::TakesScale(spec.format, spec.scale)) {
    return MakeStatus(Code::kBadArgument, "scales of ", Name(spec.format), " cannot be stored as ",
                      Name(spec.scale), "; use ", format::ScalesText(spec.format));
  }
  if (!format::TakesGroup(spec.format, spec.group)) {
    return MakeStatus(Code::kBadArgument, "group ", spec.group, " is not what ", Name(spec.format),
                      " can have: ", format::GroupsText(spec.format));
  }
  return {};
}

// Integer scales stand beside factors; the rest is as without them.
Status CheckSuperGroups(const WeightInfo& info) noexcept {
  if (format::TakesSuperGroups(info)) return {};
  return MakeStatus(Code::kUnsupportedFormat, "super-groups of ", info.super_group,
                    " with groups of ", info.group, ", scales ", Name(info.scale), ", factors ",
                    Name(info.factor), " and ", Name(info.zero), " zeros do not go with ",
                    Name(info.format), ": they are for ", format::kSuperGroupFormats,
                    ", whole groups of a multiple of 16, up to ", kMaxSuperGroup,
                    ", with scales u8 or i8, factors f32, f16 or bf16, and no "
                    "integer zeros");
}

Status CheckInfo(const WeightInfo& info) noexcept {
  QuantSpec spec{info.format, info.group, info.zero, info.scale, false};
  if (info.super_group != 0) spec.scale = Elem::kF32;
  Status status = CheckSpec(spec);
  if (status.ok() && info.super_group != 0) status = CheckSuperGroups(info);
  return status.ok() ? CheckShape(info.n, info.k) : status;
}

Status CheckTensor(const Tensor2D& weights) noexcept {
  if (weights.data == nullptr) return MakeStatus(Code::kBadArgument, "the tensor's data is null");
  if (!format::IsFloatElem(weights.elem)) {
    return MakeStatus(Code::kBadArgument, "cannot quantise a tensor of ", Name(weights.elem),
                      "; f32, f16 and bf16 are supported");
  }
  if (Status status = CheckShape(weights.rows, weights.cols); !status.ok()) return status;
  if (weights.stride != 0 && weights.stride < weights.cols) {
    return MakeStatus(Code::kBadShape, "the tensor's stride ", weights.stride, " is less than its ",
                      weights.cols, " columns");
  }
  const size_t stride = weights.stride != 0 ? weights.stride : weights.cols;
  if (!base::FitsMemory({weights.rows, stride, weights.cols, ElemBytes(weights.elem)})) {
    return MakeStatus(Code::kBadShape, weights.rows, " rows with a stride of ", stride, " ",
                      Name(weights.elem), " do not fit the address space");
  }
  return {};
}

}  // namespace lutgemm::quant
