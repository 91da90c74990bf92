#include "tools/command/common/streams.h"

#include "tools/console/report.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace lutgemm::tools {
namespace {

// One descriptor and the first error that writing to it met, or 0.
struct Sink {
  int fd;
  int error = 0;
};
Sink out_sink{STDOUT_FILENO};
Sink err_sink{STDERR_FILENO};
bool report_on_stderr = false;

// A reader that closed its end of a pipe had read enough.
bool IsLost(const Sink& sink) { return sink.error != 0 && sink.error != EPIPE; }

// The error of closing counts where there was none before: some file systems find out only then
// that there is no room.
void Close(Sink& sink) {
  if (close(sink.fd) != 0 && sink.error == 0) sink.error = errno;
}

// Writes some bytes, or waits until a descriptor that does not block takes more.
ssize_t WriteSome(int fd, const char* bytes, size_t size) {
  for (;;) {
    const ssize_t written = write(fd, bytes, size);
    if (written >= 0) return written;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    pollfd ready{fd, POLLOUT, 0};
    if (poll(&ready, 1, -1) < 0 && errno != EINTR) return -1;
  }
}

// Takes all bytes, whatever becomes of them: after the first error nothing more is tried, so that
// what was written is a beginning and has no holes.
ssize_t Take(void* cookie, const char* bytes, size_t size) {
  Sink& sink = *static_cast<Sink*>(cookie);
  for (size_t done = 0; sink.error == 0 && done < size;) {
    const ssize_t written = WriteSome(sink.fd, bytes + done, size - done);
    if (written < 0) {
      sink.error = errno;
    } else if (written == 0) {
      sink.error = EIO;  // no progress, and none to be expected
    } else {
      done += static_cast<size_t>(written);
    }
  }
  return static_cast<ssize_t>(size);
}

// The stream stays as it was where no new one can be had.
void Replace(std::FILE*& stream, Sink& sink, int buffering) {
  cookie_io_functions_t functions{};
  functions.write = &Take;
  std::FILE* const replaced = fopencookie(&sink, "w", functions);
  if (replaced == nullptr) return;
  std::setvbuf(replaced, nullptr, buffering, BUFSIZ);
  stream = replaced;
}

}  // namespace

void OpenStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest free descriptor is this one. It cannot be written to, which tells a closed stdout
    // from one that somebody reads.
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0) open("/", O_RDONLY);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaction(signal, &ignore, nullptr);
  Replace(stdout, out_sink, isatty(STDOUT_FILENO) == 1 ? _IOLBF : _IOFBF);
  Replace(stderr, err_sink, _IONBF);
}

void ReportOnStderr() { report_on_stderr = true; }

int CloseStandardStreams(int exit_code) {
  std::fflush(stdout);
  std::fflush(stderr);
  Close(out_sink);
  if (IsLost(out_sink)) {
    const std::string why = std::generic_category().message(out_sink.error);
    fmt::print(stderr, "lutgemm: cannot write to stdout: {}\n", why);
  }
  if (report_on_stderr) Close(err_sink);
  const bool lost = IsLost(out_sink) || (report_on_stderr && IsLost(err_sink));
  return lost && exit_code == kExitOk ? kExitFailed : exit_code;
}

}  // namespace lutgemm::tools
