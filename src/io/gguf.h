// The GGUF container, versions 2 and 3, little-endian.
#ifndef LUTGEMM_IO_GGUF_H_
#define LUTGEMM_IO_GGUF_H_

#include "io/parsed_file.h"

#include <span>
#include <string_view>

namespace lutgemm::io {

// Checks everything the format promises: counts and lengths against the file, unique keys and
// names, known types, whole blocks, and data that follows its declaration in order, each tensor
// padded to the file's alignment. The last tensor's padding may be missing; bytes after the data
// are ignored. Shapes come out outermost first. `name` names the file in errors.
Result<ParsedFile> ParseGguf(std::span<const std::byte> file, std::string_view name);

// True if the file starts with GGUF's magic.
bool LooksLikeGguf(std::span<const std::byte> file) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_GGUF_H_
