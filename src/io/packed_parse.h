// Finds and checks the packed tensors among those of a file.
#ifndef LUTGEMM_IO_PACKED_PARSE_H_
#define LUTGEMM_IO_PACKED_PARSE_H_

#include "io/packed_desc.h"

#include <lutgemm/io.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::io {

struct PackedTensor {
  std::string name;
  PackedDesc desc;
  std::span<const std::byte> blob;
};

// The packed tensors in file order. The tensors' bytes must lie in memory as they do in the file,
// which must be mapped or read to a 64-byte aligned address. `name` names the file in errors.
Result<std::vector<PackedTensor>> ParsePacked(std::span<const FileTensor> tensors,
                                              const std::map<std::string, std::string>& metadata,
                                              std::string_view name, bool verify_checksums);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_PACKED_PARSE_H_
