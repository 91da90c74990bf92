#include "plan/choice/cores.h"

namespace lutgemm::plan {
namespace {

constexpr std::string_view kNames[kCoreCount] = {"xeon", "zen4", "zen5"};
constexpr unsigned kZen5Family = 0x1a;

}  // namespace

std::string_view Name(CoreId core) { return kNames[static_cast<size_t>(core)]; }

CoreId CoreOf(const base::CpuIdentity& cpu) {
  if (cpu.vendor != base::CpuVendor::kAmd) return CoreId::kXeon;
  return cpu.family >= kZen5Family ? CoreId::kZen5 : CoreId::kZen4;
}

CoreId ThisCore() {
  static const CoreId core = CoreOf(base::Identity());
  return core;
}

}  // namespace lutgemm::plan
