// TensorFile: opens a checkpoint, whatever its container, and finds tensors in it.
#include "base/bits.h"
#include "io/dtype.h"
#include "io/errors.h"
#include "io/gguf.h"
#include "io/mapped_file.h"
#include "io/packed_desc.h"
#include "io/safetensors.h"
#include "io/shard_index.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace lutgemm {

struct TensorFile::State {
  std::vector<std::shared_ptr<const io::MappedFile>> files;
  io::ParsedFile parsed;
  std::string_view container;
  std::vector<size_t> by_name;  // indices of tensors, sorted by name
};

namespace {

using io::MappedFile;
using io::ParsedFile;
using io::ShardIndex;

struct Opened {
  std::vector<std::shared_ptr<const MappedFile>> files;
  ParsedFile parsed;
  std::string_view container;
};

Status MergeMetadata(const std::string& shard, const ParsedFile& from, ParsedFile& to) {
  for (const auto& [key, value] : from.metadata) {
    const auto [entry, added] = to.metadata.emplace(key, value);
    if (!added && entry->second != value && key.starts_with(io::kPackedPrefix)) {
      return io::Corrupt(shard, "metadata ", io::Quote(key), " contradicts another shard");
    }
  }
  return {};
}

// The index and the shards must agree: what a shard holds is mapped to it.
Status AddShard(const std::string& path, std::string_view shard, const ShardIndex& index,
                Opened& opened) {
  Result<std::shared_ptr<const MappedFile>> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  Result<ParsedFile> parsed = io::ParseSafetensors((*file)->bytes(), path);
  if (!parsed.ok()) return parsed.status();
  for (FileTensor& tensor : parsed->tensors) {
    const auto mapped = index.shard_of.find(tensor.name);
    if (mapped == index.shard_of.end()) {
      return io::CorruptTensor(path, tensor.name, "is not in the index's weight_map");
    }
    if (mapped->second != shard) {
      return io::CorruptTensor(path, tensor.name, "is mapped to another shard, ",
                               io::Quote(mapped->second));
    }
    opened.parsed.tensors.push_back(std::move(tensor));
  }
  opened.files.push_back(*file);
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
      return io::CorruptTensor(path, name, "is not in its shard ", io::Quote(shard));
    }
  }
  return {};
}

Result<Opened> OpenShards(const std::string& path, const MappedFile& file) {
  Result<ShardIndex> index = io::ParseShardIndex(file.bytes(), path);
  if (!index.ok()) return index.status();
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  std::set<std::string_view> shards;
  for (const auto& [tensor, shard] : index->shard_of) shards.insert(shard);
  Opened opened;
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

Result<Opened> OpenAny(const std::string& path) {
  Result<std::shared_ptr<const MappedFile>> file = MappedFile::Open(path);
  if (!file.ok()) return file.status();
  const std::span<const std::byte> bytes = (*file)->bytes();
  if (!io::LooksLikeSafetensors(bytes) && io::LooksLikeJson(bytes)) {
    return OpenShards(path, **file);
  }
  const bool gguf = io::LooksLikeGguf(bytes);
  Result<ParsedFile> parsed = gguf ? io::ParseGguf(bytes, path) : io::ParseSafetensors(bytes, path);
  if (!parsed.ok()) return parsed.status();
  return Opened{{*file}, std::move(*parsed), gguf ? "gguf" : "safetensors"};
}

}  // namespace

std::optional<Tensor2D> FileTensor::AsMatrix() const noexcept {
  if (!elem || shape.size() != 2) return std::nullopt;
  const size_t bits = 8 * ElemBytes(*elem);
  if (io::TensorBytes(shape, static_cast<unsigned>(bits)) != bytes.size()) return std::nullopt;
  return Tensor2D{bytes.data(), *elem, static_cast<size_t>(shape[0]), static_cast<size_t>(shape[1]),
                  0};
}

Result<TensorFile> TensorFile::Open(const std::string& path) noexcept {
  return base::Guarded([&]() -> Result<TensorFile> {
    Result<Opened> opened = OpenAny(path);
    if (!opened.ok()) return opened.status();
    auto state = std::make_shared<State>();
    state->files = std::move(opened->files);
    state->parsed = std::move(opened->parsed);
    state->container = opened->container;
    const std::vector<FileTensor>& tensors = state->parsed.tensors;
    state->by_name.resize(tensors.size());
    std::iota(state->by_name.begin(), state->by_name.end(), size_t{0});
    std::sort(state->by_name.begin(), state->by_name.end(),
              [&](size_t a, size_t b) { return tensors[a].name < tensors[b].name; });
    TensorFile file;
    file.state_ = std::move(state);
    return file;
  });
}

std::span<const FileTensor> TensorFile::tensors() const noexcept {
  if (!state_) return {};
  return state_->parsed.tensors;
}

const FileTensor* TensorFile::Find(std::string_view name) const noexcept {
  if (!state_) return nullptr;
  const std::vector<FileTensor>& tensors = state_->parsed.tensors;
  const auto found =
      std::lower_bound(state_->by_name.begin(), state_->by_name.end(), name,
                       [&](size_t i, std::string_view wanted) { return tensors[i].name < wanted; });
  if (found == state_->by_name.end() || tensors[*found].name != name) return nullptr;
  return &tensors[*found];
}

const std::map<std::string, std::string>& TensorFile::metadata() const noexcept {
  static const std::map<std::string, std::string> kNone;
  return state_ ? state_->parsed.metadata : kNone;
}

std::string_view TensorFile::container() const noexcept {
  return state_ ? state_->container : std::string_view();
}

std::shared_ptr<const void> TensorFile::keep_alive() const noexcept { return state_; }

}  // namespace lutgemm
