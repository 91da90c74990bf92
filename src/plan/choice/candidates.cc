#include "plan/choice/candidates.h"

#include "format/traits.h"

namespace lutgemm::plan {

namespace {

using kernels::KernelSpec;
using kernels::Modes;
namespace Fold = kernels::Fold;

bool Folds(const KernelSpec& kernel, const CandidateFacts& facts) {
  const auto can = [&](uint8_t kind) { return (kernel.folds & kind) != 0; };
  if (facts.integer_out && !can(Fold::kIntegers)) return false;
  if (facts.super_groups && !can(Fold::kSpans)) return false;
  if (facts.zero == ZeroKind::kFloat) return can(Fold::kOffsets);
  if (facts.zero != ZeroKind::kInteger || can(Fold::kZeros)) return true;
  return facts.small_zeros && can(Fold::kSmallZeros);
}

}  // namespace

bool Serves(const KernelSpec& kernel, const CandidateFacts& facts) {
  if (kernel.layout != facts.layout) return false;
  if (kernel.layout != LayoutId::kTrits && kernel.planes != CodeBits(facts.format)) return false;
  if (kernel.modes == Modes::kFastOnly && facts.mode != Mode::kFast) return false;
  if (kernel.modes == Modes::kExactOnly && facts.mode != Mode::kExact) return false;
  if ((kernel.method == Method::kCodebook) != format::IsBook(facts.format)) return false;
  if (kernel.binary && facts.format == WeightFormat::kTernary) return false;
  if (facts.m < kernel.least_tokens) return false;
  if (kernel.most_tokens != 0 && facts.m > kernel.most_tokens) return false;
  return Folds(kernel, facts);
}

}  // namespace lutgemm::plan
