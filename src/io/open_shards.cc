// Sharded safetensors: an index and the files that it names.
#include "io/errors.h"
#include "io/opened_file.h"
#include "io/packed_desc.h"
#include "io/packed_header.h"
#include "io/shard_index.h"

#include <set>
#include <utility>

namespace lutgemm::io {
namespace {

// Each shard has a header checksum of its own, which was checked and means nothing to the whole.
Status MergeMetadata(const std::string& shard, const ParsedFile& from, ParsedFile& to) {
  for (const auto& [key, value] : from.metadata) {
    if (key == kHeaderKey) continue;
    const auto [entry, added] = to.metadata.emplace(key, value);
    if (!added && entry->second != value && key.starts_with(kPackedPrefix)) {
      return Corrupt(shard, "metadata ", Quote(key), " contradicts another shard");
    }
  }
  return {};
}

// The index and the shards must agree: what a shard holds is mapped to it.
Status AddShard(const std::string& path, std::string_view shard, const ShardIndex& index,
                OpenedFile& opened) {
  Result<std::shared_ptr<const MappedFile>> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  const std::span<const std::byte> bytes = (*file)->bytes();
  if (IsShardIndex(bytes)) {
    return Corrupt(path, "is itself an index of shards, not a safetensors file of tensors");
  }
  Result<ParsedFile> parsed = ParseSealed(bytes, path);
  if (!parsed.ok()) return parsed.status();
  for (FileTensor& tensor : parsed->tensors) {
    const auto mapped = index.shard_of.find(tensor.name);
    if (mapped == index.shard_of.end()) {
      return CorruptTensor(path, tensor.name, "is not in the index's weight_map");
    }
    if (mapped->second != shard) {
      return CorruptTensor(path, tensor.name, "is mapped to another shard, ",
                           Quote(mapped->second));
    }
    opened.parsed.tensors.push_back(std::move(tensor));
  }
  opened.files.push_back(*file);
  opened.paths.push_back(path);
  return MergeMetadata(path, *parsed, opened.parsed);
}

// Every mapped tensor was found in its shard if none is missing by number, as names are unique on
// both sides; then the first missing one is worth looking for.
Status CheckComplete(const std::string& path, const ShardIndex& index,
                     const std::vector<FileTensor>& tensors) {
  if (tensors.size() == index.shard_of.size()) return {};
  std::set<std::string_view> found;
  for (const FileTensor& tensor : tensors) found.insert(tensor.name);
  for (const auto& [name, shard] : index.shard_of) {
    if (!found.contains(name)) {
      return CorruptTensor(path, name, "is not in its shard ", Quote(shard));
    }
  }
  return {};
}

}  // namespace

Result<OpenedFile> OpenShards(const std::string& path, const MappedFile& file) {
  Result<ShardIndex> index = ParseShardIndex(file.bytes(), path);
  if (!index.ok()) return index.status();
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  std::set<std::string_view> shards;
  for (const auto& [tensor, shard] : index->shard_of) shards.insert(shard);
  OpenedFile opened;
  opened.container = "safetensors";
  opened.parsed.metadata = index->metadata;
  for (const std::string_view shard : shards) {
    Status status = AddShard(directory + std::string(shard), shard, *index, opened);
    if (!status.ok()) return status;
  }
  if (Status status = CheckComplete(path, *index, opened.parsed.tensors); !status.ok()) {
    return status;
  }
  return opened;
}

}  // namespace lutgemm::io
