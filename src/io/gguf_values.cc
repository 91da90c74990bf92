#include "io/gguf_values.h"

#include "base/bits.h"
#include "io/errors.h"

#include <bit>
#include <charconv>
#include <limits>

namespace lutgemm::io {
namespace {

constexpr uint64_t kMaxString = uint64_t{1} << 30;
constexpr uint64_t kMaxArray = uint64_t{1} << 30;

enum Type : uint32_t { kBool = 7, kString = 8, kArray = 9 };

struct TypeInfo {
  std::string_view name;
  unsigned bytes;  // 0: not of fixed size
};
constexpr TypeInfo kTypes[] = {{"u8", 1},  {"i8", 1},  {"u16", 2},  {"i16", 2},    {"u32", 4},
                               {"i32", 4}, {"f32", 4}, {"bool", 1}, {"string", 0}, {"array", 0},
                               {"u64", 8}, {"i64", 8}, {"f64", 8}};
constexpr uint32_t kU32 = 4;
constexpr std::string_view kNotUtf8 = " bytes, not UTF-8]";

Status Ends(std::string_view file, std::string_view key) {
  return Corrupt(file, "file ends inside the value of key ", Quote(key));
}

template <class T>
std::string NumberText(T value) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  return std::string(digits, end.ptr);
}

// Text of a scalar whose bits, of a type of fixed size, are in the low end of `bits`.
std::string ScalarText(uint32_t type, uint64_t bits) {
  switch (type) {
    case 1:
      return NumberText(static_cast<int>(static_cast<int8_t>(bits)));
    case 3:
      return NumberText(static_cast<int16_t>(bits));
    case 5:
      return NumberText(static_cast<int32_t>(bits));
    case 6:
      return NumberText(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    case 7:
      return bits != 0 ? "true" : "false";
    case 11:
      return NumberText(static_cast<int64_t>(bits));
    case 12:
      return NumberText(std::bit_cast<double>(bits));
    default:
      return NumberText(bits);
  }
}

Result<uint32_t> ReadType(ByteReader& reader, std::string_view file, std::string_view key) {
  uint32_t type = 0;
  if (!reader.Read(&type)) return Ends(file, key);
  if (type >= std::size(kTypes)) {
    return Corrupt(file, "key ", Quote(key), " has unknown value type ", type);
  }
  return type;
}

Status SkipElements(ByteReader& reader, std::string_view file, std::string_view key, uint32_t type,
                    uint64_t count) {
  if (type != kString) {
    return reader.Skip(count * kTypes[type].bytes) ? Status() : Ends(file, key);
  }
  for (uint64_t i = 0; i < count; ++i) {
    const auto element = ReadGgufString(reader, file, key);
    if (!element.ok()) return element.status();
  }
  return {};
}

Result<GgufValue> ReadArray(ByteReader& reader, std::string_view file, std::string_view key) {
  const Result<uint32_t> type = ReadType(reader, file, key);
  if (!type.ok()) return type.status();
  uint64_t count = 0;
  if (!reader.Read(&count)) return Ends(file, key);
  if (*type == kArray) return Corrupt(file, "key ", Quote(key), " holds an array of arrays");
  if (count > kMaxArray) {
    return Corrupt(file, "key ", Quote(key), " announces ", count, " array elements; the limit is ",
                   kMaxArray);
  }
  const std::span<const std::byte> rest = reader.rest();
  if (Status status = SkipElements(reader, file, key, *type, count); !status.ok()) return status;
  const FileArray array{
      {}, kTypes[*type].name, static_cast<size_t>(count), rest.first(rest.size() - reader.left())};
  return GgufValue{base::Cat("[", count, " x ", array.type, "]"), {}, array};
}

}  // namespace

bool IsPlaceholder(std::string_view text) {
  if (!text.starts_with('[')) return false;
  const size_t digits = text.find_first_not_of("0123456789", 1);
  if (digits == text.npos || digits == 1) return false;
  const std::string_view rest = text.substr(digits);
  if (rest == kNotUtf8) return true;
  for (const TypeInfo& type : kTypes) {
    if (rest == base::Cat(" x ", type.name, "]")) return true;
  }
  return false;
}

Result<std::string_view> ReadGgufString(ByteReader& reader, std::string_view file,
                                        std::string_view what) {
  uint64_t length = 0;
  std::string_view text;
  if (!reader.Read(&length)) {
    return Corrupt(file, "file ends inside the string length of ", Quote(what));
  }
  if (length > kMaxString) {
    return Corrupt(file, "string of ", Quote(what), " announces ", length, " bytes; the limit is ",
                   kMaxString);
  }
  if (!reader.ReadText(length, &text)) {
    return Corrupt(file, "string of ", Quote(what), " announces ", length, " bytes; ",
                   reader.left(), " are left in the file");
  }
  return text;
}

Result<GgufValue> ReadGgufValue(ByteReader& reader, std::string_view file, std::string_view key) {
  const Result<uint32_t> type = ReadType(reader, file, key);
  if (!type.ok()) return type.status();
  if (*type == kArray) return ReadArray(reader, file, key);
  if (*type == kString) {
    const Result<std::string_view> text = ReadGgufString(reader, file, key);
    if (!text.ok()) return text.status();
    // Descriptions are shown and written as JSON; bytes that are no text would break both.
    if (!IsUtf8(*text)) {
      return GgufValue{base::Cat("[", text->size(), kNotUtf8), {}, {}};
    }
    return GgufValue{std::string(*text), {}, {}};
  }
  uint64_t bits = 0;
  if (!reader.ReadBits(kTypes[*type].bytes, &bits)) return Ends(file, key);
  if (*type == kBool && bits > 1) {
    return Corrupt(file, "key ", Quote(key), " holds a bool of value ", bits);
  }
  GgufValue value{ScalarText(*type, bits), {}, {}};
  if (*type == kU32) value.u32 = static_cast<uint32_t>(bits);
  return value;
}

}  // namespace lutgemm::io
