#include "io/errors.h"

#include <cerrno>
#include <system_error>

namespace lutgemm::io {

Status IoError(std::string_view file, std::string_view what, int error_number) {
  const Code code = error_number == ENOMEM ? Code::kOutOfMemory : Code::kIo;
  return FileError(code, file, what, ": ", std::generic_category().message(error_number));
}

}  // namespace lutgemm::io
