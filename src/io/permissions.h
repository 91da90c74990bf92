// Permissions of a file that is replaced.
#ifndef LUTGEMM_IO_PERMISSIONS_H_
#define LUTGEMM_IO_PERMISSIONS_H_

#include <string>

namespace lutgemm::io {

// Gives an open file the mode and access list of `path`, and owner and group where the process may;
// nothing where `path` does not exist. 0, or the errno of what failed.
int CopyPermissions(const std::string& path, int fd);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_PERMISSIONS_H_
