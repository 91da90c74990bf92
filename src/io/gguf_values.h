// Key-value metadata of GGUF files, as text.
#ifndef LUTGEMM_IO_GGUF_VALUES_H_
#define LUTGEMM_IO_GGUF_VALUES_H_

#include "io/byte_reader.h"

#include <lutgemm/io.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lutgemm::io {

struct GgufValue {
  std::string text;                // a scalar or string, or what stands for it: IsPlaceholder
  std::optional<uint32_t> u32;     // set where the type is u32
  std::optional<FileArray> array;  // set where it is an array, without its key
};

// Whether `text` only tells what a value is: "[n x type]" for an array, "[n bytes, not UTF-8]" for
// a string that is no text. A string that looks like one counts as one.
bool IsPlaceholder(std::string_view text);

// Reads a string: u64 length, bytes. An error says what `what` is.
Result<std::string_view> ReadGgufString(ByteReader& reader, std::string_view file,
                                        std::string_view what);

// Reads a value's type and the value. `key` names it in errors.
Result<GgufValue> ReadGgufValue(ByteReader& reader, std::string_view file, std::string_view key);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_GGUF_VALUES_H_
