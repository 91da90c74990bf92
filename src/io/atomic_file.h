// An output file that appears under its name only when it is complete.
#ifndef LUTGEMM_IO_ATOMIC_FILE_H_
#define LUTGEMM_IO_ATOMIC_FILE_H_

#include "io/unique_fd.h"

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lutgemm::io {

// Bytes go to a file without a name in the target's directory, so that even a killed process leaves
// nothing behind; where the file system has no such files, to a hidden temporary
// (".lutgemm-*.tmp") that every failure short of a kill removes. A link to a regular file stays,
// and what it leads to is replaced; output_target.h says which names are refused. A file that is
// replaced hands on its permissions.
class AtomicFile {
 public:
  struct Options {
    bool overwrite = false;       // else an existing file is kExists, now or at Commit
    uint64_t expected_bytes = 0;  // reserved where the file system can, to find a full disk early
    bool allow_unnamed = true;    // tests say false to get the hidden temporary
  };

  static Result<AtomicFile> Create(const std::string& path, const Options& options);

  AtomicFile(AtomicFile&& other) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  bool unnamed() const noexcept { return temporary_.empty(); }
  // kIo on a full disk, and where the process may not write files of that size: nothing is written
  // beyond the limit (RLIMIT_FSIZE), which would end the process.
  Status Write(std::span<const std::byte> bytes);
  // Makes the bytes durable and gives them their name. At most once, then nothing else.
  Status Commit();

 private:
  AtomicFile(std::string path, std::string place, bool overwrite)
      : path_(std::move(path)), place_(std::move(place)), overwrite_(overwrite) {}

  Status OpenTemporary(bool allow_unnamed);
  Status Reserve(uint64_t bytes);
  Status CheckLimit(uint64_t bytes) const;
  Status GiveName();
  Status ReplaceExisting();
  Status TakePermissions() const;
  Status SyncDirectory() const;

  std::string path_;   // as it was given, for errors
  std::string place_;  // what ResolveOutput made of it
  bool overwrite_;
  std::string temporary_;  // hidden temporary to remove, or empty
  UniqueFd fd_;
  uint64_t written_ = 0, reserved_ = 0;
};

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_ATOMIC_FILE_H_
