#include "base/cpu.h"

#include <cpuinfo.h>

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

// Family and model of CPUID's leaf 1 (Intel SDM, volume 2, CPUID; AMD APM, volume 3, appendix E).
[[maybe_unused]] void SetNumbers(uint32_t leaf, CpuIdentity& identity) {
  const unsigned family = leaf >> 8 & 15, model = leaf >> 4 & 15;
  identity.family = family == 15 ? family + (leaf >> 20 & 255) : family;
  const bool extended = family == 15 || family == 6;
  identity.model = extended ? model + (leaf >> 16 & 15) * 16 : model;
}

CpuIdentity ReadIdentity() {
  CpuIdentity identity;
  if (!cpuinfo_initialize() || cpuinfo_get_cores_count() == 0) return identity;
  const cpuinfo_core* core = cpuinfo_get_core(0);
  if (core->vendor == cpuinfo_vendor_intel) identity.vendor = CpuVendor::kIntel;
  if (core->vendor == cpuinfo_vendor_amd) identity.vendor = CpuVendor::kAmd;
#if CPUINFO_ARCH_X86 || CPUINFO_ARCH_X86_64
  SetNumbers(core->cpuid, identity);
#endif
  return identity;
}

}  // namespace

const Caches& CacheSizes() {
  static const Caches caches = ReadCaches();
  return caches;
}

const CpuIdentity& Identity() {
  static const CpuIdentity identity = ReadIdentity();
  return identity;
}

std::string CpuName() {
  if (!cpuinfo_initialize() || cpuinfo_get_packages_count() == 0) return "unknown";
  return cpuinfo_get_package(0)->name;
}

}  // namespace lutgemm::base
