// How large a file may become: by the process's limit, and by the room on its disk.
#ifndef LUTGEMM_IO_FILE_LIMITS_H_
#define LUTGEMM_IO_FILE_LIMITS_H_

#include <cstdint>

namespace lutgemm::io {

// RLIMIT_FSIZE, or what no file reaches. A write beyond it ends the process by a signal.
uint64_t FileSizeLimit() noexcept;

// Reserves room for `bytes` in an open file without changing its size; where the file system cannot
// reserve, compares with what is free. 0, or the errno that tells why there is no room.
int ReserveSpace(int fd, uint64_t bytes) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_FILE_LIMITS_H_
