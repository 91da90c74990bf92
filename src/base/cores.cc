#include "base/cores.h"

#include "base/bits.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace lutgemm::base {
namespace {

#if defined(__linux__)
// The kernel refuses masks smaller than its own, so sizes grow until one is accepted. 0 = unknown.
size_t AffinityCores() noexcept {
  for (size_t cpus = CPU_SETSIZE; cpus <= size_t{1} << 18; cpus *= 4) {
    cpu_set_t* mask = CPU_ALLOC(cpus);
    if (mask == nullptr) return 0;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    const bool known = sched_getaffinity(0, bytes, mask) == 0;
    const size_t count = known ? static_cast<size_t>(CPU_COUNT_S(bytes, mask)) : 0;
    CPU_FREE(mask);
    if (known) return count;
  }
  return 0;
}
#else
size_t AffinityCores() noexcept { return 0; }
#endif

// Nothing where there is no memory to find out.
std::optional<size_t> SystemQuotaCores() noexcept {
  try {
    return QuotaCores("");
  } catch (...) {
    return std::nullopt;
  }
}

// The first line of a small file, "" where there is none.
std::string LineOf(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// A number above 0, or 0 for anything else ("max", "-1", nothing).
uint64_t Number(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

size_t Cores(uint64_t quota, uint64_t period) {
  return quota == 0 || period == 0 ? 0 : static_cast<size_t>(CeilDiv(quota, period));
}

// Of two counts of cores, 0 = none, the one that binds.
size_t Least(size_t a, size_t b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

// A mounted tree of control groups.
struct Mount {
  bool v2 = false;
  std::string group;  // the group that is mounted, "/" for all of them
  std::string path;
};

// Whether a list such as "rw,cpu,cpuacct" has a word.
bool Lists(std::string_view list, std::string_view word) {
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

// A path of /proc/self/mountinfo, where \ooo stands for blanks and backslashes.
std::string Unescaped(const std::string& text) {
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() &&
                       text.find_first_not_of("01234567", i + 1) >= i + 4;
    if (octal) {
      path += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      path += text[i];
    }
  }
  return path;
}

// A line of /proc/self/mountinfo: id, parent, device, root, mount point, options ... "-", type,
// source, options of the file system.
bool ReadMount(const std::string& line, Mount& mount) {
  std::istringstream words(line);
  std::string word, type, source, options;
  words >> word >> word >> word >> mount.group >> mount.path;
  while (words >> word && word != "-") {
  }
  words >> type >> source >> options;
  mount.group = Unescaped(mount.group), mount.path = Unescaped(mount.path);
  mount.v2 = type == "cgroup2";
  return mount.v2 || (type == "cgroup" && Lists(options, "cpu"));
}

// The process's group in the tree, a line "0::/path" (v2) or "4:cpu,cpuacct:/path" (v1); "" where
// it has none.
std::string GroupOf(const Mount& mount, const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string_view names = std::string_view(line).substr(first + 1, second - first - 1);
    if (mount.v2 ? names.empty() : Lists(names, "cpu")) return line.substr(second + 1);
  }
  return {};
}

size_t FolderCores(const std::string& folder, bool v2) {
  if (v2) return CoresOfCpuMax(LineOf(folder + "/cpu.max"));
  return Cores(Number(LineOf(folder + "/cpu.cfs_quota_us")),
               Number(LineOf(folder + "/cpu.cfs_period_us")));
}

// The quota of the process's group and of all above it. Where a container sees only its own group,
// the path of /proc leads nowhere and the mount itself has the quota.
size_t MountCores(const Mount& mount, const std::string& root) {
  std::string group = GroupOf(mount, root);
  if (mount.group != "/" && (group + '/').starts_with(mount.group + '/')) {
    group.erase(0, mount.group.size());
  }
  size_t cores = 0;
  for (;;) {
    while (group.ends_with('/')) group.pop_back();
    cores = Least(cores, FolderCores(root + mount.path + group, mount.v2));
    const size_t slash = group.rfind('/');
    if (slash == group.npos) return cores;
    group.resize(slash);
  }
}

// Cores of the affinity mask within a quota; 0 = no quota.
size_t CoresWithin(size_t quota) noexcept {
  const size_t affinity = AffinityCores();
  const size_t cores = affinity != 0 ? affinity : std::thread::hardware_concurrency();
  return std::max<size_t>(1, Least(cores, quota));
}

}  // namespace

size_t CoresOfCpuMax(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == text.npos) return 0;
  return Cores(Number(text.substr(0, space)), Number(text.substr(space + 1)));
}

size_t QuotaCores(const std::string& root) {
  std::ifstream mounts(root + "/proc/self/mountinfo");
  size_t cores = 0;
  for (std::string line; std::getline(mounts, line);) {
    Mount mount;
    if (ReadMount(line, mount)) cores = Least(cores, MountCores(mount, root));
  }
  return cores;
}

size_t UsableCores() noexcept { return CoresWithin(SystemQuotaCores().value_or(0)); }

size_t UsableCoresQuick() noexcept {
  constexpr size_t kUnread = ~size_t{0};
  static std::atomic<size_t> known = kUnread;
  size_t quota = known.load(std::memory_order_relaxed);
  if (quota == kUnread) {
    const std::optional<size_t> read = SystemQuotaCores();
    quota = read.value_or(0);
    if (read) known.store(quota, std::memory_order_relaxed);
  }
  return CoresWithin(quota);
}

}  // namespace lutgemm::base
