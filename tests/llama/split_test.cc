#include "llama/split.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace llama {
namespace {

std::string Joined(std::string_view text, Pattern pattern) {
  std::string pieces;
  for (const std::string_view piece : Split(text, pattern)) pieces += std::string(piece) + "|";
  return pieces;
}

// Texts between pieces' bars; every pattern's pieces were worked out by hand from its expression.
TEST_CASE("split: GPT-2") {
  const auto split = [](std::string_view text) { return Joined(text, Pattern::kGpt2); };
  CHECK(split("Hello world") == "Hello| world|");
  CHECK(split("I'll've 'S it's") == "I|'ll|'ve| '|S| it|'s|");
  CHECK(split("a1234 56") == "a|1234| 56|");
  CHECK(split("x, y!?  z") == "x|,| y|!?| | z|");
  CHECK(split("a\n\nb") == "a|\n|\n|b|");
  CHECK(split("a \n b  ") == "a| \n| b|  |");
  CHECK(split("a\n") == "a|\n|");
  CHECK(split("\tx") == "\t|x|");
  CHECK(split("") == "");
  CHECK(split("\xc3\xa4\xc3\xb6 \xe4\xb8\xad\xe6\x96\x87") ==
        "\xc3\xa4\xc3\xb6| \xe4\xb8\xad\xe6\x96\x87|");
  CHECK(split("a\xff\xfe z") == "a|\xff\xfe| z|");
}

TEST_CASE("split: digits apart") {
  const auto split = [](std::string_view text) { return Joined(text, Pattern::kGpt2Digits); };
  CHECK(split("a1234 56") == "a|1|2|3|4| |5|6|");
  CHECK(split("in 1999, x") == "in| |1|9|9|9|,| x|");
  CHECK(split("  7  8") == "  |7|  |8|");
  CHECK(split("\xc2\xb2x") == "\xc2\xb2|x|");
}

TEST_CASE("split: Llama 3 and Qwen 2") {
  const auto split = [](std::string_view text) { return Joined(text, Pattern::kLlama3); };
  CHECK(split("I'LL go, you'Re") == "I|'LL| go|,| you|'Re|");
  CHECK(split("12345 6") == "123|45| |6|");
  CHECK(split("(a) \"b\" .c") == "(a|)| \"|b|\"| .|c|");
  CHECK(split("x !!\n\n y") == "x| !!\n\n| y|");
  CHECK(split("a  \n \n  b") == "a|  \n \n| | b|");
  CHECK(split("a   b") == "a|  | b|");
  CHECK(split("a\tb") == "a|\tb|");
  CHECK(split("end  ") == "end|  |");
  CHECK(Joined("12345 6", Pattern::kQwen2) == "1|2|3|4|5| |6|");
}

TEST_CASE("split: pieces make up any text, and none is empty") {
  std::mt19937 random(3);
  const std::string_view alphabet = " \n\r\t'ast1.\xc3\xa4\xff\xe4\xb8\xad";
  for (int turn = 0; turn < 2000; ++turn) {
    std::string text;
    for (size_t i = random() % 24; i > 0; --i) text += alphabet[random() % alphabet.size()];
    for (const Pattern pattern :
         {Pattern::kGpt2, Pattern::kGpt2Digits, Pattern::kLlama3, Pattern::kQwen2}) {
      std::string joined;
      for (const std::string_view piece : Split(text, pattern)) {
        REQUIRE_FALSE(piece.empty());
        joined += piece;
      }
      REQUIRE(joined == text);
    }
  }
}

TEST_CASE("split: names in files") {
  CHECK(*PatternOf("smollm") == Pattern::kGpt2Digits);
  CHECK(*PatternOf("gpt-2") == Pattern::kGpt2);
  CHECK(*PatternOf("llama-bpe") == Pattern::kLlama3);
  CHECK(*PatternOf("qwen2") == Pattern::kQwen2);
  const auto unknown = PatternOf("tekken");
  CHECK(unknown.status().code() == lutgemm::Code::kUnsupportedFormat);
  CHECK(unknown.status().text().find("'tekken', not one of gpt-2, smollm") != std::string::npos);
}

}  // namespace
}  // namespace llama
