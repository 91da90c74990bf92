// Errors about files: every text starts with the file and, where there is one, the tensor.
#ifndef LUTGEMM_IO_ERRORS_H_
#define LUTGEMM_IO_ERRORS_H_

#include "base/names.h"
#include "base/text.h"

#include <lutgemm/status.hpp>

#include <string_view>

namespace lutgemm::io {

using base::IsPlainFileName;
using base::IsPlainText;
using base::IsUtf8;
using base::Quote;

template <class... Pieces>
Status FileError(Code code, std::string_view file, const Pieces&... pieces) {
  return base::MakeStatus(code, base::Shown(file), ": ", pieces...);
}

template <class... Pieces>
Status Corrupt(std::string_view file, const Pieces&... pieces) {
  return FileError(Code::kCorruptFile, file, pieces...);
}

template <class... Pieces>
Status TensorError(Code code, std::string_view file, std::string_view tensor,
                   const Pieces&... pieces) {
  return FileError(code, file, "tensor ", Quote(tensor), ": ", pieces...);
}

template <class... Pieces>
Status CorruptTensor(std::string_view file, std::string_view tensor, const Pieces&... pieces) {
  return TensorError(Code::kCorruptFile, file, tensor, pieces...);
}

// kIo, or kOutOfMemory, with the operating system's text for `error_number` (an errno).
Status IoError(std::string_view file, std::string_view what, int error_number);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_ERRORS_H_
