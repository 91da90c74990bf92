// PackedWriter: a safetensors file of packed tensors and of tensors passed through.
#include "base/bits.h"
#include "base/digest.h"
#include "io/atomic_file.h"
#include "io/dtype.h"
#include "io/errors.h"
#include "io/hex.h"
#include "io/json.h"
#include "io/little_endian.h"
#include "io/packed_desc.h"
#include "io/packed_header.h"
#include "io/safetensors.h"

#include <lutgemm/io.hpp>

#include <algorithm>
#include <new>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

namespace lutgemm {

// Hidden, though a part of a class that the shared library shows.
struct __attribute__((visibility("hidden"))) PackedWriter::State {
  struct Packed {
    std::string name;
    PackedWeights weights;
    io::PackedDesc desc;
  };
  struct Raw {
    FileTensor tensor;
    unsigned bits;  // of one element
    uint64_t checksum;
  };

  std::set<std::string> names;
  std::map<std::string, std::string> metadata;
  std::vector<Packed> packed;
  std::vector<Raw> raw;
  size_t data_bytes = 0;
  // Of Reserve, until Write takes it.
  std::optional<io::AtomicFile> reserved;
  std::string reserved_path;
  bool reserved_overwrite = false;

  Status AddName(const std::string& name, size_t bytes);
  std::vector<const FileTensor*> RawInFileOrder() const;
  // `file` names it in errors.
  Result<std::string> Header(std::string_view file) const;
  Status WriteTo(io::AtomicFile& file, const std::string& header) const;
};

namespace {

constexpr std::string_view kHere = "packed file";

// Of a writer without state.
Status NoState(bool made) {
  if (!made) return {Code::kOutOfMemory, "packed file: no memory when its writer was made"};
  return {Code::kBadArgument, "packed file: its writer was moved from"};
}

// Room for one more, so that adding it cannot fail after its name is taken.
template <class T>
void MakeRoom(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(2 * list.size() + 8);
}

void AppendEntry(std::string& json, const FileTensor& tensor, size_t begin) {
  json += ',';
  io::AppendJsonString(json, tensor.name);
  json += base::Cat(":{\"dtype\":\"", tensor.dtype, "\",\"shape\":[");
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    json += base::Cat(d > 0 ? "," : "", tensor.shape[d]);
  }
  json += base::Cat("],\"data_offsets\":[", begin, ",", begin + tensor.bytes.size(), "]}");
}

void AppendMember(std::string& json, std::string_view key, std::string_view value) {
  json += ',';
  io::AppendJsonString(json, key);
  json += ':';
  io::AppendJsonString(json, value);
}

}  // namespace

// Checks that a tensor can be added and takes its name and bytes into account.
Status PackedWriter::State::AddName(const std::string& name, size_t bytes) {
  if (!io::IsPlainText(name) || name == io::kMetadataKey) {
    return io::TensorError(Code::kBadArgument, kHere, name,
                           "name must be UTF-8 without control characters and not __metadata__");
  }
  size_t sum = 0;
  constexpr size_t kRoomForHeader = size_t{1} << 32;
  if (!base::CheckedAdd(data_bytes, bytes, &sum) || !base::CheckedAdd(sum, kRoomForHeader, &sum)) {
    return io::TensorError(Code::kBadShape, kHere, name, "sizes of all tensors overflow");
  }
  if (names.size() == io::kMaxTensors) {
    return io::TensorError(Code::kBadShape, kHere, name, "more than ", io::kMaxTensors, " tensors");
  }
  if (!names.insert(name).second) {
    return io::TensorError(Code::kBadArgument, kHere, name, "was added already");
  }
  data_bytes += bytes;
  return {};
}

// Wide elements first, so that every tensor starts at a multiple of its element's size.
std::vector<const FileTensor*> PackedWriter::State::RawInFileOrder() const {
  std::vector<size_t> order(raw.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return raw[a].bits != raw[b].bits ? raw[a].bits > raw[b].bits : a < b;
  });
  std::vector<const FileTensor*> tensors;
  for (const size_t i : order) tensors.push_back(&raw[i].tensor);
  return tensors;
}

// Length and JSON, padded with spaces to a multiple of 64 bytes: the packed tensors come first and
// are as long as multiples of 64, so that each is aligned in the file.
Result<std::string> PackedWriter::State::Header(std::string_view file) const {
  std::string json = io::UnsealedHeader();
  for (const auto& [key, value] : metadata) AppendMember(json, key, value);
  for (const Packed& tensor : packed) {
    AppendMember(json, std::string(io::kTensorPrefix) + tensor.name,
                 io::PackedDescText(tensor.desc));
  }
  for (const Raw& tensor : raw) {
    AppendMember(json, std::string(io::kPassedPrefix) + tensor.tensor.name,
                 io::HexText(tensor.checksum));
  }
  json += '}';
  size_t at = 0;
  for (const Packed& tensor : packed) {
    const auto blob = tensor.weights.blob();
    AppendEntry(json, FileTensor{tensor.name, "U8", {blob.size()}, blob, std::nullopt}, at);
    at += blob.size();
  }
  for (const FileTensor* tensor : RawInFileOrder()) {
    AppendEntry(json, *tensor, at);
    at += tensor->bytes.size();
  }
  json += '}';
  json.append(base::RoundUp(8 + json.size(), io::kBlobAlign) - 8 - json.size(), ' ');
  if (json.size() > io::kMaxSafetensorsHeader) {
    return io::FileError(Code::kBadShape, file, "names and metadata are too long for a header");
  }
  std::string header;
  io::AppendLittle(header, json.size());
  header += json;
  io::SealHeader(header);
  return header;
}

