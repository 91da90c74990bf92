#include "io/safetensors.h"

#include "io/dtype.h"
#include "io/errors.h"
#include "io/little_endian.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace lutgemm::io {
namespace {

constexpr size_t kLengthBytes = 8;

struct Entry {
  FileTensor tensor;
  uint64_t begin = 0;
  uint64_t end = 0;
  size_t order = 0;  // in the header, which decides among empty tensors at one place
};

// Collects the header's entries and checks each one's form.
class HeaderVisitor : public JsonVisitor {
 public:
  explicit HeaderVisitor(std::string_view file) : file_(file) {}

  Status Open(Path path, bool is_object) override {
    if (path.empty()) return is_object ? Status() : Corrupt(file_, "header is not a JSON object");
    if (path.size() == 1) return is_object ? OpenEntry(path[0]) : NotAnEntry(path[0]);
    const bool list = !is_object && path.size() == 2 && path[0] != kMetadataKey;
    if (!list || (path[1] != "shape" && path[1] != "data_offsets")) return BadField(path);
    if (path[1] == "shape") has_shape_ = true;
    return {};
  }

  Status Scalar(Path path, const JsonScalar& value) override {
    if (path.empty()) return Corrupt(file_, "header is not a JSON object");
    if (path.size() == 1) return NotAnEntry(path[0]);
    if (path[0] == kMetadataKey) return AddMetadata(path, value);
    if (path.size() == 3) return AddNumber(path, value);
    if (path[1] != "dtype" || value.kind != JsonScalar::Kind::kString) return BadField(path);
    entries_.back().tensor.dtype = value.text;
    has_dtype_ = true;
    return {};
  }

  Status Close(Path path) override {
    if (path.size() != 1 || path[0] == kMetadataKey) return {};
    const std::string& tensor = path[0];
    if (!has_dtype_) return CorruptTensor(file_, tensor, "has no dtype");
    if (!has_shape_) return CorruptTensor(file_, tensor, "has no shape");
    if (offsets_ != 2) {
      return CorruptTensor(file_, tensor, "data_offsets must be two integers [begin, end]");
    }
    return {};
  }

  std::vector<Entry>& entries() { return entries_; }
  std::map<std::string, std::string>& metadata() { return metadata_; }

 private:
  Status NotAnEntry(std::string_view key) const {
    return CorruptTensor(file_, key, "header entry is not a JSON object");
  }

  Status OpenEntry(const std::string& key) {
    if (key == kMetadataKey) return {};
    if (!IsPlainText(key)) return CorruptTensor(file_, key, "name has control characters");
    if (entries_.size() == kMaxTensors) {
      return Corrupt(file_, "more than ", kMaxTensors, " tensors");
    }
    const size_t order = entries_.size();
    entries_.emplace_back().tensor.name = key;
    entries_.back().order = order;
    has_dtype_ = has_shape_ = false;
    offsets_ = 0;
    return {};
  }

  Status BadField(Path path) const {
    if (path[0] == kMetadataKey) {
      return Corrupt(file_, "__metadata__ entry ", Quote(path[1]), " is not a string");
    }
    return CorruptTensor(file_, path[0], "unexpected value at ", Quote(path[1]),
                         "; an entry is a dtype string, a shape list and a data_offsets list");
  }

  Status AddMetadata(Path path, const JsonScalar& value) {
    if (value.kind != JsonScalar::Kind::kString) return BadField(path);
    metadata_.emplace(path[1], value.text);
    return {};
  }

  Status AddNumber(Path path, const JsonScalar& value) {
    Entry& entry = entries_.back();
    if (value.kind != JsonScalar::Kind::kUnsigned) {
      return CorruptTensor(file_, path[0], path[1],
                           " holds something else than unsigned 64-bit integers");
    }
    if (path[1] == "shape") {
      if (entry.tensor.shape.size() == kMaxDims) {
        return CorruptTensor(file_, path[0], "has more than ", kMaxDims, " dimensions");
      }
      entry.tensor.shape.push_back(value.number);
    } else {
      if (offsets_ == 0) entry.begin = value.number;
      if (offsets_ == 1) entry.end = value.number;
      if (offsets_ < 3) ++offsets_;
    }
    return {};
  }

