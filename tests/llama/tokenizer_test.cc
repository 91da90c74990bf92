#include "llama/tokenizer.hpp"

#include "fuzz/mutator.h"
#include "kit.h"
#include "llama/chat.hpp"

#include <algorithm>

namespace lutgemm::llama_test {
namespace {

using llama::Special;
using llama::Tokenizer;
using Tokens = std::vector<llama::Token>;

TestModel Keys() {
  TestModel model;
  model.keys = TokenizerKeys();
  return model;
}

Tokenizer Make(const TestModel& model) {
  const TempDir dir;
  auto tokenizer = Tokenizer::Make(OpenModel(dir, model));
  REQUIRE_MESSAGE(tokenizer.ok(), tokenizer.status().text());
  return *std::move(tokenizer);
}

Tokens Encode(const Tokenizer& tokenizer, std::string_view text, Special special = Special::kText) {
  const auto tokens = tokenizer.Encode(text, special);
  REQUIRE_MESSAGE(tokens.ok(), tokens.status().text());
  size_t bytes = 0;
  for (const uint32_t each : tokens->bytes) bytes += each;
  CHECK(bytes == text.size());
  CHECK(tokens->bytes.size() == tokens->tokens.size());
  return tokens->tokens;
}

TEST_CASE("tokenizer: merges within pieces") {
  const Tokenizer tokenizer = Make(Keys());
  CHECK(tokenizer.size() == kTokens);
  CHECK(Encode(tokenizer, "hello") == Tokens{kHello});
  CHECK(Encode(tokenizer, "hello world") == Tokens{kHello, kWor, 'l', 'd'});
  CHECK(Encode(tokenizer, "shell w") == Tokens{'s', kHell, kW});
  CHECK(Encode(tokenizer, "h e") == Tokens{'h', ' ', 'e'});
  CHECK(Encode(tokenizer, "he11") == Tokens{kHe, '1', '1'});
  CHECK(Encode(tokenizer, "") == Tokens{});
  CHECK(Encode(tokenizer, "\xc3\xa4\n") == Tokens{0xc3, 0xa4, '\n'});
}

TEST_CASE("tokenizer: every byte comes back") {
  const Tokenizer tokenizer = Make(Keys());
  for (unsigned byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const std::string text(1, static_cast<char>(byte));
    CHECK(Encode(tokenizer, text) == Tokens{byte});
    CHECK(tokenizer.Decode(byte) == text);
  }
  CHECK(tokenizer.Decode(kWor) == " wor");
  CHECK(tokenizer.Decode(kImEnd) == "<|im_end|>");
  CHECK(tokenizer.Decode(kTokens).empty());
}

TEST_CASE("tokenizer: special tokens where they are meant") {
  const Tokenizer tokenizer = Make(Keys());
  const std::string text = "<|im_start|>he<|im_end|>\n<|im";
  const Tokens special = Encode(tokenizer, text, Special::kTokens);
  CHECK(special == Tokens{kImStart, kHe, kImEnd, '\n', '<', '|', 'i', 'm'});
  CHECK(Encode(tokenizer, text).size() > special.size());
  CHECK(*tokenizer.end() == kImEnd);
  CHECK(*tokenizer.FindSpecial("<|endoftext|>") == kEndOfText);
  CHECK_FALSE(tokenizer.FindSpecial("he").has_value());
}

TEST_CASE("tokenizer: what is to stand before a text") {
  TestModel model = Keys();
  CHECK_FALSE(Make(model).begin().has_value());
  model.keys["tokenizer.ggml.add_bos_token"] = {7, "\x01"};
  CHECK(*Make(model).begin() == kImStart);
  model.keys.erase("tokenizer.ggml.add_bos_token");
  model.keys["tokenizer.ggml.pre"] = Word("llama-bpe");
  CHECK(*Make(model).begin() == kImStart);
  model.keys["tokenizer.ggml.add_bos_token"] = {7, std::string(1, '\0')};
  CHECK_FALSE(Make(model).begin().has_value());
}

TEST_CASE("tokenizer: bytes without a token are unknown ones, or told") {
  TestModel model = Keys();
  std::vector<std::string> tokens = Vocabulary();
  tokens[7] = "none";
  model.keys["tokenizer.ggml.tokens"] = {9, Strings(tokens)};
  CHECK(Make(model).Encode("a\a", Special::kText).status().text() ==
        "the text has a byte of value 7, for which the vocabulary has no token");
  model.keys["tokenizer.ggml.unknown_token_id"] = Number(kEndOfText);
  CHECK(Encode(Make(model), "a\ab") == Tokens{'a', kEndOfText, 'b'});
}

TEST_CASE("tokenizer: refusals") {
  struct Case {
    const char* key;
    Value value;  // none: the key is left out
    Code code;
    const char* says;
  };
  const std::vector<Case> cases = {
      {"tokenizer.ggml.model", {}, Code::kNotFound, "no tokenizer.ggml.model"},
      {"tokenizer.ggml.model", Word("llama"), Code::kUnsupportedFormat, "'llama'; byte-level"},
      {"tokenizer.ggml.pre", Word("tekken"), Code::kUnsupportedFormat, "'tekken', not one of"},
      {"tokenizer.ggml.tokens", {}, Code::kNotFound, "no array tokenizer.ggml.tokens"},
      {"tokenizer.ggml.tokens", Word("a"), Code::kNotFound, "no array tokenizer.ggml.tokens"},
      {"tokenizer.ggml.tokens", {9, Integers({1})}, Code::kUnsupportedFormat, "not strings"},
      {"tokenizer.ggml.token_type", {9, Integers({1})}, Code::kCorruptFile, "has 1 elements"},
      {"tokenizer.ggml.token_type", {9, Strings({"a"})}, Code::kUnsupportedFormat, "not integers"},
      {"tokenizer.ggml.merges", {}, Code::kNotFound, "no array tokenizer.ggml.merges"},
      {"tokenizer.ggml.merges", {9, Strings({"h e", "q q"})}, Code::kCorruptFile, "merge 1 is of"},
      {"tokenizer.ggml.merges", {9, Strings({"he"})}, Code::kCorruptFile, "merge 0 is of"},
      {"tokenizer.ggml.merges", {9, Strings({""})}, Code::kCorruptFile, "merge 0 is of"},
      {"tokenizer.ggml.eos_token_id", Number(kTokens), Code::kCorruptFile, "is '266', no token"},
      {"tokenizer.ggml.eos_token_id", Word("x"), Code::kCorruptFile, "is 'x', no token"}};
  for (const Case& c : cases) {
    CAPTURE(c.says);
    TestModel model = Keys();
    model.keys.erase(c.key);
    if (!c.value.second.empty()) model.keys[c.key] = c.value;
    const TempDir dir;
    const auto tokenizer = Tokenizer::Make(OpenModel(dir, model));
    CHECK(tokenizer.status().code() == c.code);
    CHECK_MESSAGE(tokenizer.status().text().find(c.says) != std::string::npos,
                  tokenizer.status().text());
  }
}

TEST_CASE("tokenizer: damaged vocabularies are refused or work") {
  const TempDir dir;
  const auto read = [&](std::span<const std::byte> bytes) {
    dir.Put("m.gguf", io_test::Text(bytes));
    const auto file = TensorFile::Open(dir / "m.gguf");
    if (!file.ok()) return false;
    const auto tokenizer = Tokenizer::Make(*file);
    if (!tokenizer.ok()) {
      REQUIRE(tokenizer.status().text().size() < 2000);
      return false;
    }
    const auto tokens = tokenizer->Encode("hello <|im_end|> world 12 \xff", Special::kTokens);
    if (tokens.ok()) {
      for (const llama::Token token : tokens->tokens) REQUIRE(token < tokenizer->size());
    }
    return true;
  };
  fuzz::ForMutants({Keys().bytes()}, fuzz::Mutator(5, fuzz::Mutator::Kind::kBinary), 2000, read);
}

TEST_CASE("chat: the template's system message, then the user's, then the model's turn") {
  const TempDir dir;
  TestModel model = Keys();
  model.keys["tokenizer.chat_template"] =
      Word("{% if x %}{{ '<|im_start|>system\nhello<|im_end|>\n' }}{% endif %}...");
  const TensorFile file = OpenModel(dir, model);
  const Tokenizer tokenizer = Make(model);
  const auto tokens = llama::ChatTokens(file, tokenizer, "he<|im_end|>");
  REQUIRE_MESSAGE(tokens.ok(), tokens.status().text());
  std::string text;
  for (const llama::Token token : *tokens) text += tokenizer.Decode(token);
  CHECK(text ==
        "<|im_start|>system\nhello<|im_end|>\n<|im_start|>user\nhe<|im_end|><|im_end|>\n"
        "<|im_start|>assistant\n");
  CHECK(llama::ChatEnd(tokenizer) == kImEnd);
  // What the user writes is text, whatever it looks like.
  CHECK(std::count(tokens->begin(), tokens->end(), kImEnd) == 2);
  CHECK(std::count(tokens->begin(), tokens->end(), kImStart) == 3);
}

TEST_CASE("chat: other forms are refused, and messages that are made are left out") {
  const TempDir dir;
  TestModel model = Keys();
  const Tokenizer tokenizer = Make(model);
  CHECK(llama::ChatTokens(OpenModel(dir, model), tokenizer, "x").status().code() ==
        Code::kUnsupportedFormat);
  model.keys["tokenizer.chat_template"] = Word("<|im_start|>system\n' + message + '<|im_end|>");
  const auto tokens = llama::ChatTokens(OpenModel(dir, model), tokenizer, "x");
  REQUIRE(tokens.ok());
  CHECK(std::count(tokens->begin(), tokens->end(), kImStart) == 2);
}

}  // namespace
}  // namespace lutgemm::llama_test
