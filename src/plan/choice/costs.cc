#include "plan/choice/costs.h"

#include <iterator>

namespace lutgemm::plan {
namespace {

constexpr std::string_view kTargets[] = {"AVX3_DL", "AVX3", "AVX2", "SSE4", "PORTABLE"};
constexpr size_t kTargetCount = std::size(kTargets);
enum Target : uint8_t { AVX3_DL, AVX3, AVX2, SSE4, PORTABLE };

struct Entry {
  CoreId core;
  Target target;
  kernels::KernelId kernel;
  Mode mode;
};

#define LUTGEMM_COST(core, target, kernel, mode, ...) \
  Entry{CoreId::core, target, kernels::KernelId::kernel, Mode::mode},
#define LUTGEMM_READ(...)
constexpr Entry kEntries[] = {
#include "plan/choice/gen/costs.inc"
};
#undef LUTGEMM_COST
#define LUTGEMM_COST(core, target, kernel, mode, ...) Coefficients{__VA_ARGS__},
constexpr Coefficients kCosts[] = {
#include "plan/choice/gen/costs.inc"
};
#undef LUTGEMM_COST
#undef LUTGEMM_READ

}  // namespace

struct CostTables {
  CostTable of[kCoreCount][kTargetCount];
  float read[kCoreCount][kLevelCount];

  constexpr CostTables() {
    for (auto& core : of) {
      for (CostTable& table : core) table.entries_ = kCosts;
    }
    for (size_t i = 0; i < std::size(kEntries); ++i) {
      const Entry& e = kEntries[i];
      CostTable& table = of[static_cast<size_t>(e.core)][e.target];
      table.index_[static_cast<size_t>(e.kernel)][static_cast<size_t>(e.mode)] =
          static_cast<uint16_t>(i + 1);
    }
#define LUTGEMM_COST(...)
#define LUTGEMM_READ(core, level, ns) \
  read[static_cast<size_t>(CoreId::core)][static_cast<size_t>(Level::level)] = ns;
#include "plan/choice/gen/costs.inc"
#undef LUTGEMM_COST
#undef LUTGEMM_READ
  }
};

namespace {
constexpr CostTables kTables;
}  // namespace

const CostTable& CostTable::Of(CoreId core, std::string_view target) {
  size_t i = 0;
  while (i < kTargetCount && kTargets[i] != target) ++i;
  return kTables.of[static_cast<size_t>(core)][i < kTargetCount ? i : size_t{AVX2}];
}

std::span<const std::string_view> CostTargets() { return kTargets; }

float NanosecondsPerByte(CoreId core, Level level) {
  return kTables.read[static_cast<size_t>(core)][static_cast<size_t>(level)];
}

}  // namespace lutgemm::plan
