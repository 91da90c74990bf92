#include "io/packed_desc.h"

#include "base/checksum.h"
#include "format/group_text.h"
#include "io/errors.h"
#include "io/hex.h"
#include "io/json.h"
#include "io/little_endian.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace lutgemm::io {
namespace {

constexpr size_t kMaxDescBytes = 4096;

enum Field : size_t {
  kFormat,
  kLayout,
  kLayoutVersion,
  kShape,
  kGroup,
  kScale,
  kZero,
  kChecksum,
  kRequired,
  kVersionField = kRequired,
  kSuperGroup,
  kFactor,
  kFields
};
constexpr std::array<std::string_view, kFields> kFieldNames = {
    "format", "layout",   "layout_version", "shape",       "group", "scale",
    "zero",   "checksum", "version",        "super_group", "factor"};
// Of descriptions. A field that older readers may ignore does not raise it.
constexpr uint32_t kSuperGroupVersion = 2;
constexpr uint32_t kNewestVersion = kSuperGroupVersion;

// A word in quotes, or a number.
std::string GroupJson(uint32_t group) {
  const std::string text = format::GroupText(group);
  const bool word = group == kWholeRow || group == kWholeTensor;
  return word ? base::Cat("\"", text, "\"") : text;
}

// What only weights with super-groups have.
std::string SuperGroupText(const WeightInfo& info) {
  if (info.super_group == 0) return {};
  return base::Cat(",\"version\":", kSuperGroupVersion, ",\"super_group\":", info.super_group,
                   ",\"factor\":\"", Name(info.factor), "\"");
}

// All fields but the checksum, without the closing brace.
std::string OpenText(const PackedDesc& desc) {
  const WeightInfo& info = desc.info;
  return base::Cat("{\"format\":\"", Name(info.format), "\",\"layout\":\"", Name(desc.layout),
                   "\",\"layout_version\":", desc.layout_version, ",\"shape\":[", info.n, ",",
                   info.k, "],\"group\":", GroupJson(info.group), ",\"scale\":\"", Name(info.scale),
                   "\",\"zero\":\"", Name(info.zero), "\"", SuperGroupText(info));
}

class DescVisitor : public JsonVisitor {
 public:
  DescVisitor(std::string_view file, std::string_view tensor) : file_(file), tensor_(tensor) {}

  Status Open(Path path, bool is_object) override {
    if (path.empty()) return is_object ? Status() : Bad("description is not a JSON object");
    if (path.size() == 1 && path[0] == kFieldNames[kShape] && !is_object) {
      seen_[kShape] = true;
      return {};
    }
    return IsField(path[0]) ? Bad("unexpected value at ", Quote(path[0])) : Status();
  }

  Status Scalar(Path path, const JsonScalar& value) override {
    if (path.empty()) return Bad("description is not a JSON object");
    const size_t f = IndexOf(path[0]);
    if (f == kFields) return {};
    if (path.size() > 1) return AddDim(value);
    seen_[f] = true;
    return Set(static_cast<Field>(f), value);
  }

  Status Close(Path path) override {
    if (!path.empty()) return {};
    for (size_t f = 0; f < kRequired; ++f) {
      if (!seen_[f]) return Bad("field '", kFieldNames[f], "' is missing");
    }
    if (seen_[kSuperGroup] != seen_[kFactor]) {
      return Bad("fields 'super_group' and 'factor' go together");
    }
    if (seen_[kSuperGroup] && version_ < kSuperGroupVersion) {
      return Bad("field 'super_group' needs version ", kSuperGroupVersion);
    }
    if (dims_ != 2) return Bad("shape must be two integers [n, k]");
    return CheckCombination();
  }

  const PackedDesc& desc() const { return desc_; }

 private:
  template <class... Pieces>
  Status Bad(const Pieces&... pieces) const {
    return CorruptTensor(file_, tensor_, pieces...);
  }

  static size_t IndexOf(std::string_view name) {
    return static_cast<size_t>(std::ranges::find(kFieldNames, name) - kFieldNames.begin());
  }
  static bool IsField(std::string_view name) { return IndexOf(name) != kFields; }

  Status AddDim(const JsonScalar& value) {
    if (value.kind != JsonScalar::Kind::kUnsigned ||
        value.number > std::numeric_limits<size_t>::max()) {
      return Bad("shape must be two integers [n, k]");
    }
    if (dims_ == 0) desc_.info.n = static_cast<size_t>(value.number);
    if (dims_ == 1) desc_.info.k = static_cast<size_t>(value.number);
    if (dims_ < 3) ++dims_;
    return {};
  }

  Status Set(Field field, const JsonScalar& value) {
    switch (field) {
      case kFormat:
        return SetName(field, value, ParseWeightFormat, &desc_.info.format);
      case kLayout:
        return SetName(field, value, ParseLayout, &desc_.layout);
      case kScale:
        return SetName(field, value, ParseElem, &desc_.info.scale);
      case kZero:
        return SetName(field, value, ParseZeroKind, &desc_.info.zero);
      case kFactor:
        return SetName(field, value, ParseElem, &desc_.info.factor);
      case kLayoutVersion:
        return SetNumber(field, value, &desc_.layout_version);
      case kVersionField:
        return SetVersion(value);
      case kSuperGroup:
        return SetSuperGroup(value);
      case kGroup:
        return SetGroup(value);
      case kChecksum:
        return SetChecksum(value);
      case kShape:
      case kFields:
        break;
    }
    return Bad("shape must be two integers [n, k]");
  }

