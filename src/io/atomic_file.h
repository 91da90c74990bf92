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
// (".lutgemm-*.tmp") that every failure short of a kill removes.
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
  Status Write(std::span<const std::byte> bytes);
  // Makes the bytes durable and gives them their name. At most once, then nothing else.
  Status Commit();

 private:
  AtomicFile(std::string path, bool overwrite) : path_(std::move(path)), overwrite_(overwrite) {}

  Status OpenTemporary(bool allow_unnamed);
  Status Reserve(uint64_t bytes) const;
  Status GiveName();
  Status ReplaceExisting();
  Status SyncDirectory() const;

  std::string path_;
  bool overwrite_;
  std::string temporary_;  // hidden temporary to remove, or empty
  UniqueFd fd_;
};

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_ATOMIC_FILE_H_
