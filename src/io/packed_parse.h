// Finds and checks the packed tensors among those of a file.
#ifndef LUTGEMM_IO_PACKED_PARSE_H_
#define LUTGEMM_IO_PACKED_PARSE_H_

#include "io/packed_desc.h"

#include <lutgemm/io.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::io {

struct PackedTensor {
  std::string name;
  PackedDesc desc;
  std::span<const std::byte> blob;
  bool old = false;  // of a file of version 1

  // Reads every byte.
  bool ChecksumFits() const;
};

struct PassedTensor {
  std::string name;
  std::span<const std::byte> bytes;
  std::optional<uint64_t> checksum;  // none in files of version 1

  // Reads every byte. True where there is no checksum.
  bool ChecksumFits() const;
};

// All tensors of a file, both kinds in file order.
struct PackedContents {
  std::vector<PackedTensor> packed;
  std::vector<PassedTensor> passed;
};

// Checks everything but the checksums of tensors. The tensors' bytes must lie in memory as they do
// in the file, which must be mapped or read to a 64-byte aligned address; they come from
// ParseSealed. `name` names the file in errors.
Result<PackedContents> ParsePacked(std::span<const FileTensor> tensors,
                                   const std::map<std::string, std::string>& metadata,
                                   std::string_view name);

// kCorruptFile with the first tensor whose checksum does not fit. Reads every byte.
Status CheckChecksums(const PackedContents& contents, std::string_view name);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_PACKED_PARSE_H_
