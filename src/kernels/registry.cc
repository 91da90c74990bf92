#include "kernels/registry.h"

#include "kernels/portable/portable.h"
#include "kernels/shards.h"

#include <hwy/targets.h>

#include <algorithm>

namespace lutgemm::kernels {
namespace {

constexpr KernelSpec kKernels[] = {
#define LUTGEMM_KERNEL(name, method, regime, layout, modes, planes, binary, packing, least, most, \
                       read, decode, folds, parts, panel, chunk_unit, unit, block, doc)           \
  {KernelId::name,   #name,        Method::method, Regime::regime,                                \
   LayoutId::layout, Modes::modes, planes,         binary,                                        \
   Packing::packing, least,        most,           read,                                          \
   decode,           folds,        parts,          panel,                                         \
   chunk_unit,       unit,         block,          doc},
#include "kernels/gen/kernels.inc"
#undef LUTGEMM_KERNEL
};

constexpr MethodSpec kMethods[] = {
#define LUTGEMM_METHOD(method, name, digits, doc) {Method::method, #name, Digits::digits, doc},
#include "kernels/gen/methods.inc"
#undef LUTGEMM_METHOD
};

constexpr PackingSpec kPackings[] = {
#define LUTGEMM_PACKING(packing, name, step_k, step_bytes, tables, doc) \
  {Packing::packing, #name, step_k, step_bytes, tables, doc},
#include "kernels/gen/packings.inc"
#undef LUTGEMM_PACKING
};

// A target of this build, all of it constant data: its functions are compiled with its
// instructions, and nothing here may call one before the CPU was asked.
struct CompiledTarget {
  int64_t bit;  // of hwy::SupportedTargets; 0: every CPU runs it
  std::string_view name;
  std::array<const TargetKernels*, kShardCount> shards;
};
constexpr CompiledTarget kCompiled[] = {
#define LUTGEMM_SHARD(space, name) &space::name,
#define LUTGEMM_ADD(target, space) \
  {target, std::string_view(#space).substr(2), {LUTGEMM_VISIT_SHARDS(LUTGEMM_SHARD, space)}},
    LUTGEMM_VISIT_TARGETS(LUTGEMM_ADD)
#undef LUTGEMM_ADD
#undef LUTGEMM_SHARD
        {0, "PORTABLE", {&portable::kKernels}},
};

template <class T>
void TakeWhereSet(T& to, T from) {
  if (from != nullptr) to = from;
}

void Add(const TargetKernels& shard, TargetKernels& all) {
  if (shard.traits.table_entries != 0) all.traits = shard.traits;
  for (size_t i = 0; i < kKernelCount; ++i) {
    TakeWhereSet(all.kernel[i], shard.kernel[i]);
    if (shard.kernel[i] != nullptr) all.strips_at_once[i] = shard.strips_at_once[i];
  }
  for (size_t i = 0; i < kPackingCount; ++i) TakeWhereSet(all.pack_act[i], shard.pack_act[i]);
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

std::span<const KernelSpec> Kernels() { return kKernels; }

const KernelSpec* FindKernel(std::string_view name) {
  const auto* found = std::ranges::find(kKernels, name, &KernelSpec::name);
  return found == std::end(kKernels) ? nullptr : found;
}

const MethodSpec& SpecOf(Method method) { return kMethods[static_cast<size_t>(method)]; }
const PackingSpec& SpecOf(Packing packing) { return kPackings[static_cast<size_t>(packing)]; }

std::span<const TargetKernels* const> SupportedTargets() {
  const Registry& registry = TheRegistry();
  return {registry.supported.data(), registry.count};
}

bool IsCompiledTarget(std::string_view name) {
  return std::ranges::find(kCompiled, name, &CompiledTarget::name) != std::end(kCompiled);
}

}  // namespace lutgemm::kernels
