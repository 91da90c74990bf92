#include "io/mapped_file.h"

#include "io/errors.h"
#include "io/unique_fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <limits>

namespace lutgemm::io {
namespace {

Status CheckKind(const std::string& path, const struct stat& facts) {
  if (S_ISDIR(facts.st_mode)) {
    return FileError(Code::kBadArgument, path,
                     "is a directory; give the .safetensors, .safetensors.index.json or .gguf "
                     "file in it");
  }
  if (!S_ISREG(facts.st_mode)) {
    return FileError(Code::kBadArgument, path, "is not a regular file and cannot be mapped");
  }
  if (facts.st_size <= 0) return Corrupt(path, "file is empty");
  if (static_cast<uint64_t>(facts.st_size) > std::numeric_limits<size_t>::max()) {
    return FileError(Code::kIo, path, facts.st_size, " bytes are too many to map");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  if (path.empty() || path.find('\0') != path.npos) {
    return FileError(Code::kBadArgument, Quote(path), "not a file name");
  }
  // Not blocking, so that a pipe is refused instead of waited for.
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.ok()) return IoError(path, "cannot open", errno);
  struct stat facts = {};
  if (fstat(fd.get(), &facts) != 0) return IoError(path, "cannot get the size", errno);
  if (Status status = CheckKind(path, facts); !status.ok()) return status;

  const auto size = static_cast<size_t>(facts.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return IoError(path, "cannot map", errno);
  try {
    return std::shared_ptr<const MappedFile>(std::make_shared<MappedFile>(data, size));
  } catch (...) {
    munmap(data, size);
    throw;
  }
}

MappedFile::~MappedFile() { munmap(const_cast<void*>(data_), size_); }

}  // namespace lutgemm::io
