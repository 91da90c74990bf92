#include "io/atomic_file.h"

#include "io/errors.h"
#include "io/file_limits.h"
#include "io/output_target.h"
#include "io/permissions.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

namespace lutgemm::io {
namespace {

constexpr int kMaxAttempts = 100;
constexpr mode_t kMode = 0666;  // less the process's umask

// Short and unrelated to the target's name, which may be as long as names can be.
std::string TemporaryName(const std::string& path) {
  static std::atomic<uint64_t> counter{0};
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::string name = base::Cat(".lutgemm-", getpid(), "-", static_cast<uint64_t>(now), "-",
                                     counter.fetch_add(1), ".tmp");
  return DirectoryOf(path) + "/" + name;
}

// How the kernel spells an open file that has no name.
std::string DescriptorPath(int fd) { return base::Cat("/proc/self/fd/", fd); }

UniqueFd OpenUnnamed(const std::string& directory) {
#ifdef O_TMPFILE
  UniqueFd fd(open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode));
  // Without /proc it could not be given a name later.
  if (fd.ok() && access(DescriptorPath(fd.get()).c_str(), F_OK) == 0) return fd;
#else
  static_cast<void>(directory);
#endif
  return UniqueFd();
}

// rename that fails with EEXIST; errno is set where it answers false.
bool RenameNoReplace(const std::string& from, const std::string& to) {
#ifdef RENAME_NOREPLACE
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
#endif
  return link(from.c_str(), to.c_str()) == 0 && unlink(from.c_str()) == 0;
}

}  // namespace

Result<AtomicFile> AtomicFile::Create(const std::string& path, const Options& options) {
  Result<std::string> place = ResolveOutput(path, options.overwrite);
  if (!place.ok()) return place.status();
  AtomicFile file(path, *std::move(place), options.overwrite);
  if (Status status = file.OpenTemporary(options.allow_unnamed); !status.ok()) return status;
  if (Status status = file.Reserve(options.expected_bytes); !status.ok()) return status;
  return file;
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Status AtomicFile::OpenTemporary(bool allow_unnamed) {
  if (allow_unnamed) fd_ = OpenUnnamed(DirectoryOf(place_));
  for (int attempt = 0; !fd_.ok() && attempt < kMaxAttempts; ++attempt) {
    std::string name = TemporaryName(place_);
    fd_ = UniqueFd(open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kMode));
    if (fd_.ok()) {
      temporary_ = std::move(name);
    } else if (errno != EEXIST) {
      break;
    }
  }
  if (fd_.ok()) return {};
  return IoError(path_, base::Cat("cannot create a file in ", DirectoryOf(path_)), errno);
}

Status AtomicFile::Reserve(uint64_t bytes) {
  if (Status status = CheckLimit(bytes); !status.ok()) return status;
  reserved_ = bytes;
  const int error = ReserveSpace(fd_.get(), bytes);
  return error == 0 ? Status() : IoError(path_, base::Cat("no room for ", bytes, " bytes"), error);
}

Status AtomicFile::CheckLimit(uint64_t bytes) const {
  const uint64_t limit = FileSizeLimit();
  if (bytes <= limit) return {};
  return FileError(Code::kIo, path_, "no room for ", bytes,
                   " bytes: this process may write files of ", "at most ", limit,
                   " bytes (ulimit -f)");
}

Status AtomicFile::Write(std::span<const std::byte> bytes) {
  constexpr size_t kMaxChunk = size_t{1} << 30;
  if (Status status = CheckLimit(written_ + bytes.size()); !status.ok()) return status;
  while (!bytes.empty()) {
    const size_t chunk = bytes.size() < kMaxChunk ? bytes.size() : kMaxChunk;
    const ssize_t written = write(fd_.get(), bytes.data(), chunk);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return IoError(path_, "cannot write", errno);
    written_ += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Status AtomicFile::Commit() {
  // Gives back what was reserved and not needed.
  if (written_ < reserved_ && ftruncate(fd_.get(), static_cast<off_t>(written_)) != 0) {
    return IoError(path_, "cannot set the size", errno);
  }
  if (overwrite_) {
    if (Status status = TakePermissions(); !status.ok()) return status;
  }
  if (fsync(fd_.get()) != 0) return IoError(path_, "cannot write to disk", errno);
  if (Status status = GiveName(); !status.ok()) return status;
  return SyncDirectory();
}

// Hours may lie between opening and here: the name must still lead to the same place.
Status AtomicFile::TakePermissions() const {
  const Result<std::string> place = ResolveOutput(path_, true);
  if (!place.ok()) return place.status();
  if (*place != place_) {
    return FileError(Code::kBadArgument, path_, "led to ", place_, " before and leads to ", *place,
                     " now; nothing is replaced");
  }
  const int error = CopyPermissions(place_, fd_.get());
  return error == 0 ? Status() : IoError(path_, "cannot keep the file's permissions", error);
}

Status AtomicFile::GiveName() {
  if (overwrite_) return ReplaceExisting();
  if (unnamed()) {
    const std::string from = DescriptorPath(fd_.get());
    if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, place_.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  } else if (RenameNoReplace(temporary_, place_)) {
    temporary_.clear();
    return {};
  }
  return errno == EEXIST ? Exists(path_) : IoError(path_, "cannot give the file its name", errno);
}

// A link cannot replace a name, so a file without one takes a temporary name for a moment.
Status AtomicFile::ReplaceExisting() {
  for (int attempt = 0; unnamed() && attempt < kMaxAttempts; ++attempt) {
    std::string name = TemporaryName(place_);
    const std::string from = DescriptorPath(fd_.get());
    if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = std::move(name);
    } else if (errno != EEXIST) {
      break;
    }
  }
  if (unnamed() || rename(temporary_.c_str(), place_.c_str()) != 0) {
    return IoError(path_, "cannot replace the file", errno);
  }
  temporary_.clear();
  return {};
}

Status AtomicFile::SyncDirectory() const {
  const UniqueFd directory(open(DirectoryOf(place_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a directory; the file itself is safe by now.
  if (!directory.ok() || fsync(directory.get()) == 0 || errno == EINVAL) return {};
  return IoError(path_, "the file is complete, but its directory cannot be synced", errno);
}

}  // namespace lutgemm::io
