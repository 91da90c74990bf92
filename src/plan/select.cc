#include "plan/select.h"

#include "base/cpu.h"
#include "base/text.h"
#include "format/traits.h"
#include "layout/layout.h"

namespace lutgemm::plan {
namespace {

using kernels::RowSpec;
using kernels::TargetKernels;

bool Serves(const RowSpec& row, const WeightInfo& info, LayoutId layout, Mode mode) {
  if (row.layout != layout) return false;
  if (row.modes == kernels::Modes::kFastOnly && mode != Mode::kFast) return false;
  if (row.modes == kernels::Modes::kExactOnly && mode != Mode::kExact) return false;
  if ((row.family == "book") != format::IsBook(info.format)) return false;
  return layout == LayoutId::kTrits || row.planes == CodeBits(info.format);
}

bool Has(const TargetKernels& target, const RowSpec& row) {
  return target.lookup[static_cast<size_t>(row.id)] != nullptr &&
         target.prep[static_cast<size_t>(row.prep)] != nullptr;
}

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

Status NoRow(const WeightInfo& info, LayoutId layout, const Problem& problem,
             const TargetKernels& target) {
  std::string names;
  for (const RowSpec& row : kernels::RowSpecs()) {
    if (Serves(row, info, layout, problem.mode) && Has(target, row)) {
      names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
  }
  return {Code::kNoKernel,
          "row '" + std::string(problem.row) + "' cannot run " + std::string(Name(info.format)) +
              " weights in layout '" + std::string(Name(layout)) + "', mode " +
              std::string(Name(problem.mode)) + ", on target " + std::string(target.name) +
              "; rows that can: " + (names.empty() ? "none" : names)};
}

std::string MeasuredText(const ProfileEntry& entry) {
  return base::Cat("chosen by the profile's measurement at M=", entry.m, " on ", entry.threads,
                   " thread(s)");
}

// Lookups of 16 entries cost the same for every token, a byte dot product less from token to token.
// Where they meet on AVX2 (docs/kernels.md): measured where lookups issue beside products,
// estimated from that and from products of twice as many instructions elsewhere.
FamilyChoice ChooseNarrow(const ChoiceFacts& facts) {
  const bool exact = facts.mode == Mode::kExact, trits = facts.layout == LayoutId::kTrits;
  const size_t bits = CodeBits(facts.format);
  if (!trits && facts.m == 1) return {"planes", "one token: lookups read each weight bit once"};
  constexpr size_t kLookups[2][4] = {{SIZE_MAX, 7, 4, 4}, {8, 2, 1, 1}};
  constexpr size_t kBeside[2][4] = {{40, 4, 3, 3}, {3, 2, 1, 1}};
  const auto& table = facts.lookups_beside_products ? kBeside : kLookups;
  const size_t most = trits ? (exact ? 1 : 4) : table[exact ? 1 : 0][bits - 1];
  if (facts.m > most) return {"dot", "enough tokens to share one expansion to bytes"};
  return {trits ? "trits" : "planes", "few tokens or bits: lookups beat an expansion to bytes"};
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
FamilyChoice ChooseWide(const ChoiceFacts& facts) {
  const bool exact = facts.mode == Mode::kExact, zeros = facts.zero != ZeroKind::kNone;
  const bool beside = facts.lookups_beside_products;
  const size_t bits = CodeBits(facts.format), m = facts.m;
  if (bits == 3 && (zeros || beside) && m > 1 && m < 5) {
    return {"dot", "few tokens share bytes in registers"};
  }
  constexpr size_t kLookups[2][4] = {{SIZE_MAX, 95, 12, 1}, {47, 1, 0, 1}};
  constexpr size_t kBeside[2][4] = {{SIZE_MAX, SIZE_MAX, 40, 1}, {SIZE_MAX, 1, 0, 1}};
  // Ternary planes do not transpose to bytes; panels of bytes take zeros in, folds of lookups do
  // not.
  const bool ternary = facts.format == WeightFormat::kTernary;
  const size_t lookups =
      exact && ternary ? 2 : (beside ? kBeside : kLookups)[exact ? 1 : 0][bits - 1];
  if (m > (zeros && !beside ? (lookups + 1) / 2 : lookups)) {
    return {"dot", "tokens share one expansion to bytes"};
  }
  if (bits == 2 && TakesFives(facts)) {
    return {"fives", "many tokens share one expansion to indices of five"};
  }
  return {"planes", m == 1 ? "one token: lookups read each weight bit once"
                           : "few tokens or planes: lookups beat the byte dot product"};
}

}  // namespace

FamilyChoice ChooseFamily(const ChoiceFacts& facts) {
  const bool wide = facts.target == kernels::TargetClass::kWide;
  if (format::IsBook(facts.format)) return {"book", "codes index a table of bytes"};
  if (CodeBits(facts.format) > 4) return {"dot", "too many planes for lookups"};
  if (facts.layout == LayoutId::kCodes) {
    return {"dot", "nibble codes feed the byte dot product directly"};
  }
  if (facts.target == kernels::TargetClass::kPortable) {
    const bool trits = facts.layout == LayoutId::kTrits;
    return {trits ? "trits" : "planes", "without SIMD a table lookup replaces several products"};
  }
  if (facts.layout == LayoutId::kTrits) {
    if (!wide) return ChooseNarrow(facts);
    const bool exact = facts.mode == Mode::kExact;
    const bool beside = facts.lookups_beside_products;
    const size_t few = exact ? (beside ? 5 : 3) : beside ? 8 : 5;
    if (facts.m <= few) return {"trits", "few tokens: five weights per lookup"};
    if (!exact) return {"triples", "many tokens share one expansion to signed indices"};
    return {"dot", "many tokens share one expansion to bytes"};
  }
  if (!wide) return ChooseNarrow(facts);
  return ChooseWide(facts);
}

kernels::FewLimits LimitsOf(const RowSpec& row, Mode mode, bool lookups_beside_products) {
  const bool exact = mode == Mode::kExact, book = row.family == "book";
  const bool no_lookups = row.planes == 4 || (exact && row.planes != 1);
  kernels::FewLimits limits;
  if (lookups_beside_products) {
    limits.lookups = row.planes == 1 ? 24 : no_lookups ? 0 : SIZE_MAX;
    limits.transposed = row.planes > 4 ? 6 : 8;
    // More tokens of a codebook gain from expanding its bytes once.
    limits.codes = book ? kernels::kMostFewTokens : SIZE_MAX;
  } else {
    limits.lookups = row.planes == 1 ? (exact ? 6 : 8) : no_lookups ? 0 : 16;
    limits.transposed = row.planes > 4 ? 3 : 4;
    limits.codes = book ? 24 : kernels::kMostFewTokens;
  }
  return limits;
}

Result<Choice> Choose(const WeightInfo& info, LayoutId layout, const Problem& problem,
                      const Profile& profile) {
  Result<const TargetKernels*> target = ChooseTarget(problem.target);
  if (!target.ok()) return target.status();
  const ProfileEntry* entry = profile.Find(KeyOf(**target, info, layout, problem.mode), problem.m);
  if (problem.row.empty() && entry != nullptr && Has(**target, *entry->row) &&
      Serves(*entry->row, info, layout, problem.mode)) {
    return Choice{*target, entry->row, MeasuredText(*entry)};
  }
  const ChoiceFacts facts{layout,
                          info.format,
                          problem.mode,
                          problem.m,
                          (*target)->target_class,
                          info.zero,
                          base::LookupsBesideProducts(),
                          layout::MakeKSpace(info).group,
                          info.n};
  const FamilyChoice family = ChooseFamily(facts);
  for (const RowSpec& row : kernels::RowSpecs()) {
    if (!Serves(row, info, layout, problem.mode) || !Has(**target, row)) continue;
    if (problem.row.empty() ? row.family == family.family : row.name == problem.row) {
      return Choice{*target, &row,
                    problem.row.empty() ? std::string(family.why) : "forced by the caller"};
    }
  }
  return NoRow(info, layout, problem, **target);
}

}  // namespace lutgemm::plan