  std::string_view file_;
  std::vector<Entry> entries_;
  std::map<std::string, std::string> metadata_;
  bool has_dtype_ = false, has_shape_ = false;
  unsigned offsets_ = 0;  // numbers seen in data_offsets, counted to 3
};

Result<std::string_view> HeaderText(std::span<const std::byte> file, std::string_view name) {
  if (file.size() < kLengthBytes) {
    return Corrupt(name, "file has ", file.size(),
                   " bytes; a safetensors file starts with an 8-byte header length");
  }
  const uint64_t length = LoadLittle<uint64_t>(file.data());
  if (const auto mark = LoadLittle<uint16_t>(file.data()); mark == 0xfeff || mark == 0xfffe) {
    if (length > kMaxSafetensorsHeader) {
      return Corrupt(name, "is UTF-16 text; an index of shards must be UTF-8");
    }
  }
  if (length > kMaxSafetensorsHeader) {
    return Corrupt(name, "header length ", length, " is over the limit of ", kMaxSafetensorsHeader,
                   "; neither a safetensors nor a GGUF file?");
  }
  if (length > file.size() - kLengthBytes) {
    return Corrupt(name, "header length ", length, " reaches past the end of the file (",
                   file.size(), " bytes)");
  }
  const auto* text = reinterpret_cast<const char*>(file.data()) + kLengthBytes;
  if (length == 0 || text[0] != '{') return Corrupt(name, "header does not start with '{'");
  return std::string_view(text, static_cast<size_t>(length));
}

// Size against shape and position against the previous tensor's end, then the view itself.
Status PlaceTensor(Entry& entry, std::span<const std::byte> data, uint64_t expected_begin,
                   std::string_view name) {
  FileTensor& tensor = entry.tensor;
  const Dtype* dtype = FindDtype(tensor.dtype);
  if (dtype == nullptr) {
    return TensorError(Code::kUnsupportedFormat, name, tensor.name, "unknown dtype ",
                       Quote(tensor.dtype));
  }
  if (entry.begin != expected_begin || entry.end < entry.begin) {
    return CorruptTensor(name, tensor.name, "data_offsets [", entry.begin, ", ", entry.end,
                         "] do not continue at ", expected_begin,
                         "; tensors must follow each other without gap or overlap");
  }
  const std::optional<size_t> bytes = TensorBytes(tensor.shape, dtype->bits);
  if (!bytes) {
    return CorruptTensor(name, tensor.name,
                         "shape overflows or does not fill whole bytes of dtype ", tensor.dtype);
  }
  if (entry.end - entry.begin != *bytes) {
    return CorruptTensor(name, tensor.name, "data_offsets span ", entry.end - entry.begin,
                         " bytes; shape and dtype ", tensor.dtype, " need ", *bytes);
  }
  if (entry.end > data.size()) {
    return CorruptTensor(name, tensor.name, "data ends at ", entry.end,
                         " of the data section, which has ", data.size(), " bytes");
  }
  tensor.bytes = data.subspan(static_cast<size_t>(entry.begin), *bytes);
  tensor.elem = FloatElem(tensor.dtype);
  return {};
}

}  // namespace

bool LooksLikeSafetensors(std::span<const std::byte> file) noexcept {
  return file.size() > kLengthBytes && LoadLittle<uint64_t>(file.data()) <= kMaxSafetensorsHeader &&
         file[kLengthBytes] == std::byte{'{'};
}

Result<ParsedFile> ParseSafetensors(std::span<const std::byte> file, std::string_view name) {
  const Result<std::string_view> header = HeaderText(file, name);
  if (!header.ok()) return header.status();
  HeaderVisitor visitor(name);
  if (Status status = VisitJson(*header, name, visitor); !status.ok()) return status;

  std::vector<Entry>& entries = visitor.entries();
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.order) < std::tie(b.begin, b.end, b.order);
  });
  const std::span<const std::byte> data = file.subspan(kLengthBytes + header->size());
  ParsedFile parsed;
  parsed.metadata = std::move(visitor.metadata());
  parsed.tensors.reserve(entries.size());
  uint64_t end = 0;
  for (Entry& entry : entries) {
    if (Status status = PlaceTensor(entry, data, end, name); !status.ok()) return status;
    end = entry.end;
    parsed.tensors.push_back(std::move(entry.tensor));
  }
  if (end != data.size()) {
    return Corrupt(name, "tensors end at ", end, " of the data section, which has ", data.size(),
                   " bytes; trailing bytes are not allowed");
  }
  return parsed;
}

}  // namespace lutgemm::io
