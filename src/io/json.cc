#include "io/json.h"

#include "io/errors.h"

#include <nlohmann/json.hpp>

#include <unordered_set>
#include <vector>

namespace lutgemm::io {
namespace {

// nlohmann's parser does not recurse and, fed through this interface, does not throw: each call
// answers whether to go on.
class SaxAdapter {
 public:
  using Kind = JsonScalar::Kind;

  SaxAdapter(std::string_view text, std::string_view what, JsonVisitor& visitor)
      : text_(text), what_(what), visitor_(visitor) {}

  // NOLINTBEGIN(readability-identifier-naming): the names that the parser calls.
  bool null() { return Pass({}); }
  bool boolean(bool value) { return Pass({Kind::kBool, value ? 1u : 0u, {}}); }
  bool number_unsigned(uint64_t value) { return Pass({Kind::kUnsigned, value, {}}); }
  bool number_integer(int64_t value) {
    return Pass({Kind::kOtherNumber, 0, std::to_string(value)});
  }
  bool number_float(double, const std::string& digits) {
    return Pass({Kind::kOtherNumber, 0, digits});
  }
  bool string(const std::string& value) { return Pass({Kind::kString, 0, value}); }
  bool binary(const nlohmann::json::binary_t&) { return false; }  // not in texts
  bool start_object(size_t) { return Begin(true); }
  bool start_array(size_t) { return Begin(false); }
  bool end_object() { return End(); }
  bool end_array() { return End(); }
  bool key(const std::string& name) {
    auto& keys = keys_.back();
    if (keys.size() == kMaxJsonKeys) {
      return Fail(Corrupt(what_, "more than ", kMaxJsonKeys, " keys in one object"));
    }
    if (!keys.insert(name).second) return Fail(Corrupt(what_, "duplicate key ", Quote(name)));
    path_.back() = name;
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) {
    // Positions count from 1 and point at the last byte read.
    const size_t at = position > 0 ? position - 1 : 0;
    if (at >= text_.size()) return Fail(Corrupt(what_, "JSON ends too early"));
    constexpr size_t kContext = 16;
    return Fail(Corrupt(what_, "not valid JSON at byte ", at, ", near ",
                        Quote(text_.substr(at, kContext))));
  }
  // NOLINTEND

  const Status& status() const { return status_; }

 private:
  bool Fail(Status status) {
    status_ = std::move(status);
    return false;
  }
  bool Check(Status status) { return status.ok() || Fail(std::move(status)); }
  bool Pass(const JsonScalar& value) { return Check(visitor_.Scalar(path_, value)); }

  bool Begin(bool is_object) {
    if (path_.size() == kMaxJsonDepth) {
      return Fail(Corrupt(what_, "JSON nested deeper than ", kMaxJsonDepth, " levels"));
    }
    if (!Check(visitor_.Open(path_, is_object))) return false;
    path_.emplace_back();
    keys_.emplace_back();
    return true;
  }
  bool End() {
    path_.pop_back();
    keys_.pop_back();
    return Check(visitor_.Close(path_));
  }

  std::string_view text_;
  std::string_view what_;
  JsonVisitor& visitor_;
  std::vector<std::string> path_;
  std::vector<std::unordered_set<std::string>> keys_;
  Status status_;
};

}  // namespace

Status VisitJson(std::string_view text, std::string_view what, JsonVisitor& visitor) {
  if (text.size() > kMaxJsonBytes) {
    return Corrupt(what, text.size(), " bytes of JSON; the limit is ", kMaxJsonBytes);
  }
  if (!IsUtf8(text)) return Corrupt(what, "JSON is not UTF-8");
  // The parser would take a NUL for the end and a byte order mark for nothing.
  if (const size_t nul = text.find('\0'); nul != text.npos) {
    return Corrupt(what, "not valid JSON: NUL at byte ", nul);
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    return Corrupt(what, "not valid JSON: starts with a byte order mark");
  }
  SaxAdapter adapter(text, what, visitor);
  const bool ok = nlohmann::json::sax_parse(text.begin(), text.end(), &adapter);
  if (ok || !adapter.status().ok()) return adapter.status();
  return Corrupt(what, "not valid JSON");
}

void AppendJsonString(std::string& json, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      json += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      if (c == '"' || c == '\\') json += '\\';
      json += c;
    }
  }
  json += '"';
}

}  // namespace lutgemm::io
