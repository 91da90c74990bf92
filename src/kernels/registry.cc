#include "kernels/registry.h"

#include "kernels/portable/portable.h"
#include "kernels/shards.h"

#include <hwy/targets.h>

#include <algorithm>

namespace lutgemm::kernels {
namespace {

constexpr RowSpec kRowSpecs[] = {
#define LUTGEMM_ROW(name, family, layout, modes, planes, prep) \
  {RowId::name, #name, #family, LayoutId::layout, Modes::modes, planes, Prep::prep},
#include "kernels/gen/rows.inc"
#undef LUTGEMM_ROW
};

// A target of this build, all of it constant data: its functions are compiled with its
// instructions, and nothing here may call one before the CPU was asked.
struct CompiledTarget {
  int64_t bit;  // of hwy::SupportedTargets; 0: every CPU runs it
  std::string_view name;
  std::array<const TargetKernels*, 4> shards;
};
constexpr CompiledTarget kCompiled[] = {
#define LUTGEMM_ADD(target, space)     \
  {target,                             \
   std::string_view(#space).substr(2), \
   {&space::kPlanesRows, &space::kTritsRows, &space::kDotRows, &space::kPreparation}},
    LUTGEMM_VISIT_TARGETS(LUTGEMM_ADD)
#undef LUTGEMM_ADD
        {0, "PORTABLE", {&portable::kKernels}},
};

template <class T>
void TakeWhereSet(T& to, T from) {
  if (from != nullptr) to = from;
}

void Add(const TargetKernels& shard, TargetKernels& all) {
  all.target_class = std::max(all.target_class, shard.target_class);
  for (size_t i = 0; i < kRowCount; ++i) {
    TakeWhereSet(all.lookup[i], shard.lookup[i]);
    if (shard.lookup[i] != nullptr) all.strips_at_once[i] = shard.strips_at_once[i];
  }
  for (size_t i = 0; i < kPrepCount; ++i) TakeWhereSet(all.prep[i], shard.prep[i]);
  TakeWhereSet(all.store, shard.store);
  TakeWhereSet(all.sum_squares, shard.sum_squares);
  TakeWhereSet(all.produce, shard.produce);
  TakeWhereSet(all.block_scores, shard.block_scores);
  TakeWhereSet(all.block_sums, shard.block_sums);
}

struct Registry {
  std::array<TargetKernels, std::size(kCompiled)> kernels;
  std::array<const TargetKernels*, std::size(kCompiled)> supported{};
  size_t count = 0;  // of both

  Registry() {
    const int64_t cpu = hwy::SupportedTargets();
    for (const CompiledTarget& target : kCompiled) {
      if (target.bit != 0 && (cpu & target.bit) == 0) continue;
      TargetKernels& all = kernels[count];
      all.name = target.name;
      for (const TargetKernels* shard : target.shards) {
        if (shard != nullptr) Add(*shard, all);
      }
      supported[count++] = &all;
    }
  }
};

const Registry& TheRegistry() {
  static const Registry registry;
  return registry;
}

}  // namespace

std::span<const RowSpec> RowSpecs() { return kRowSpecs; }

std::span<const TargetKernels* const> SupportedTargets() {
  const Registry& registry = TheRegistry();
  return {registry.supported.data(), registry.count};
}

bool IsCompiledTarget(std::string_view name) {
  return std::ranges::find(kCompiled, name, &CompiledTarget::name) != std::end(kCompiled);
}

}  // namespace lutgemm::kernels
