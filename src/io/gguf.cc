#include "io/gguf.h"

#include "base/bits.h"
#include "io/dtype.h"
#include "io/errors.h"
#include "io/gguf_forks.h"
#include "io/gguf_types.h"
#include "io/gguf_values.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_set>
#include <utility>

namespace lutgemm::io {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kMaxKeys = uint64_t{1} << 20;
constexpr size_t kMaxKeyBytes = 65535;
constexpr size_t kMaxNameBytes = 63;
constexpr uint32_t kMaxGgufDims = 4;
constexpr std::string_view kAlignmentKey = "general.alignment";

class GgufParser {
 public:
  GgufParser(std::span<const std::byte> file, std::string_view name)
      : bytes_(file), file_(name), reader_(file) {}

  Status Parse() {
    for (const auto step : {&GgufParser::ReadHeader, &GgufParser::ReadKeys,
                            &GgufParser::ReadTensors, &GgufParser::PlaceTensors}) {
      if (Status status = (this->*step)(); !status.ok()) return status;
    }
    return {};
  }

  ParsedFile& parsed() { return parsed_; }

 private:
  Status ReadHeader() {
    uint32_t version = 0;
    if (!reader_.Skip(kMagic.size()) || !reader_.Read(&version) || !reader_.Read(&tensors_) ||
        !reader_.Read(&keys_)) {
      return Corrupt(file_, "file has ", bytes_.size(), " bytes; a GGUF header has 24");
    }
    if (!LooksLikeGguf(bytes_)) return Corrupt(file_, "does not start with GGUF");
    if ((version & 0xffff) == 0 && version != 0) {
      return FileError(Code::kUnsupportedFormat, file_,
                       "big-endian GGUF; only little-endian files can be read");
    }
    if (version != 2 && version != 3) {
      return FileError(Code::kUnsupportedFormat, file_, "GGUF version ", version,
                       "; versions 2 and 3 can be read");
    }
    if (tensors_ > kMaxTensors) return TooMany("tensors", tensors_, kMaxTensors);
    if (keys_ > kMaxKeys) return TooMany("key-values", keys_, kMaxKeys);
    return {};
  }

  Status TooMany(std::string_view what, uint64_t count, uint64_t limit) const {
    return Corrupt(file_, "header announces ", count, " ", what, "; the limit is ", limit);
  }

  Status ReadKeys() {
    for (uint64_t i = 0; i < keys_; ++i) {
      const auto key = ReadGgufString(reader_, file_, base::Cat("key ", i));
      if (!key.ok()) return key.status();
      if (key->size() > kMaxKeyBytes || !IsPlainText(*key)) {
        return Corrupt(file_, "key ", Quote(*key), " is too long or not plain text");
      }
      Result<GgufValue> value = ReadGgufValue(reader_, file_, *key);
      if (!value.ok()) return value.status();
      if (*key == kAlignmentKey) {
        if (!value->u32 || !std::has_single_bit(*value->u32)) {
          return Corrupt(file_, kAlignmentKey, " is ", Quote(value->text),
                         "; it must be a u32 power of two");
        }
        alignment_ = *value->u32;
      }
      if (!parsed_.metadata.emplace(*key, std::move(value->text)).second) {
        return Corrupt(file_, "duplicate key ", Quote(*key));
      }
      if (value->array) {
        value->array->key = *key;
        parsed_.arrays.emplace(*key, *std::move(value->array));
      }
    }
    return {};
  }

  Status ReadTensors() {
    std::unordered_set<std::string_view> names;
    for (uint64_t i = 0; i < tensors_; ++i) {
      const auto name = ReadGgufString(reader_, file_, base::Cat("name of tensor ", i));
      if (!name.ok()) return name.status();
      if (name->size() > kMaxNameBytes) {
        return CorruptTensor(file_, *name, "name has ", name->size(), " bytes; the limit is ",
                             kMaxNameBytes);
      }
      if (!IsPlainText(*name)) {
        return CorruptTensor(file_, *name, "name is not UTF-8 or has control characters");
      }
      if (!names.insert(*name).second) return CorruptTensor(file_, *name, "duplicate name");
      DeclaredTensor declared;
      declared.tensor.name = *name;
      if (Status status = ReadTensor(declared); !status.ok()) return status;
      declared_.push_back(std::move(declared));
    }
    return {};
  }

