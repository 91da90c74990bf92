// A JSON text as a tree whose values know their line and column, so that what is wrong with a value
// can be said where it stands.
#ifndef LUTGEMM_MODEL_TEXT_JSON_TREE_H_
#define LUTGEMM_MODEL_TEXT_JSON_TREE_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::model::text {

inline constexpr size_t kMaxJsonBytes = size_t{1} << 16;
inline constexpr size_t kMaxJsonDepth = 8;

// Both count from 1; columns are bytes.
struct TextPosition {
  size_t line = 1;
  size_t column = 1;
};

struct JsonNode {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kText, kList, kObject };
  Kind kind = Kind::kNull;
  TextPosition at;
  double number = 0;              // kNumber; kBool: 0 or 1
  std::string text;               // kText
  std::vector<std::string> keys;  // kObject, in the order of the text, all different
  std::vector<TextPosition> key_at;
  std::vector<JsonNode> items;  // of kObject, beside keys, or kList

  // The value of a key, or nullptr.
  const JsonNode* Find(std::string_view key) const;
};

// "an object", "a number", ...
std::string_view KindText(JsonNode::Kind kind);

// Errors are kCorruptFile and start with "FILE:LINE:COLUMN: ".
Result<JsonNode> ParseJsonTree(std::string_view text, std::string_view file);

}  // namespace lutgemm::model::text

#endif  // LUTGEMM_MODEL_TEXT_JSON_TREE_H_
