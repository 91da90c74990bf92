// A regular file, mapped read-only.
#ifndef LUTGEMM_IO_MAPPED_FILE_H_
#define LUTGEMM_IO_MAPPED_FILE_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace lutgemm::io {

// The size is that of the moment of opening. If another process shortens the file while it is
// mapped, reading past its new end raises SIGBUS: files must not change while they are open.
class MappedFile {
 public:
  // kIo where the system refuses; kCorruptFile for an empty file; kBadArgument for what is no
  // regular file (a directory, a pipe).
  static Result<std::shared_ptr<const MappedFile>> Open(const std::string& path);

  MappedFile(const void* data, size_t size) noexcept : data_(data), size_(size) {}
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const noexcept {
    return {static_cast<const std::byte*>(data_), size_};
  }

 private:
  const void* data_;
  size_t size_;
};

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_MAPPED_FILE_H_
