// A file descriptor that is closed once.
#ifndef LUTGEMM_IO_UNIQUE_FD_H_
#define LUTGEMM_IO_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace lutgemm::io {

class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }

  bool ok() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_UNIQUE_FD_H_
