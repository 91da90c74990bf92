// The safetensors container: u64 header length, JSON header, data.
#ifndef LUTGEMM_IO_SAFETENSORS_H_
#define LUTGEMM_IO_SAFETENSORS_H_

#include "io/json.h"
#include "io/parsed_file.h"

#include <span>
#include <string_view>

namespace lutgemm::io {

inline constexpr size_t kMaxSafetensorsHeader = kMaxJsonBytes;
inline constexpr std::string_view kMetadataKey = "__metadata__";

// Checks everything the format promises: the header is one JSON object, every tensor has a known
// type and the size that its shape asks for, and the tensors fill the data without gap or overlap,
// to the last byte. `name` names the file in errors.
Result<ParsedFile> ParseSafetensors(std::span<const std::byte> file, std::string_view name);

// True if the file starts as a safetensors file does: a plausible header length, then '{'.
bool LooksLikeSafetensors(std::span<const std::byte> file) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_SAFETENSORS_H_
