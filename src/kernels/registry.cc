#include "kernels/registry.h"

#include "kernels/portable/portable.h"
#include "kernels/visit_targets.h"

#include <hwy/targets.h>

#include <vector>

// Each shard fills its rows, once per target.
#define LUTGEMM_DECLARE(target, space)     \
  namespace lutgemm::kernels::space {      \
  void FillPlanes(TargetKernels& kernels); \
  void FillTrits(TargetKernels& kernels);  \
  void FillDot(TargetKernels& kernels);    \
  void FillPrep(TargetKernels& kernels);   \
  }
LUTGEMM_VISIT_TARGETS(LUTGEMM_DECLARE)
#undef LUTGEMM_DECLARE

namespace lutgemm::kernels {
namespace {

constexpr RowSpec kRowSpecs[] = {
#define LUTGEMM_ROW(name, family, layout, modes, planes, prep) \
  {RowId::name, #name, #family, LayoutId::layout, Modes::modes, planes, Prep::prep},
#include "kernels/gen/rows.inc"
#undef LUTGEMM_ROW
};

struct Registry {
  std::vector<TargetKernels> compiled;
  std::vector<const TargetKernels*> supported;
};

Registry MakeRegistry() {
  Registry registry;
  std::vector<bool> runs;
  [[maybe_unused]] const int64_t cpu = hwy::SupportedTargets();
#define LUTGEMM_ADD(target, space)                     \
  {                                                    \
    TargetKernels kernels;                             \
    kernels.name = std::string_view(#space).substr(2); \
    space::FillPlanes(kernels);                        \
    space::FillTrits(kernels);                         \
    space::FillDot(kernels);                           \
    space::FillPrep(kernels);                          \
    registry.compiled.push_back(kernels);              \
    runs.push_back((cpu & (target)) != 0);             \
  }
  LUTGEMM_VISIT_TARGETS(LUTGEMM_ADD)
#undef LUTGEMM_ADD
  registry.compiled.push_back(portable::Kernels());
  runs.push_back(true);
  for (size_t i = 0; i < registry.compiled.size(); ++i) {
    if (runs[i]) registry.supported.push_back(&registry.compiled[i]);
  }
  return registry;
}

const Registry& TheRegistry() {
  static const Registry registry = MakeRegistry();
  return registry;
}

}  // namespace

std::span<const RowSpec> RowSpecs() { return kRowSpecs; }

std::span<const TargetKernels* const> SupportedTargets() { return TheRegistry().supported; }

bool IsCompiledTarget(std::string_view name) {
  for (const TargetKernels& kernels : TheRegistry().compiled) {
    if (kernels.name == name) return true;
  }
  return false;
}

}  // namespace lutgemm::kernels