  Status ReadTensor(DeclaredTensor& declared) {
    FileTensor& tensor = declared.tensor;
    const auto ends = [&] {
      return CorruptTensor(file_, tensor.name, "file ends inside its declaration");
    };
    uint32_t dims = 0;
    uint32_t type = 0;
    if (!reader_.Read(&dims)) return ends();
    if (dims > kMaxGgufDims) {
      return CorruptTensor(file_, tensor.name, "has ", dims, " dimensions; the limit is ",
                           kMaxGgufDims);
    }
    for (uint32_t d = 0; d < dims; ++d) {
      uint64_t size = 0;
      if (!reader_.Read(&size)) return ends();
      tensor.shape.push_back(size);
    }
    if (!reader_.Read(&type) || !reader_.Read(&declared.offset)) return ends();
    return SetSize(declared, type);
  }

  // The type's name and the bytes that shape and type ask for. Dimension 0 is still first.
  Status SetSize(DeclaredTensor& declared, uint32_t type_id) {
    FileTensor& tensor = declared.tensor;
    constexpr uint64_t kMaxDim = std::numeric_limits<int64_t>::max();
    for (const uint64_t dim : tensor.shape) {
      if (dim > kMaxDim) return CorruptTensor(file_, tensor.name, "has a negative dimension");
    }
    const std::optional<size_t> count = ElementCount(tensor.shape);
    if (!count || *count > kMaxDim) return CorruptTensor(file_, tensor.name, "shape overflows");
    declared.fork = FindGgufForkType(type_id);
    if (declared.fork != nullptr) return {};
    const GgufTensorType* type = FindGgufType(type_id);
    if (type == nullptr) return UnknownType(file_, tensor.name, type_id);
    const uint64_t row = tensor.shape.empty() ? 1 : tensor.shape[0];
    if (row % type->block_elements != 0) {
      return CorruptTensor(file_, tensor.name, "rows of ", row, " are not whole blocks of ",
                           type->block_elements, " (", type->name, ")");
    }
    if (!base::CheckedMul(*count / type->block_elements, type->block_bytes, &declared.bytes)) {
      return CorruptTensor(file_, tensor.name, "shape overflows");
    }
    SetType(tensor, type->name);
    return {};
  }

  Status PlaceTensors() {
    size_t base = 0;
    if (!base::CheckedAdd(reader_.at(), alignment_ - 1, &base)) {
      return Corrupt(file_, "alignment ", alignment_, " overflows");
    }
    base -= base % alignment_;
    const auto data = base <= bytes_.size() ? bytes_.subspan(base) : bytes_.last(0);
    const auto found = parsed_.metadata.find("general.architecture");
    const bool bitnet = found != parsed_.metadata.end() && found->second.starts_with("bitnet");
    Status settled = SettleForks(declared_, {file_, data.size(), alignment_, bitnet});
    if (!settled.ok()) return settled;
    uint64_t expected = 0;
    parsed_.tensors.reserve(declared_.size());
    for (DeclaredTensor& declared : declared_) {
      if (Status status = PlaceTensor(declared, data, &expected); !status.ok()) return status;
      parsed_.tensors.push_back(std::move(declared.tensor));
    }
    return {};
  }

  Status PlaceTensor(DeclaredTensor& declared, std::span<const std::byte> data,
                     uint64_t* expected) {
    const std::string& name = declared.tensor.name;
    if (declared.offset != *expected) {
      return CorruptTensor(file_, name, "offset ", declared.offset, " should be ", *expected,
                           "; tensors follow each other, padded to ", alignment_, " bytes");
    }
    if (declared.offset > data.size() || declared.bytes > data.size() - declared.offset) {
      return CorruptTensor(file_, name, declared.bytes, " bytes at ", declared.offset,
                           " of the data section reach past its end (", data.size(), " bytes)");
    }
    declared.tensor.bytes = data.subspan(static_cast<size_t>(declared.offset), declared.bytes);
    // Both are at most the file's size, so this cannot overflow.
    *expected = base::RoundUp(static_cast<size_t>(declared.offset) + declared.bytes, alignment_);
    return {};
  }

  std::span<const std::byte> bytes_;
  std::string_view file_;
  ByteReader reader_;
  uint64_t tensors_ = 0;
  uint64_t keys_ = 0;
  size_t alignment_ = 32;
  std::vector<DeclaredTensor> declared_;
  ParsedFile parsed_;
};

}  // namespace

bool LooksLikeGguf(std::span<const std::byte> file) noexcept {
  if (file.size() < kMagic.size()) return false;
  const std::string_view start(reinterpret_cast<const char*>(file.data()), kMagic.size());
  return start == kMagic;
}

Result<ParsedFile> ParseGguf(std::span<const std::byte> file, std::string_view name) {
  GgufParser parser(file, name);
  if (Status status = parser.Parse(); !status.ok()) return status;
  return std::move(parser.parsed());
}

}  // namespace lutgemm::io
