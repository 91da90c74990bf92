// Reads the keys of a JSON object into fields, and says where a value is wrong and what would be
// right.
#ifndef LUTGEMM_MODEL_TEXT_OBJECT_READER_H_
#define LUTGEMM_MODEL_TEXT_OBJECT_READER_H_

#include "base/names.h"
#include "base/text.h"
#include "model/text/json_tree.h"

#include <cmath>
#include <set>
#include <string>
#include <string_view>

namespace lutgemm::model::text {

struct Range {
  double low, high;
};
inline constexpr Range kCount = {1, 1e6};
inline constexpr size_t kMostNameBytes = 64;

// Errors are kCorruptFile and start with "FILE:LINE:COLUMN: ". The first one stays in the Status
// that all readers of a file share; after it nothing is read.
class ObjectReader {
 public:
  // What becomes of keys that nobody asked for.
  enum class Others { kRefused, kIgnored };

  ObjectReader(const JsonNode& node, std::string_view file, Status& status, Others others)
      : node_(node), file_(file), status_(status), others_(others) {
    if (node.kind != JsonNode::Kind::kObject) {
      Fail(node.at, "an object is wanted here, not ", KindText(node.kind));
    }
  }

  template <class... Pieces>
  void Fail(TextPosition at, const Pieces&... pieces) {
    if (!status_.ok()) return;
    status_ =
        base::MakeStatus(Code::kCorruptFile, file_, ":", at.line, ":", at.column, ": ", pieces...);
  }

  // Whether an optional key is there. It is known from now on.
  bool Has(std::string_view key) {
    read_.emplace(key);
    return status_.ok() && node_.Find(key) != nullptr;
  }
  // The value of a key that must be there, of one kind; nullptr after an error.
  const JsonNode* Get(std::string_view key, JsonNode::Kind kind) {
    if (!status_.ok()) return nullptr;
    const JsonNode* value = node_.Find(key);
    read_.emplace(key);
    if (value == nullptr) {
      Fail(node_.at, "the object that starts here lacks '", key, "', ", KindText(kind));
    } else if (value->kind != kind) {
      Fail(value->at, "'", key, "' is ", KindText(value->kind), "; it must be ", KindText(kind));
      value = nullptr;
    }
    return value;
  }
  void Number(std::string_view key, double& number, Range range) {
    const JsonNode* value = Get(key, JsonNode::Kind::kNumber);
    if (value == nullptr) return;
    if (value->number >= range.low && value->number <= range.high) {
      number = value->number;
    } else {
      Fail(value->at, "'", key, "' is ", value->number, "; it must be in ", range.low, " to ",
           range.high);
    }
  }
  template <class Int>
  void Count(std::string_view key, Int& count, Range range = kCount) {
    double number = 0;
    Number(key, number, range);
    if (!status_.ok()) return;
    if (number != std::floor(number)) {
      Fail(node_.Find(key)->at, "'", key, "' is ", number, "; it must be a whole number");
    }
    count = static_cast<Int>(number);
  }
  void Text(std::string_view key, std::string& text) {
    const JsonNode* value = Get(key, JsonNode::Kind::kText);
    if (value == nullptr) return;
    if (!base::IsPlainText(value->text)) {
      return Fail(value->at, "'", key, "' has control characters");
    }
    text = value->text;
  }
  // A name that `parse` understands.
  template <class T>
  void Parsed(std::string_view key, T& value, Result<T> (*parse)(std::string_view)) {
    const JsonNode* node = Get(key, JsonNode::Kind::kText);
    if (node == nullptr) return;
    if (node->text.size() > kMostNameBytes || !base::IsPlainText(node->text)) {
      return Fail(node->at, "'", key, "': ", base::Quote(node->text), " is no name");
    }
    const Result<T> parsed = parse(node->text);
    if (!parsed.ok()) return Fail(node->at, "'", key, "': ", parsed.status().text());
    value = *parsed;
  }
  // Runs `body` on the reader of an object that must be there.
  template <class Body>
  void Object(std::string_view key, const Body& body) {
    const JsonNode* node = Get(key, JsonNode::Kind::kObject);
    if (node == nullptr) return;
    ObjectReader reader(*node, file_, status_, others_);
    body(reader);
    reader.Finish();
  }

  // Complains about keys that nobody asked for, unless they are ignored.
  void Finish() {
    if (others_ == Others::kIgnored) return;
    for (size_t i = 0; status_.ok() && i < node_.keys.size(); ++i) {
      if (read_.contains(node_.keys[i])) continue;
      std::string known;
      for (const std::string& key : read_) known += (known.empty() ? "" : ", ") + key;
      Fail(node_.key_at[i], "unknown key ", base::Quote(node_.keys[i]), "; known here: ", known);
    }
  }

 private:
  const JsonNode& node_;
  std::string_view file_;
  Status& status_;
  Others others_;
  std::set<std::string> read_;
};

// The fields of a T out of an object, by `read(reader, fields)`.
template <class T, class Read>
Result<T> ReadFields(const JsonNode& object, std::string_view file, ObjectReader::Others others,
                     const Read& read) {
  Status status;
  T fields;
  ObjectReader reader(object, file, status, others);
  read(reader, fields);
  reader.Finish();
  if (!status.ok()) return status;
  return fields;
}

}  // namespace lutgemm::model::text

#endif  // LUTGEMM_MODEL_TEXT_OBJECT_READER_H_
