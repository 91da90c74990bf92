// TensorFile: opens a checkpoint, whatever its container, and finds tensors in it.
#include "io/dtype.h"
#include "io/errors.h"
#include "io/gguf.h"
#include "io/opened_file.h"
#include "io/packed_header.h"
#include "io/safetensors.h"
#include "io/shard_index.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lutgemm {

struct TensorFile::State {
  io::OpenedFile opened;
  std::vector<size_t> by_name;  // indices of tensors, sorted by name
};

namespace {

using io::OpenedFile;
using io::ParsedFile;

Result<OpenedFile> OpenAny(const std::string& path) {
  Result<std::shared_ptr<const io::MappedFile>> file = io::MappedFile::Open(path);
  if (!file.ok()) return file.status();
  const std::span<const std::byte> bytes = (*file)->bytes();
  if (io::IsShardIndex(bytes)) return io::OpenShards(path, **file);
  const bool gguf = io::LooksLikeGguf(bytes);
  Result<ParsedFile> parsed = gguf ? io::ParseGguf(bytes, path) : io::ParseSealed(bytes, path);
  if (!parsed.ok()) return parsed.status();
  if (gguf && io::IsSplitGguf(*parsed)) return io::OpenSplitGguf(path, *parsed);
  return OpenedFile{{*file}, {path}, std::move(*parsed), gguf ? "gguf" : "safetensors"};
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
    Result<OpenedFile> opened = OpenAny(path);
    if (!opened.ok()) return opened.status();
    auto state = std::make_shared<State>();
    state->opened = std::move(*opened);
    const std::vector<FileTensor>& tensors = state->opened.parsed.tensors;
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
  return state_->opened.parsed.tensors;
}

const FileTensor* TensorFile::Find(std::string_view name) const noexcept {
  if (!state_) return nullptr;
  const std::vector<FileTensor>& tensors = state_->opened.parsed.tensors;
  const auto found =
      std::lower_bound(state_->by_name.begin(), state_->by_name.end(), name,
                       [&](size_t i, std::string_view wanted) { return tensors[i].name < wanted; });
  if (found == state_->by_name.end() || tensors[*found].name != name) return nullptr;
  return &tensors[*found];
}

const std::map<std::string, std::string>& TensorFile::metadata() const noexcept {
  static const std::map<std::string, std::string> kNone;
  return state_ ? state_->opened.parsed.metadata : kNone;
}

const FileArray* TensorFile::FindArray(std::string_view key) const noexcept {
  if (!state_) return nullptr;
  const auto found = state_->opened.parsed.arrays.find(key);
  return found != state_->opened.parsed.arrays.end() ? &found->second : nullptr;
}

std::span<const std::string> TensorFile::paths() const noexcept {
  if (!state_) return {};
  return state_->opened.paths;
}

std::string_view TensorFile::container() const noexcept {
  return state_ ? state_->opened.container : std::string_view();
}

std::shared_ptr<const void> TensorFile::keep_alive() const noexcept { return state_; }

}  // namespace lutgemm
