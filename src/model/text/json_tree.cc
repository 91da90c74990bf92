#include "model/text/json_tree.h"

#include "base/names.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace lutgemm::model::text {
namespace {

constexpr size_t kShown = 16;  // bytes of a text that is not valid

// Walks a text for the parser and tells how far it has come.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, size_t* read) : at_(at), read_(read) {}
  const char& operator*() const { return *at_; }
  Cursor& operator++() {
    ++at_;
    ++*read_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  size_t* read_;
};

// Line and column of offsets that mostly grow: counts on from the last one.
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {}

  TextPosition Of(size_t offset) {
    if (offset < at_) *this = Positions(text_);
    for (; at_ < offset; ++at_) {
      if (text_[at_] != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
    }
    return {line_, 1 + offset - line_start_};
  }

 private:
  std::string_view text_;
  size_t at_ = 0, line_ = 1, line_start_ = 0;
};

bool IsScalarChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '-' || c == '+' ||
         c == '.';
}

class TreeBuilder {
 public:
  using Kind = JsonNode::Kind;

  TreeBuilder(std::string_view text, std::string_view file, const size_t* read)
      : text_(text), file_(file), read_(read), positions_(text) {}

  // NOLINTBEGIN(readability-identifier-naming): the names that the parser calls.
  bool null() { return Scalar(Kind::kNull, 0); }
  bool boolean(bool value) { return Scalar(Kind::kBool, value ? 1 : 0); }
  bool number_integer(int64_t value) { return Scalar(Kind::kNumber, double(value)); }
  bool number_unsigned(uint64_t value) { return Scalar(Kind::kNumber, double(value)); }
  bool number_float(double value, const std::string&) { return Scalar(Kind::kNumber, value); }
  bool string(const std::string& value) {
    JsonNode node = Node(Kind::kText, StringStart());
    node.text = value;
    return Put(std::move(node));
  }
  bool binary(const nlohmann::json::binary_t&) { return false; }  // not in texts
  bool start_object(size_t) { return Open(Kind::kObject); }
  bool start_array(size_t) { return Open(Kind::kList); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(const std::string& name) {
    JsonNode& object = open_.back();
    const TextPosition at = positions_.Of(StringStart());
    if (object.Find(name) != nullptr) return Fail(at, "key ", base::Quote(name), " is there twice");
    object.keys.push_back(name);
    object.key_at.push_back(at);
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) {
    const size_t at = std::min(position > 0 ? position - 1 : 0, text_.size());
    if (at == text_.size()) return Fail(positions_.Of(at), "the JSON ends too early");
    const size_t begin = text_[at] == '"' ? StringStart() : ScalarStart(at);
    return Fail(positions_.Of(begin), "not valid JSON near ",
                base::Quote(text_.substr(begin, kShown)));
  }
  // NOLINTEND

  const Status& status() const { return status_; }
  JsonNode TakeRoot() { return std::move(root_); }

 private:
  template <class... Pieces>
  bool Fail(TextPosition at, const Pieces&... pieces) {
    status_ =
        base::MakeStatus(Code::kCorruptFile, file_, ":", at.line, ":", at.column, ": ", pieces...);
    return false;
  }

  JsonNode Node(Kind kind, size_t offset) {
    JsonNode node;
    node.kind = kind;
    node.at = positions_.Of(offset);
    return node;
  }

  // The parser has just read a string's closing quote.
  size_t StringStart() const {
    for (size_t at = *read_ - 1; at > 0;) {
      at = text_.rfind('"', at - 1);
      if (at == text_.npos) return 0;
      if (!Escaped(at)) return at;
    }
    return 0;
  }
  // Whether an odd number of backslashes stands before `at`.
  bool Escaped(size_t at) const {
    size_t slashes = 0;
    while (slashes < at && text_[at - 1 - slashes] == '\\') ++slashes;
    return slashes % 2 == 1;
  }
  // Where the number or word that ends at `at` begins; `at` itself where there is none.
  size_t ScalarStart(size_t at) const {
    while (at > 0 && IsScalarChar(text_[at]) && IsScalarChar(text_[at - 1])) --at;
    return at;
  }

  // A number ends where something else begins, so the parser may have read one byte more.
  bool Scalar(Kind kind, double number) {
    const size_t last = std::min(*read_, text_.size()) - 1;
    JsonNode node = Node(kind, ScalarStart(IsScalarChar(text_[last]) ? last : last - 1));
    node.number = number;
    return Put(std::move(node));
  }

  bool Put(JsonNode node) {
    (open_.empty() ? root_ : open_.back().items.emplace_back()) = std::move(node);
    return true;
  }

  bool Open(Kind kind) {
    JsonNode node = Node(kind, *read_ - 1);
    if (open_.size() == kMaxJsonDepth) {
      return Fail(node.at, "nested deeper than ", kMaxJsonDepth, " levels");
    }
    open_.push_back(std::move(node));
    return true;
  }

  bool Close() {
    JsonNode node = std::move(open_.back());
    open_.pop_back();
    return Put(std::move(node));
  }

  std::string_view text_;
  std::string_view file_;
  const size_t* read_;
  Positions positions_;
  std::vector<JsonNode> open_;  // from the outermost inwards
  JsonNode root_;
  Status status_;
};

}  // namespace

const JsonNode* JsonNode::Find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  const auto index = static_cast<size_t>(found - keys.begin());
  return index < keys.size() ? &items[index] : nullptr;
}

std::string_view KindText(JsonNode::Kind kind) {
  constexpr std::string_view kTexts[] = {"null",   "a truth value", "a number",
                                         "a text", "a list",        "an object"};
  return kTexts[static_cast<size_t>(kind)];
}

Result<JsonNode> ParseJsonTree(std::string_view text, std::string_view file) {
  if (text.size() > kMaxJsonBytes) {
    return base::MakeStatus(Code::kCorruptFile, file, ": ", text.size(),
                            " bytes of JSON; the limit is ", kMaxJsonBytes);
  }
  // The parser would take a NUL for the end, and a byte order mark for nothing.
  for (const std::string_view bad : {std::string_view("\0", 1), std::string_view("\xef\xbb\xbf")}) {
    if (const size_t at = text.find(bad); at != text.npos) {
      const TextPosition position = Positions(text).Of(at);
      return base::MakeStatus(Code::kCorruptFile, file, ":", position.line, ":", position.column,
                              ": not valid JSON: a NUL or a byte order mark");
    }
  }
  size_t read = 0;
  TreeBuilder builder(text, file, &read);
  const bool ok = nlohmann::json::sax_parse(Cursor(text.data(), &read),
                                            Cursor(text.data() + text.size(), &read), &builder);
  if (!builder.status().ok()) return builder.status();
  if (!ok) return base::MakeStatus(Code::kCorruptFile, file, ": not valid JSON");
  return builder.TakeRoot();
}

}  // namespace lutgemm::model::text
