// A strict reader of JSON headers, value by value, so that a hostile text costs no more memory than
// its visitor keeps: at most 100 MB, eight levels, 2^20 keys per object; UTF-8 only; no duplicate
// keys, no byte after the value but white space.
#ifndef LUTGEMM_IO_JSON_H_
#define LUTGEMM_IO_JSON_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lutgemm::io {

inline constexpr size_t kMaxJsonBytes = 100'000'000;
inline constexpr size_t kMaxJsonDepth = 8;
inline constexpr size_t kMaxJsonKeys = size_t{1} << 20;

struct JsonScalar {
  // kUnsigned: digits only, fits uint64_t. Any other number is kOtherNumber.
  enum class Kind : uint8_t { kNull, kBool, kUnsigned, kOtherNumber, kString };
  Kind kind = Kind::kNull;
  uint64_t number = 0;    // kUnsigned, kBool (0 or 1)
  std::string_view text;  // kString; the spelling of kOtherNumber; valid during the call
};

// `path` holds the keys from the outermost object inwards; inside an array a level's key is "".
// An error ends the reading and is passed on.
class JsonVisitor {
 public:
  using Path = std::span<const std::string>;

  virtual ~JsonVisitor() = default;
  virtual Status Open(Path path, bool is_object) = 0;
  virtual Status Scalar(Path path, const JsonScalar& value) = 0;
  virtual Status Close(Path path) = 0;
};

// `what` names the text in errors ("header of model.safetensors").
Status VisitJson(std::string_view text, std::string_view what, JsonVisitor& visitor);

// Appends `text`, which is UTF-8, as a JSON string with its quotes.
void AppendJsonString(std::string& json, std::string_view text);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_JSON_H_
