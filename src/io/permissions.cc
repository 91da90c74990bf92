#include "io/permissions.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace lutgemm::io {
namespace {

constexpr char kAccessList[] = "system.posix_acl_access";

// A list's mask stands where the mode has the group's bits: without its list, a mode would give the
// group what the list denies it. Where there is none to keep, the one goes that the folder gives to
// new files.
int CopyAccessList(const std::string& path, int fd, bool keep) {
  const ssize_t size = keep ? getxattr(path.c_str(), kAccessList, nullptr, 0) : 0;
  if (size <= 0) {
    const bool gone = fremovexattr(fd, kAccessList) == 0 || errno == ENODATA || errno == EOPNOTSUPP;
    return gone ? 0 : errno;
  }
  std::vector<char> list(static_cast<size_t>(size));
  const ssize_t got = getxattr(path.c_str(), kAccessList, list.data(), list.size());
  if (got != size) return got < 0 ? errno : EAGAIN;
  return fsetxattr(fd, kAccessList, list.data(), list.size(), 0) == 0 ? 0 : errno;
}

}  // namespace

int CopyPermissions(const std::string& path, int fd) {
  struct stat old = {};
  if (lstat(path.c_str(), &old) != 0) return errno == ENOENT ? 0 : errno;
  struct stat now = {};
  if (fstat(fd, &now) != 0) return errno;
  constexpr uid_t kSameUser = static_cast<uid_t>(-1);
  constexpr gid_t kSameGroup = static_cast<gid_t>(-1);
  const bool group = old.st_gid == now.st_gid || fchown(fd, kSameUser, old.st_gid) == 0;
  const bool user = old.st_uid == now.st_uid || fchown(fd, old.st_uid, kSameGroup) == 0;
  // What was meant for an owner that could not be kept is not for the one there is now.
  mode_t mode = old.st_mode & 07777;
  if (!user || !group) mode &= 0777;
  if (!group) mode = (mode & 0707) | ((mode & 07) << 3);
  // A new list changes the mode, and the mode a list's mask: the mode has the last word.
  if (const int error = CopyAccessList(path, fd, user && group); error != 0) return error;
  return fchmod(fd, mode) == 0 ? 0 : errno;
}

}  // namespace lutgemm::io
