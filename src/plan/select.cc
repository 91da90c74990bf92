#include "plan/select.h"

#include "base/text.h"

namespace lutgemm::plan {
namespace {

using kernels::RowSpec;
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

Status NoRow(std::string_view row_name, const ProfileKey& key) {
  std::string names;
  for (const RowSpec& row : kernels::RowSpecs()) {
    if (CanRun(row, key)) names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return base::MakeStatus(Code::kNoKernel, "row '", row_name, "' cannot run ", Name(key.format),
                          " weights in layout '", Name(key.layout), "', mode ", Name(key.mode),
                          ", on target ", key.target->name, "; rows that can: ", names);
}

std::string MeasuredText(const ProfileEntry& entry) {
  return base::Cat("the profile's measurement at M=", entry.m, " on ", entry.threads,
                   " thread(s) found it fastest");
}

}  // namespace

FamilyChoice ChooseFamily(const ChoiceFacts& facts) {
  const bool wide = facts.target == kernels::TargetClass::kWide;
  const bool exact = facts.mode == Mode::kExact;
  if (facts.layout == LayoutId::kCodes) {
    return {"dot", "nibble codes feed the byte dot product directly"};
  }
  if (facts.target == kernels::TargetClass::kPortable) {
    const bool trits = facts.layout == LayoutId::kTrits;
    return {trits ? "trits" : "planes", "without SIMD a table lookup replaces several products"};
  }
  if (facts.layout == LayoutId::kTrits) {
    if (!wide) return {"dot", "this target has no 128-entry byte lookup"};
    if (facts.m < (exact ? 8u : 6u)) return {"trits", "few tokens: five weights per lookup"};
    if (!exact) return {"triples", "many tokens share one expansion to signed indices"};
    return {"dot", "many tokens share one expansion to bytes"};
  }
  const size_t bits = CodeBits(facts.format);
  if (facts.m == 1) return {"planes", "one token: lookups read each weight bit once"};
  if (!wide) {
    return facts.m < 3 ? FamilyChoice{"planes", "few tokens: lookups read each weight bit once"}
                       : FamilyChoice{"dot", "several tokens share one expansion to bytes"};
  }
  // A lookup serves 4 k of one plane, a byte dot product 4 k of all planes; exact tables are
  // looked up twice.
  const size_t lookups = exact ? 2 * bits : bits;
  if (lookups <= 2) return {"planes", "lookups of so few planes beat the byte dot product"};
  if (facts.m < 16) return {"planes", "too few tokens to pay for an expansion to bytes"};
  if (!exact && bits == 3) return {"planes", "lookups of so few planes beat the byte dot product"};
  return {"dot", "many tokens share one expansion to bytes"};
}

Result<Choice> Choose(const WeightInfo& info, LayoutId layout, const Problem& problem,
                      const Profile& profile) {
  auto target = ChooseTarget(problem.target);
  if (!target.ok()) return target.status();
  const ProfileKey key = KeyOf(*target, info, layout, problem.mode);
  if (problem.row.empty()) {
    if (const ProfileEntry* measured = profile.Find(key, problem.m); measured != nullptr) {
      return Choice{*target, measured->row, MeasuredText(*measured)};
    }
  }
  const ChoiceFacts facts{layout, info.format, problem.mode, problem.m, (*target)->target_class};
  const FamilyChoice family = ChooseFamily(facts);
  for (const RowSpec& row : kernels::RowSpecs()) {
    if (!CanRun(row, key)) continue;
    if (problem.row.empty() ? row.family == family.family : row.name == problem.row) {
      return Choice{*target, &row,
                    problem.row.empty() ? std::string(family.why) : "forced by the caller"};
    }
  }
  return NoRow(problem.row, key);
}

}  // namespace lutgemm::plan