Status PackedWriter::State::WriteTo(io::AtomicFile& file, const std::string& header) const {
  Status status = file.Write(std::as_bytes(std::span(header)));
  for (const Packed& tensor : packed) {
    if (status.ok()) status = file.Write(tensor.weights.blob());
  }
  for (const FileTensor* tensor : RawInFileOrder()) {
    if (status.ok()) status = file.Write(tensor->bytes);
  }
  return status.ok() ? file.Commit() : status;
}

PackedWriter::PackedWriter() noexcept
    : state_(new (std::nothrow) State), made_(state_ != nullptr) {}
PackedWriter::PackedWriter(PackedWriter&&) noexcept = default;
PackedWriter& PackedWriter::operator=(PackedWriter&&) noexcept = default;
PackedWriter::~PackedWriter() = default;

Status PackedWriter::AddPacked(std::string name, PackedWeights weights) noexcept {
  return base::Guarded([&]() -> Status {
    if (!state_) return NoState(made_);
    if (weights.layout() == LayoutId::kDefault || weights.blob().empty()) {
      return io::TensorError(Code::kBadArgument, kHere, name, "holds no packed weights");
    }
    MakeRoom(state_->packed);
    io::PackedDesc desc{weights.info(), weights.layout(), weights.layout_version(), 0};
    desc.checksum = base::Digest(weights.blob());
    if (Status status = state_->AddName(name, weights.blob().size()); !status.ok()) return status;
    state_->packed.push_back({std::move(name), std::move(weights), desc});
    return {};
  });
}

Status PackedWriter::AddRaw(const FileTensor& tensor) noexcept {
  return base::Guarded([&]() -> Status {
    if (!state_) return NoState(made_);
    const io::Dtype* dtype = io::FindDtype(tensor.dtype);
    if (dtype == nullptr) {
      return io::TensorError(Code::kUnsupportedFormat, kHere, tensor.name, "dtype ",
                             io::Quote(tensor.dtype),
                             " cannot be kept in a safetensors file; a GGUF of F16 or BF16 tensors "
                             "can be packed");
    }
    if (tensor.shape.size() > io::kMaxDims ||
        io::TensorBytes(tensor.shape, dtype->bits) != tensor.bytes.size()) {
      return io::TensorError(Code::kBadShape, kHere, tensor.name, "has ", tensor.bytes.size(),
                             " bytes, which do not fit its shape");
    }
    FileTensor copy = tensor;
    MakeRoom(state_->raw);
    if (Status status = state_->AddName(tensor.name, tensor.bytes.size()); !status.ok()) {
      return status;
    }
    state_->raw.push_back({std::move(copy), dtype->bits, base::Digest(tensor.bytes)});
    return {};
  });
}

Status PackedWriter::SetMetadata(std::string key, std::string value) noexcept {
  return base::Guarded([&]() -> Status {
    if (!state_) return NoState(made_);
    if (!io::IsUtf8(key) || !io::IsUtf8(value) || key.starts_with(io::kPackedPrefix)) {
      return io::FileError(Code::kBadArgument, kHere, "metadata ", io::Quote(key),
                           ": must be UTF-8, and a key must not start with 'lutgemm.'");
    }
    state_->metadata.insert_or_assign(std::move(key), std::move(value));
    return {};
  });
}

uint64_t PackedWriter::file_bytes() const noexcept {
  if (!state_) return 0;
  const auto header = base::Guarded([&] { return state_->Header(kHere); });
  return header.ok() ? header->size() + state_->data_bytes : 0;
}

Status PackedWriter::Reserve(const std::string& path, bool overwrite, uint64_t bytes) noexcept {
  return base::Guarded([&]() -> Status {
    if (!state_) return NoState(made_);
    state_->reserved.reset();  // before the new one, so that both need not fit at once
    Result<io::AtomicFile> file = io::AtomicFile::Create(path, {overwrite, bytes, true});
    if (!file.ok()) return file.status();
    state_->reserved.emplace(*std::move(file));
    state_->reserved_path = path;
    state_->reserved_overwrite = overwrite;
    return {};
  });
}

Status PackedWriter::Write(const std::string& path, bool overwrite) const noexcept {
  return base::Guarded([&]() -> Status {
    if (!state_) return NoState(made_);
    const Result<std::string> header = state_->Header(path);
    if (!header.ok()) return header.status();
    const bool is_reserved = state_->reserved && state_->reserved_path == path &&
                             state_->reserved_overwrite == overwrite;
    if (is_reserved) {
      io::AtomicFile file = *std::move(state_->reserved);
      state_->reserved.reset();
      return state_->WriteTo(file, *header);
    }
    const uint64_t bytes = header->size() + state_->data_bytes;
    Result<io::AtomicFile> file = io::AtomicFile::Create(path, {overwrite, bytes, true});
    return file.ok() ? state_->WriteTo(*file, *header) : file.status();
  });
}

}  // namespace lutgemm
