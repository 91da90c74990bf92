#include "base/text.h"

#include <cstdio>
#include <exception>

namespace lutgemm::base {
namespace {

// Where this library is loaded while a program runs, the loader allocates what the C++ library
// keeps of a thread's exceptions at the thread's first one, and ends the process if it cannot. The
// thread that loads the library has it from the start.
[[maybe_unused]] volatile const int exceptions_ready = std::uncaught_exceptions();

}  // namespace

void AppendPiece(std::string& text, double piece) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", piece);
  text += digits;
}

}  // namespace lutgemm::base
