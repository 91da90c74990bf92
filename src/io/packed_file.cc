// PackedFile: a mapped file of packed weights, checked once, used in place.
#include "io/errors.h"
#include "io/packed_parse.h"

#include <lutgemm/io.hpp>

#include <map>
#include <utility>

namespace lutgemm {

struct PackedFile::State {
  std::string path;
  TensorFile file;
  std::vector<io::PackedTensor> tensors;
  std::vector<std::string> names;
  std::map<std::string_view, size_t> by_name;  // views of `names`
};

bool IsPacked(const TensorFile& file) noexcept {
  // Walks instead of looking up, which would have to allocate the key.
  for (const auto& [key, value] : file.metadata()) {
    if (key == io::kVersionKey) return file.container() == "safetensors";
  }
  return false;
}

Result<PackedFile> PackedFile::Open(const std::string& path, bool verify_checksums) noexcept {
  return base::Guarded([&]() -> Result<PackedFile> {
    Result<TensorFile> file = TensorFile::Open(path);
    if (!file.ok()) return file.status();
    auto state = std::make_shared<State>();
    state->path = path;
    state->file = std::move(*file);
    auto contents = io::ParsePacked(state->file.tensors(), state->file.metadata(), path);
    if (!contents.ok()) return contents.status();
    if (verify_checksums) {
      if (Status status = io::CheckChecksums(*contents, path); !status.ok()) return status;
    }
    state->tensors = std::move(contents->packed);
    for (const io::PackedTensor& tensor : state->tensors) state->names.push_back(tensor.name);
    for (size_t i = 0; i < state->names.size(); ++i) state->by_name.emplace(state->names[i], i);
    PackedFile packed;
    packed.state_ = std::move(state);
    return packed;
  });
}

std::span<const std::string> PackedFile::names() const noexcept {
  if (!state_) return {};
  return state_->names;
}

Result<PackedWeights> PackedFile::Get(std::string_view name) const noexcept {
  return base::Guarded([&]() -> Result<PackedWeights> {
    if (!state_) return Status(Code::kBadArgument, "PackedFile: no file is open");
    const auto found = state_->by_name.find(name);
    if (found == state_->by_name.end()) {
      return io::TensorError(Code::kNotFound, state_->path, name, "no such packed tensor");
    }
    const io::PackedTensor& tensor = state_->tensors[found->second];
    return PackedWeights::FromBlob(tensor.desc.info, tensor.desc.layout, tensor.desc.layout_version,
                                   tensor.blob, state_->file.keep_alive());
  });
}

const TensorFile& PackedFile::file() const noexcept {
  static const TensorFile kNone;
  return state_ ? state_->file : kNone;
}

}  // namespace lutgemm
