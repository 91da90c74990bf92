#include "io/file_limits.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <limits>

namespace lutgemm::io {
namespace {

// 0 where it fits or cannot be told.
int CompareWithFree(int fd, uint64_t bytes) noexcept {
  struct statvfs facts = {};
  if (fstatvfs(fd, &facts) != 0 || facts.f_blocks == 0 || facts.f_frsize == 0) return 0;
  const uint64_t blocks = bytes / facts.f_frsize + (bytes % facts.f_frsize != 0 ? 1 : 0);
  return blocks > facts.f_bavail ? ENOSPC : 0;
}

}  // namespace

uint64_t FileSizeLimit() noexcept {
  rlimit limit = {};
  const bool known = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return known ? limit.rlim_cur : std::numeric_limits<uint64_t>::max();
}

int ReserveSpace(int fd, uint64_t bytes) noexcept {
  if (bytes == 0) return 0;
  if (bytes > static_cast<uint64_t>(std::numeric_limits<off_t>::max())) return EFBIG;
#ifdef FALLOC_FL_KEEP_SIZE
  int failed = 0;
  do {
    failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes));
  } while (failed != 0 && errno == EINTR);
  if (failed == 0) return 0;
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) return errno;
#endif
  return CompareWithFree(fd, bytes);
}

}  // namespace lutgemm::io
