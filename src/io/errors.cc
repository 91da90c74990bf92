#include "io/errors.h"

#include <system_error>

namespace lutgemm::io {

Status IoError(std::string_view file, std::string_view what, int error_number) {
  return FileError(Code::kIo, file, what, ": ", std::generic_category().message(error_number));
}

}  // namespace lutgemm::io
