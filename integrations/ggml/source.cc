#include "ggml/source.h"

#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <memory>
#endif

namespace lutgemm_ggml {

#ifdef __linux__
namespace {

// Below that a look at the list of mappings costs more than the pages are worth.
constexpr size_t kLeast = size_t{1} << 20;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Whether all of [begin, end) lies in one mapping of a file that is shared and cannot be written
// through: its pages are the file's, so that none is lost.
bool IsMappedFile(uintptr_t begin, uintptr_t end) {
  const std::unique_ptr<std::FILE, Close> maps(std::fopen("/proc/self/maps", "re"));
  char line[512];
  while (maps != nullptr && std::fgets(line, sizeof(line), maps.get()) != nullptr) {
    uintptr_t first = 0, last = 0, inode = 0;
    char access[8] = "";
    const int read = std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %" SCNuPTR, &first,
                                 &last, access, &inode);
    if (read != 4 || end <= first || begin >= last) continue;
    return begin >= first && end <= last && access[1] == '-' && access[3] == 's' && inode != 0;
  }
  return false;
}

}  // namespace

bool LeavePages(const void* data, size_t bytes) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto from = reinterpret_cast<uintptr_t>(data);
  const uintptr_t begin = (from + page - 1) / page * page, end = (from + bytes) / page * page;
  if (bytes < kLeast || end <= begin || !IsMappedFile(begin, end)) return false;
  return madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) == 0;
}
#else
bool LeavePages(const void*, size_t) { return false; }
#endif

}  // namespace lutgemm_ggml
