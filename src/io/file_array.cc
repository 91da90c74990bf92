// Arrays among the key-values of GGUF files, decoded when someone asks.
#include "io/byte_reader.h"
#include "io/errors.h"
#include "io/gguf_values.h"

#include <bit>
#include <charconv>
#include <limits>
#include <optional>

namespace lutgemm {
namespace {

enum class Kind { kUnsigned, kSigned, kFloat };

struct Scalar {
  Kind kind = Kind::kUnsigned;
  unsigned bytes = 1;
};

// What "bool", "u8" to "u64", "i8" to "i64", "f32" and "f64" are; nothing for other names.
std::optional<Scalar> ScalarOf(std::string_view type) {
  if (type == "bool") return Scalar{Kind::kUnsigned, 1};
  for (const auto& [letter, kind] : {std::pair('u', Kind::kUnsigned), std::pair('i', Kind::kSigned),
                                     std::pair('f', Kind::kFloat)}) {
    if (!type.starts_with(letter)) continue;
    for (const unsigned bits : {8U, 16U, 32U, 64U}) {
      if (type.substr(1) == std::to_string(bits) && (kind != Kind::kFloat || bits >= 32)) {
        return Scalar{kind, bits / 8};
      }
    }
  }
  return std::nullopt;
}

int64_t SignExtended(uint64_t bits, unsigned bytes) {
  const unsigned unused = 64 - 8 * bytes;
  return static_cast<int64_t>(bits << unused) >> unused;
}

double Number(const Scalar& scalar, uint64_t bits) {
  if (scalar.kind == Kind::kUnsigned) return static_cast<double>(bits);
  if (scalar.kind == Kind::kSigned) return static_cast<double>(SignExtended(bits, scalar.bytes));
  return scalar.bytes == 4 ? static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)))
                           : std::bit_cast<double>(bits);
}

Status WrongType(const FileArray& array, std::string_view wanted) {
  return base::MakeStatus(Code::kUnsupportedFormat, "key ", base::Quote(array.key), " holds ",
                          base::Shown(array.type), " elements, not ", wanted);
}

Status WrongBytes(const FileArray& array) {
  return base::MakeStatus(Code::kCorruptFile, "key ", base::Quote(array.key), ": ",
                          array.bytes.size(), " bytes are not ", array.size, " elements of ",
                          base::Shown(array.type));
}

// Calls take(bits) for every element until one fails.
template <class Take>
Status ForElements(const FileArray& array, const Scalar& scalar, const Take& take) {
  if (array.bytes.size() % scalar.bytes != 0 || array.bytes.size() / scalar.bytes != array.size) {
    return WrongBytes(array);
  }
  io::ByteReader reader(array.bytes);
  for (uint64_t bits = 0; reader.ReadBits(scalar.bytes, &bits);) {
    if (Status status = take(bits); !status.ok()) return status;
    if (reader.left() == 0) break;
  }
  return {};
}

Status TooLarge(const FileArray& array, uint64_t value) {
  return base::MakeStatus(Code::kUnsupportedFormat, "key ", base::Quote(array.key), " holds ",
                          value, "; the largest that can be read is ",
                          std::numeric_limits<int64_t>::max());
}

}  // namespace

Result<std::vector<std::string_view>> FileArray::Strings() const noexcept {
  return base::Guarded([&]() -> Result<std::vector<std::string_view>> {
    if (type != "string") return WrongType(*this, "strings");
    // Each takes the eight bytes of its length at least, which bounds what is set aside.
    if (size > bytes.size() / 8) return WrongBytes(*this);
    io::ByteReader reader(bytes);
    std::vector<std::string_view> strings(size);
    for (std::string_view& text : strings) {
      uint64_t length = 0;
      if (!reader.Read(&length) || !reader.ReadText(length, &text)) return WrongBytes(*this);
    }
    if (reader.left() != 0) return WrongBytes(*this);
    return strings;
  });
}

Result<std::vector<int64_t>> FileArray::Integers() const noexcept {
  return base::Guarded([&]() -> Result<std::vector<int64_t>> {
    const std::optional<Scalar> scalar = ScalarOf(type);
    if (!scalar || scalar->kind == Kind::kFloat) return WrongType(*this, "integers");
    std::vector<int64_t> values;
    const Status status = ForElements(*this, *scalar, [&](uint64_t bits) -> Status {
      if (scalar->kind == Kind::kSigned) {
        values.push_back(SignExtended(bits, scalar->bytes));
      } else if (bits > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return TooLarge(*this, bits);
      } else {
        values.push_back(static_cast<int64_t>(bits));
      }
      return {};
    });
    if (!status.ok()) return status;
    return values;
  });
}

Result<std::vector<double>> FileArray::Numbers() const noexcept {
  return base::Guarded([&]() -> Result<std::vector<double>> {
    const std::optional<Scalar> scalar = ScalarOf(type);
    if (!scalar) return WrongType(*this, "numbers");
    std::vector<double> values;
    const Status status = ForElements(*this, *scalar, [&](uint64_t bits) -> Status {
      values.push_back(Number(*scalar, bits));
      return {};
    });
    if (!status.ok()) return status;
    return values;
  });
}

}  // namespace lutgemm