  // The exact names only; the parsers of the command line forgive capitals.
  template <class T>
  Status SetName(Field field, const JsonScalar& value,
                 Result<T> (*parse)(std::string_view) noexcept, T* out) {
    if (value.kind != JsonScalar::Kind::kString) {
      return Bad("field '", kFieldNames[field], "' is not a string");
    }
    const Result<T> parsed = parse(value.text);
    if (!parsed.ok() || Name(*parsed) != value.text) {
      return TensorError(Code::kUnsupportedFormat, file_, tensor_, kFieldNames[field], " ",
                         Quote(value.text), " is unknown to this library");
    }
    *out = *parsed;
    return {};
  }

  Status SetNumber(Field field, const JsonScalar& value, uint32_t* out) {
    if (value.kind != JsonScalar::Kind::kUnsigned ||
        value.number > std::numeric_limits<uint32_t>::max()) {
      return Bad(kFieldNames[field], " is not a 32-bit integer");
    }
    *out = static_cast<uint32_t>(value.number);
    return {};
  }

  // A description's version says what a reader must know; fields that it may ignore come without.
  Status SetVersion(const JsonScalar& value) {
    if (Status status = SetNumber(kVersionField, value, &version_); !status.ok()) return status;
    if (version_ >= 1 && version_ <= kNewestVersion) return {};
    return TensorError(Code::kUnsupportedFormat, file_, tensor_, "description has version ",
                       version_, "; this library reads 1 to ", kNewestVersion);
  }

  Status SetSuperGroup(const JsonScalar& value) {
    Status status = SetNumber(kSuperGroup, value, &desc_.info.super_group);
    if (status.ok() && desc_.info.super_group == 0) return Bad("super_group must not be 0");
    return status;
  }

  Status SetGroup(const JsonScalar& value) {
    const auto word =
        value.kind == JsonScalar::Kind::kString ? format::ReadGroup(value.text) : std::nullopt;
    if (value.kind == JsonScalar::Kind::kUnsigned && value.number != kWholeRow &&
        value.number < kWholeTensor && value.number % 4 == 0) {
      desc_.info.group = static_cast<uint32_t>(value.number);
    } else if (word == kWholeRow || word == kWholeTensor) {
      desc_.info.group = *word;
    } else {
      return Bad("group must be \"row\", \"tensor\" or a multiple of 4");
    }
    return {};
  }

  Status SetChecksum(const JsonScalar& value) {
    const auto parsed =
        value.kind == JsonScalar::Kind::kString ? ParseHex(value.text) : std::nullopt;
    if (!parsed) return Bad("checksum must be 16 lower-case hexadecimal digits");
    desc_.checksum = *parsed;
    return {};
  }

  Status CheckCombination() const {
    if (desc_.layout == LayoutId::kDefault) {
      return TensorError(Code::kUnsupportedFormat, file_, tensor_,
                         "layout 'default' is unknown to this library");
    }
    const uint32_t known = LayoutVersion(desc_.layout);
    if (desc_.layout_version != known) {
      return TensorError(Code::kUnsupportedFormat, file_, tensor_, "layout '", Name(desc_.layout),
                         "' has version ", desc_.layout_version, "; this library reads version ",
                         known);
    }
    if (PackedBytes(desc_.info, desc_.layout) == 0) {
      return Bad("a shape of [", desc_.info.n, ", ", desc_.info.k, "] is out of range, or format '",
                 Name(desc_.info.format), "' and its group, scale and zero do not go with layout '",
                 Name(desc_.layout), "'");
    }
    return {};
  }

  std::string_view file_;
  std::string_view tensor_;
  PackedDesc desc_;
  uint32_t version_ = 1;
  std::array<bool, kFields> seen_ = {};
  unsigned dims_ = 0;  // numbers seen in shape, counted to 3
};

}  // namespace

uint64_t OldChecksum(std::string_view tensor, const PackedDesc& desc,
                     std::span<const std::byte> blob) {
  std::string text(tensor);
  text += '\0';
  text += OpenText(desc) + "}";
  AppendLittle(text, base::Checksum(blob));
  return base::Checksum(std::as_bytes(std::span(text)));
}

std::string PackedDescText(const PackedDesc& desc) {
  return OpenText(desc) + ",\"checksum\":\"" + HexText(desc.checksum) + "\"}";
}

Result<PackedDesc> ParsePackedDesc(std::string_view json, std::string_view file,
                                   std::string_view tensor) {
  if (json.size() > kMaxDescBytes) {
    return CorruptTensor(file, tensor, "description has ", json.size(), " bytes; the limit is ",
                         kMaxDescBytes);
  }
  DescVisitor visitor(file, tensor);
  const std::string what = base::Cat(file, ": tensor ", Quote(tensor), ": description");
  if (Status status = VisitJson(json, what, visitor); !status.ok()) return status;
  return visitor.desc();
}

}  // namespace lutgemm::io
