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
inline constexpr std::string_view kVersion = "1";
inline constexpr std::string_view kTensorPrefix = "lutgemm.tensor.";
inline constexpr size_t kBlobAlign = 64;

struct PackedDesc {
  WeightInfo info;
  LayoutId layout = LayoutId::kDefault;
  uint32_t layout_version = 0;
  uint64_t checksum = 0;
};

// Covers the blob, the name and every other field of the description, so that a damaged shape or
// group is found even where the blob would have the same size.
uint64_t PackedChecksum(std::string_view tensor, const PackedDesc& desc,
                        std::span<const std::byte> blob);

// The description as compact JSON.
std::string PackedDescText(const PackedDesc& desc);

// Reads what PackedDescText wrote. Every field must be there, and no other. Checks names, ranges
// and the layout's version. `file` and `tensor` name the place in errors.
Result<PackedDesc> ParsePackedDesc(std::string_view json, std::string_view file,
                                   std::string_view tensor);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_PACKED_DESC_H_
