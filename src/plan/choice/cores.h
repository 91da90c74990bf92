// The cores whose kernels were measured or computed, and which of them stands for a processor.
#ifndef LUTGEMM_PLAN_CHOICE_CORES_H_
#define LUTGEMM_PLAN_CHOICE_CORES_H_

#include "base/cpu.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lutgemm::plan {

enum class CoreId : uint8_t {
  kXeon,  // Intel with AVX-512 VNNI and VBMI
  kZen4,  // AMD, 512-bit instructions in two halves
  kZen5,  // AMD, 512-bit instructions undivided
};
inline constexpr size_t kCoreCount = 3;

// "xeon", "zen4", "zen5": as files of measurements are called.
std::string_view Name(CoreId core);

// The core itself, or the nearest by vendor and generation: earlier ones of AMD do 512 bits in two
// halves or not at all, as Zen 4; what no vendor is known of is taken for the Xeon.
CoreId CoreOf(const base::CpuIdentity& cpu);
// Of this machine.
CoreId ThisCore();

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHOICE_CORES_H_
