#include "plan/select.h"

#include "base/cpu.h"
#include "base/text.h"
#include "format/traits.h"
#include "layout/layout.h"

namespace lutgemm::plan {
namespace {

using kernels::KernelSpec;
using kernels::TargetKernels;

Result<const TargetKernels*> ChooseTarget(std::string_view forced) {
  const auto targets = kernels::SupportedTargets();
  if (forced.empty()) return targets.front();
  std::string names;
  for (const TargetKernels* target : targets) {
    if (target->name == forced) return target;
    names += (names.empty() ? "" : ", ") + std::string(target->name);
  }
  const bool compiled = kernels::IsCompiledTarget(forced);
  return Status(compiled ? Code::kUnsupportedCpu : Code::kBadArgument,
                (compiled ? "this CPU cannot run target '" : "this build has no target '") +
                    std::string(forced) + "'; it can run: " + names);
}

Status NoKernel(const PackedWeights& weights, const Problem& problem, const TargetKernels& target) {
  std::string names;
  for (const KernelSpec& kernel : kernels::Kernels()) {
    if (target.Has(kernel) && Serves(kernel, weights, problem)) {
      names += (names.empty() ? "" : ", ") + std::string(kernel.name);
    }
  }
  return {Code::kNoKernel, "kernel '" + std::string(problem.kernel) + "' cannot run " +
                               std::string(Name(weights.info().format)) + " weights in layout '" +
                               std::string(Name(weights.layout())) + "', mode " +
                               std::string(Name(problem.mode)) + ", " + std::to_string(problem.m) +
                               " token(s), on target " + std::string(target.name) +
                               "; kernels that can: " + (names.empty() ? "none" : names)};
}

// Lookups of 16 entries cost the same for every token, a byte dot product less from token to token.
// Where they meet on AVX2 (docs/kernels.md): measured where lookups issue beside products,
// estimated from that and from products of twice as many instructions elsewhere.
MethodChoice ChooseNarrow(const ChoiceFacts& facts) {
  const bool exact = facts.mode == Mode::kExact, trits = facts.layout == LayoutId::kTrits;
  const size_t bits = CodeBits(facts.format);
  if (!trits && facts.m == 1)
    return {Method::kLut4, "one token: lookups read each weight bit once"};
  constexpr size_t kLookups[2][4] = {{SIZE_MAX, 7, 4, 4}, {8, 2, 1, 1}};
  constexpr size_t kBeside[2][4] = {{40, 4, 3, 3}, {3, 2, 1, 1}};
  const auto& table = facts.lookups_beside_products ? kBeside : kLookups;
  const size_t most = trits ? (exact ? 1 : 4) : table[exact ? 1 : 0][bits - 1];
  if (facts.m > most) return {Method::kDot, "enough tokens to share one expansion to bytes"};
  return {trits ? Method::kTernary5 : Method::kLut4,
          "few tokens or bits: lookups beat an expansion to bytes"};
}

// Tables of five are 1.6 times as long as tables of four, for 13 lookups instead of 16 in a group
// of 128: it takes tokens to share the expansion to indices, outputs to share the tables, and
// groups of more than 64 (7 lookups instead of 8). Folds of zeros are slow there.
bool TakesFives(const ChoiceFacts& facts) {
  return facts.mode == Mode::kFast && facts.zero == ZeroKind::kNone && facts.m >= 72 &&
         facts.n >= 2048 && facts.group >= 96;
}

// A lookup serves 4 k of one plane, a byte dot product 4 k of all planes, but expansion to bytes
// costs more than decoding indices; exact tables are looked up twice. Measured (docs/kernels.md).
MethodChoice ChooseWide(const ChoiceFacts& facts) {
  const bool exact = facts.mode == Mode::kExact, zeros = facts.zero != ZeroKind::kNone;
  const bool beside = facts.lookups_beside_products;
  const size_t bits = CodeBits(facts.format), m = facts.m;
  if (bits == 3 && (zeros || beside) && m > 1 && m < 5) {
    return {Method::kDot, "few tokens share bytes in registers"};
  }
  constexpr size_t kLookups[2][4] = {{SIZE_MAX, 95, 12, 1}, {47, 1, 0, 1}};
  constexpr size_t kBeside[2][4] = {{SIZE_MAX, SIZE_MAX, 40, 1}, {SIZE_MAX, 1, 0, 1}};
  // Ternary planes do not transpose to bytes; panels of bytes take zeros in, folds of lookups do
  // not.
  const bool ternary = facts.format == WeightFormat::kTernary;
  const size_t lookups =
      exact && ternary ? 2 : (beside ? kBeside : kLookups)[exact ? 1 : 0][bits - 1];
  if (m > (zeros && !beside ? (lookups + 1) / 2 : lookups)) {
    return {Method::kDot, "tokens share one expansion to bytes"};
  }
  if (bits == 2 && TakesFives(facts)) {
    return {Method::kLut5, "many tokens share one expansion to indices of five"};
  }
  return {Method::kLut4, m == 1 ? "one token: lookups read each weight bit once"
                                : "few tokens or planes: lookups beat the byte dot product"};
}

}  // namespace

std::string WhyOf(const Choice& choice) {
  if (!choice.why.empty()) return std::string(choice.why);
  return base::Cat("chosen by the profile's measurement at M=", choice.m, " on ", choice.threads,
                   " thread(s)");
}

MethodChoice ChooseMethod(const ChoiceFacts& facts) {
  const bool wide = facts.table_entries >= 64;
  if (format::IsBook(facts.format)) return {Method::kCodebook, "codes index a table of bytes"};
  if (CodeBits(facts.format) > 4) return {Method::kDot, "too many planes for lookups"};
  if (facts.layout == LayoutId::kCodes) {
    return {Method::kDot, "nibble codes feed the byte dot product directly"};
  }
  if (facts.table_entries == 0) {
    const bool trits = facts.layout == LayoutId::kTrits;
    return {trits ? Method::kTernary5 : Method::kLut4,
            "without SIMD a table lookup replaces several products"};
  }
  if (facts.layout == LayoutId::kTrits) {
    if (!wide) return ChooseNarrow(facts);
    const bool exact = facts.mode == Mode::kExact;
    const bool beside = facts.lookups_beside_products;
    const size_t few = exact ? (beside ? 5 : 3) : beside ? 8 : 5;
    if (facts.m <= few) return {Method::kTernary5, "few tokens: five weights per lookup"};
    if (!exact) return {Method::kTernary3, "many tokens share one expansion to signed indices"};
    return {Method::kDot, "many tokens share one expansion to bytes"};
  }
  if (!wide) return ChooseNarrow(facts);
  return ChooseWide(facts);
}

size_t MostSmallM(const ChoiceFacts& facts, Method method) {
  const bool exact = facts.mode == Mode::kExact, beside = facts.lookups_beside_products;
  const size_t bits = CodeBits(facts.format);
  switch (method) {
    case Method::kLut4:
      if (bits == 4 || (exact && bits != 1)) return 0;
      if (beside) return bits == 1 ? 24 : SIZE_MAX;
      return bits == 1 ? (exact ? 6 : 8) : 16;
    case Method::kTernary5:
      return SIZE_MAX;
    case Method::kDot:
    case Method::kCodebook: {
      const bool book = method == Method::kCodebook;
      if (facts.layout == LayoutId::kPlanes)
        return (beside ? 8 : 4) - (bits > 4 ? beside ? 2 : 1 : 0);
      // More tokens of a codebook gain from expanding its bytes once.
      if (beside) return book ? 64 : SIZE_MAX;
      return book ? 24 : 64;
    }
    default:
      return 0;
  }
}

bool Serves(const KernelSpec& kernel, const PackedWeights& weights, const Problem& problem) {
  const WeightInfo& info = weights.info();
  namespace Fold = kernels::Fold;
  if (kernel.layout != weights.layout()) return false;
  if (kernel.modes == kernels::Modes::kFastOnly && problem.mode != Mode::kFast) return false;
  if (kernel.modes == kernels::Modes::kExactOnly && problem.mode != Mode::kExact) return false;
  if ((kernel.method == Method::kCodebook) != format::IsBook(info.format)) return false;
  if (kernel.binary && info.format == WeightFormat::kTernary) return false;
  if (kernel.layout != LayoutId::kTrits && kernel.planes != CodeBits(info.format)) return false;
  if (problem.m < kernel.least_tokens) return false;
  if (kernel.most_tokens != 0 && problem.m > kernel.most_tokens) return false;
  if (problem.out == Elem::kI32 && (kernel.folds & Fold::kIntegers) == 0) return false;
  if (info.zero == ZeroKind::kFloat) return (kernel.folds & Fold::kOffsets) != 0;
  if (info.zero != ZeroKind::kInteger || (kernel.folds & Fold::kZeros) != 0) return true;
  return (kernel.folds & Fold::kSmallZeros) != 0 && weights.largest_zero() <= kernels::kZeroBias;
}

Result<Choice> Choose(const PackedWeights& weights, const Problem& problem,
                      const Profile& profile) {
  Result<const TargetKernels*> target = ChooseTarget(problem.target);
  if (!target.ok()) return target.status();
  const WeightInfo& info = weights.info();
  const auto can = [&](const KernelSpec& kernel) {
    return (*target)->Has(kernel) && Serves(kernel, weights, problem);
  };
  if (!problem.kernel.empty()) {
    const KernelSpec* forced = kernels::FindKernel(problem.kernel);
    if (forced == nullptr || !can(*forced)) return NoKernel(weights, problem, **target);
    return Choice{*target, forced, "forced by the caller"};
  }
  const ProfileEntry* entry =
      profile.Find(KeyOf(**target, info, weights.layout(), problem.mode), problem.m);
  if (entry != nullptr && can(*entry->kernel)) {
    return Choice{*target, entry->kernel, {}, entry->m, entry->threads};
  }
  const ChoiceFacts facts{weights.layout(),
                          info.format,
                          problem.mode,
                          problem.m,
                          (*target)->traits.table_entries,
                          info.zero,
                          base::LookupsBesideProducts(),
                          layout::MakeKSpace(info).group,
                          info.n};
  const MethodChoice choice = ChooseMethod(facts);
  const bool small = problem.m <= MostSmallM(facts, choice.method);
  const Regime order[] = {problem.m == 1 ? Regime::kGemv
                          : small        ? Regime::kSmallM
                                         : Regime::kGemm,
                          Regime::kGemm, Regime::kGemv};
  for (Regime regime : order) {
    for (const KernelSpec& kernel : kernels::Kernels()) {
      if (kernel.method == choice.method && kernel.regime == regime && can(kernel)) {
        return Choice{*target, &kernel, choice.why};
      }
    }
  }
  return NoKernel(weights, problem, **target);
}

}  // namespace lutgemm::plan
