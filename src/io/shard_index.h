// The index of a sharded safetensors checkpoint (model.safetensors.index.json).
#ifndef LUTGEMM_IO_SHARD_INDEX_H_
#define LUTGEMM_IO_SHARD_INDEX_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace lutgemm::io {

struct ShardIndex {
  std::map<std::string, std::string, std::less<>> shard_of;  // tensor -> file name
  std::map<std::string, std::string> metadata;               // scalars of "metadata", as text
};

// The text is JSON in UTF-8; a byte order mark before it is skipped, as editors put it there. Shard
// names are plain file names, so that an index cannot reach outside its directory. An index names
// one shard at least.
Result<ShardIndex> ParseShardIndex(std::span<const std::byte> file, std::string_view name);

// True if the file starts as JSON text does, a byte order mark before it or not, and not as a
// safetensors file.
bool IsShardIndex(std::span<const std::byte> file) noexcept;

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_SHARD_INDEX_H_
