#include <lutgemm/status.hpp>

#include <exception>

namespace lutgemm {
namespace {

// Where this library is loaded while a program runs, the loader allocates what the C++ library
// keeps of a thread's exceptions at the thread's first one, and ends the process if it cannot. The
// thread that loads the library has it from the start.
[[maybe_unused]] volatile const int exceptions_ready = std::uncaught_exceptions();

}  // namespace

const char* CodeName(Code code) noexcept {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kBadArgument:
      return "bad_argument";
    case Code::kBadShape:
      return "bad_shape";
    case Code::kUnsupportedFormat:
      return "unsupported_format";
    case Code::kUnsupportedCpu:
      return "unsupported_cpu";
    case Code::kNoKernel:
      return "no_kernel";
    case Code::kLayoutMismatch:
      return "layout_mismatch";
    case Code::kWorkspaceTooSmall:
      return "workspace_too_small";
    case Code::kOutOfMemory:
      return "out_of_memory";
    case Code::kCorruptFile:
      return "corrupt_file";
    case Code::kNotFinite:
      return "not_finite";
    case Code::kOverflow:
      return "overflow";
    case Code::kIo:
      return "io";
    case Code::kExists:
      return "exists";
    case Code::kNotFound:
      return "not_found";
    case Code::kInternal:
      return "internal";
  }
  return "unknown";
}

void Status::Copy(std::string_view text) noexcept {
  try {
    text_ = text;
  } catch (...) {
    text_ = "(no memory)";  // so short that a string holds it within itself
  }
}

}  // namespace lutgemm
