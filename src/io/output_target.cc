#include "io/output_target.h"

#include "io/errors.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace lutgemm::io {
namespace {

constexpr int kMostLinks = 40;            // as many as the kernel follows
constexpr long kProcFileSystem = 0x9fa0;  // PROC_SUPER_MAGIC of <linux/magic.h>

std::string NameIn(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

// The directory of `path` without links. Names in /proc lead to whatever a process has open, and
// what they lead to is not a place for a file.
Result<std::string> RealDirectory(const std::string& path, const std::string& shown) {
  const std::string directory = DirectoryOf(path);
  char real[PATH_MAX];
  if (realpath(directory.c_str(), real) == nullptr) {
    return IoError(shown, base::Cat("cannot create a file in ", directory), errno);
  }
  struct statfs facts = {};
  if (statfs(real, &facts) == 0 && static_cast<long>(facts.f_type) == kProcFileSystem) {
    return FileError(Code::kBadArgument, shown, "leads to ", real,
                     ", where names are open files of a process; give the name "
                     "of a file");
  }
  return std::string(real);
}

Result<std::string> LinkTarget(const std::string& link, const std::string& shown) {
  char target[PATH_MAX];
  const ssize_t length = readlink(link.c_str(), target, sizeof target);
  if (length < 0) return IoError(shown, "cannot read the link", errno);
  if (length == 0 || static_cast<size_t>(length) == sizeof target) {
    return FileError(Code::kBadArgument, shown, "is a link whose target is no file name");
  }
  const std::string text(target, static_cast<size_t>(length));
  return text[0] == '/' ? text : DirectoryOf(link) + "/" + text;
}

// Its report would go to the file that is replaced, and be lost with it.
bool IsOwnOutput(const struct stat& facts) {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat own = {};
    if (fstat(fd, &own) == 0 && own.st_dev == facts.st_dev && own.st_ino == facts.st_ino) {
      return true;
    }
  }
  return false;
}

// Attributes of a file by itself, such as STATX_ATTR_IMMUTABLE; 0 where they cannot be told.
uint64_t AttributesOf(const std::string& path) {
#ifdef STATX_ATTR_MOUNT_ROOT
  struct statx facts = {};
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  if (statx(AT_FDCWD, path.c_str(), flags, STATX_BASIC_STATS, &facts) == 0) {
    return facts.stx_attributes & facts.stx_attributes_mask;
  }
#endif
  return 0;
}

// What would only be found when the finished file is to take its name: whether the folder lets
// names go, and the file that is there, if any, be replaced.
Status CheckReplaceable(const std::string& shown, const std::string& directory,
                        const std::string& place, const struct stat* facts) {
#ifdef STATX_ATTR_MOUNT_ROOT
  if ((AttributesOf(directory) & STATX_ATTR_APPEND) != 0) {
    return FileError(Code::kIo, shown, directory,
                     " is append-only, so that no file can be renamed");
  }
  if (facts == nullptr) return {};
  const uint64_t attributes = AttributesOf(place);
  if ((attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
    return FileError(Code::kIo, shown,
                     "is a mount of its own and cannot be replaced; mount its folder instead");
  }
  if ((attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0) {
    return FileError(Code::kIo, shown, "is immutable or append-only and cannot be replaced");
  }
#endif
  struct stat folder = {};
  const uid_t user = geteuid();
  if (facts != nullptr && user != 0 && facts->st_uid != user &&
      stat(directory.c_str(), &folder) == 0 && (folder.st_mode & S_ISVTX) != 0 &&
      folder.st_uid != user) {
    return FileError(Code::kIo, shown, "is another user's, in a folder where only owners replace");
  }
  return {};
}

Status CheckKind(const std::string& shown, const struct stat& facts, bool overwrite) {
  if (S_ISDIR(facts.st_mode)) {
    return FileError(Code::kBadArgument, shown, "is a directory, not a regular file");
  }
  if (!S_ISREG(facts.st_mode)) {
    return FileError(Code::kBadArgument, shown,
                     "is a device, pipe or socket, not a regular file, and is not replaced");
  }
  if (IsOwnOutput(facts)) {
    return FileError(Code::kBadArgument, shown,
                     "is the standard output or error of this process; give another name");
  }
  return overwrite ? Status() : Exists(shown);
}

}  // namespace

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status Exists(const std::string& path) { return FileError(Code::kExists, path, "already exists"); }

Result<std::string> ResolveOutput(const std::string& path, bool overwrite) {
  if (path.empty() || path.find('\0') != path.npos || path.back() == '/') {
    return FileError(Code::kBadArgument, Quote(path), "not a file name");
  }
  std::string at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    const Result<std::string> directory = RealDirectory(at, path);
    if (!directory.ok()) return directory.status();
    const std::string place = (*directory == "/" ? "" : *directory) + "/" + NameIn(at);
    struct stat facts = {};
    if (lstat(place.c_str(), &facts) != 0) {
      if (errno != ENOENT) return IoError(path, "cannot be looked at", errno);
      if (links == 0) {
        const Status status = CheckReplaceable(path, *directory, place, nullptr);
        return status.ok() ? Result<std::string>(place) : status;
      }
      return FileError(Code::kBadArgument, path, "is a link to ", place,
                       ", which does not exist; give the name of a file");
    }
    if (!S_ISLNK(facts.st_mode)) {
      Status status = CheckKind(path, facts, overwrite);
      if (status.ok()) status = CheckReplaceable(path, *directory, place, &facts);
      return status.ok() ? Result<std::string>(place) : status;
    }
    Result<std::string> target = LinkTarget(place, path);
    if (!target.ok()) return target.status();
    at = *std::move(target);
  }
  return FileError(Code::kBadArgument, path, "leads through more than ", kMostLinks, " links");
}

}  // namespace lutgemm::io
