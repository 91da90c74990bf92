// How a packed tensor is described in a file's metadata; docs/files.md has the format.
#ifndef LUTGEMM_IO_PACKED_DESC_H_
#define LUTGEMM_IO_PACKED_DESC_H_

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lutgemm::io {

inline constexpr std::string_view kPackedPrefix = "lutgemm.";
inline constexpr std::string_view kVersionKey = "lutgemm.version";
inline constexpr std::string_view kVersion = "2";     // of files that are written
inline constexpr std::string_view kOldVersion = "1";  // read, too
inline constexpr std::string_view kTensorPrefix = "lutgemm.tensor.";
// Of tensors passed through: their checksum.
inline constexpr std::string_view kPassedPrefix = "lutgemm.passed.";
inline constexpr size_t kBlobAlign = 64;

struct PackedDesc {
  WeightInfo info;
  LayoutId layout = LayoutId::kDefault;
  uint32_t layout_version = 0;
  uint64_t checksum = 0;
};

// What files of version 1 store instead of the blob's digest: the header had no checksum, so this
// one covers the name and every other field of the description as well.
uint64_t OldChecksum(std::string_view tensor, const PackedDesc& desc,
                     std::span<const std::byte> blob);

// The description as compact JSON.
std::string PackedDescText(const PackedDesc& desc);

// Reads what PackedDescText wrote. Every field that all weights have must be there; unknown ones
// are ignored. Checks names, ranges and versions. `file` and `tensor` name the place in errors.
Result<PackedDesc> ParsePackedDesc(std::string_view json, std::string_view file,
                                   std::string_view tensor);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_PACKED_DESC_H_
