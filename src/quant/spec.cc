#include "quant/spec.h"

#include "base/text.h"

namespace lutgemm::quant {
namespace {

using base::MakeStatus;

bool IsFloat(Elem elem) noexcept {
  return elem == Elem::kF32 || elem == Elem::kF16 || elem == Elem::kBF16;
}

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
  const bool symmetric_only =
      spec.format == WeightFormat::kInt1 || spec.format == WeightFormat::kTernary;
  if (symmetric_only && spec.zero != ZeroKind::kNone) {
    return MakeStatus(Code::kUnsupportedFormat, Name(spec.format),
                      " weights have no zero points; only int2, int3 and int4 do");
  }
  if (!IsFloat(spec.scale)) {
    return MakeStatus(Code::kBadArgument, "scales cannot be stored as ", Name(spec.scale),
                      "; use f32, f16 or bf16");
  }
  if (spec.group % 4 != 0 && spec.group != kWholeTensor) {
    return MakeStatus(Code::kBadArgument, "group ", spec.group,
                      " is not a multiple of 4, whole row (0) or whole tensor");
  }
  return {};
}

Status CheckShape(size_t n, size_t k) noexcept {
  if (n < 1 || n > kMaxN) {
    return MakeStatus(Code::kBadShape, "weights have ", n, " rows; 1 to ", kMaxN, " are supported");
  }
  if (k < 1 || k > kMaxK) {
    return MakeStatus(Code::kBadShape, "weights have ", k, " columns; 1 to ", kMaxK,
                      " are supported");
  }
  return {};
}

Status CheckInfo(const WeightInfo& info) noexcept {
  Status status = CheckSpec({info.format, info.group, info.zero, info.scale, false});
  return status.ok() ? CheckShape(info.n, info.k) : status;
}

Status CheckTensor(const Tensor2D& weights) noexcept {
  if (weights.data == nullptr) return MakeStatus(Code::kBadArgument, "the tensor's data is null");
  if (!IsFloat(weights.elem)) {
    return MakeStatus(Code::kBadArgument, "cannot quantise a tensor of ", Name(weights.elem),
                      "; f32, f16 and bf16 are supported");
  }
  if (Status status = CheckShape(weights.rows, weights.cols); !status.ok()) return status;
  if (weights.stride != 0 && weights.stride < weights.cols) {
    return MakeStatus(Code::kBadShape, "the tensor's stride ", weights.stride, " is less than its ",
                      weights.cols, " columns");
  }
  return {};
}

}  // namespace lutgemm::quant
