// Facts about this machine: name, cores, cache sizes. No policy.
#ifndef LUTGEMM_BASE_CPU_H_
#define LUTGEMM_BASE_CPU_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace lutgemm::base {

struct Caches {
  size_t l1d_bytes = 32u << 10;
  size_t l2_bytes = 1u << 20;
  size_t l3_bytes = 0;
};

// Sizes as one core sees them; the defaults above where the system does not tell.
const Caches& CacheSizes();
// Who made the processor, and which it is, as CPUID counts.
enum class CpuVendor : uint8_t { kOther, kIntel, kAmd };
struct CpuIdentity {
  CpuVendor vendor = CpuVendor::kOther;
  unsigned family = 0, model = 0;  // extended ones added in; 0 where there is no CPUID
};
const CpuIdentity& Identity();
// Marketing name of the processor, or "unknown".
std::string CpuName();

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_CPU_H_
