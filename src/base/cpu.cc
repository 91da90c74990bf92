#include "base/cpu.h"

#include <cpuinfo.h>

#include <atomic>

namespace lutgemm::base {
namespace {

Caches ReadCaches() {
  Caches caches;
  // Fails where /proc and /sys are hidden: then the defaults stand.
  if (!cpuinfo_initialize()) return caches;
  if (const cpuinfo_cache* l1 = cpuinfo_get_l1d_cache(0); l1 != nullptr && l1->size != 0) {
    caches.l1d_bytes = l1->size;
  }
  if (const cpuinfo_cache* l2 = cpuinfo_get_l2_cache(0); l2 != nullptr && l2->size != 0) {
    caches.l2_bytes = l2->size;
  }
  if (const cpuinfo_cache* l3 = cpuinfo_get_l3_cache(0); l3 != nullptr) {
    caches.l3_bytes = l3->size;
  }
  return caches;
}

std::atomic<std::optional<bool>> assumed;

}  // namespace

const Caches& CacheSizes() {
  static const Caches caches = ReadCaches();
  return caches;
}

bool LookupsBesideProducts() {
  static const bool beside = cpuinfo_initialize() && cpuinfo_get_cores_count() != 0 &&
                             cpuinfo_get_core(0)->vendor == cpuinfo_vendor_amd;
  return assumed.load(std::memory_order_relaxed).value_or(beside);
}

void AssumeLookupsBesideProducts(std::optional<bool> answer) { assumed = answer; }

std::string CpuName() {
  if (!cpuinfo_initialize() || cpuinfo_get_packages_count() == 0) return "unknown";
  return cpuinfo_get_package(0)->name;
}

}  // namespace lutgemm::base
