// Trees of JSON whose values know their places. What is wrong in a text: machine_test.cc.
#include "model/text/json_tree.h"

#include <doctest/doctest.h>

using namespace lutgemm;
using namespace lutgemm::model::text;

TEST_CASE("values know where they stand, whatever they are") {
  const std::string text =
      "{\n  \"a\\\"\\\\\": [1, -2.5e3 ,true],\n\t\"b\" : {\"\": null}, \"c\":\"\\\\\"}";
  const Result<JsonNode> root = ParseJsonTree(text, "t");
  REQUIRE(root.ok());
  CHECK(root->keys == std::vector<std::string>{"a\"\\", "b", "c"});
  const auto at = [](const JsonNode& node) {
    return std::to_string(node.at.line) + ":" + std::to_string(node.at.column);
  };
  const JsonNode* list = root->Find("a\"\\");
  REQUIRE(list != nullptr);
  CHECK(at(*root) == "1:1");
  CHECK(at(*list) == "2:12");
  CHECK(at(list->items[0]) == "2:13");
  CHECK(at(list->items[1]) == "2:16");
  CHECK(list->items[1].number == -2500);
  CHECK(at(list->items[2]) == "2:24");
  CHECK(list->items[2].kind == JsonNode::Kind::kBool);
  CHECK(root->key_at[0].column == 3);
  CHECK(root->key_at[1].line == 3);
  CHECK(root->key_at[1].column == 2);
  CHECK(at(*root->Find("b")) == "3:8");
  CHECK(at(*root->Find("b")->Find("")) == "3:13");
  CHECK(at(*root->Find("c")) == "3:24");
  CHECK(root->Find("c")->text == "\\");
  CHECK(root->Find("d") == nullptr);
  CHECK(list->Find("a") == nullptr);  // only objects have keys
}
