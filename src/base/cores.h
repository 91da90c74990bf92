// How many cores this process may use.
#ifndef LUTGEMM_BASE_CORES_H_
#define LUTGEMM_BASE_CORES_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace lutgemm::base {

// Cores in the affinity mask of the calling thread, or as many as the CPU quotas of its control
// groups are worth (rounded up) where that is less; at least 1.
size_t UsableCores() noexcept;

// The same for calls that are to take no time: the quotas are read from the system's files by the
// process's first such call, and hold for all later ones.
size_t UsableCoresQuick() noexcept;

// Cores that the quotas of this process's control groups (cgroup v2 and v1) are worth, those of
// all groups above them included; 0 = no quota. `root` stands before every path that is read.
size_t QuotaCores(const std::string& root);

// Cores of the text of a cpu.max, "max 100000" or "150000 100000", rounded up; 0 = no quota.
size_t CoresOfCpuMax(std::string_view text);

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_CORES_H_
