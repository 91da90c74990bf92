#include "llama/split.hpp"

#include "llama/characters.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace llama {
namespace {

using enum CharacterKind;

// Both families read the same grammar with other limits.
struct Rules {
  bool any_case;            // contractions in capitals, too
  bool any_before_letters;  // one character that is no line end may precede letters, not just ' '
  size_t most_numbers;      // in one piece
  bool space_before_numbers;
  bool line_ends;  // are taken with signs before them, and end a piece of spaces
};
constexpr Rules kGpt2Rules{false, false, SIZE_MAX, true, false};

Rules RulesOf(Pattern pattern) {
  if (pattern == Pattern::kLlama3) return {true, true, 3, false, true};
  if (pattern == Pattern::kQwen2) return {true, true, 1, false, true};
  return kGpt2Rules;
}

bool IsLineEnd(uint32_t code) { return code == '\r' || code == '\n'; }

// Looks at a text from some byte on.
class Scanner {
 public:
  Scanner(std::string_view text, const Rules& rules) : text_(text), rules_(rules) {}

  // Bytes of the piece at the beginning of the text, which is not empty.
  size_t Piece() const {
    if (const size_t bytes = Contraction(); bytes != 0) return bytes;
    if (const size_t bytes = Letters(); bytes != 0) return bytes;
    if (const size_t bytes = Numbers(); bytes != 0) return bytes;
    if (const size_t bytes = Signs(); bytes != 0) return bytes;
    return Spaces();
  }

 private:
  // Bytes from `at` on of up to `most` characters for which `is` holds.
  template <class Is>
  size_t Run(size_t at, const Is& is, size_t most = SIZE_MAX) const {
    const size_t begin = at;
    for (size_t count = 0; at < text_.size() && count < most; ++count) {
      const Character next = FirstCharacter(text_.substr(at));
      if (!is(next.code)) break;
      at += next.bytes;
    }
    return at - begin;
  }
  size_t RunOf(CharacterKind kind, size_t at, size_t most = SIZE_MAX) const {
    return Run(
        at, [&](uint32_t code) { return KindOf(code) == kind; }, most);
  }
  size_t Space() const { return text_[0] == ' ' ? 1 : 0; }

  size_t Contraction() const {
    if (text_[0] != '\'') return 0;
    constexpr std::array<std::string_view, 7> kEnds{"s", "t", "re", "ve", "m", "ll", "d"};
    for (const std::string_view end : kEnds) {
      const std::string_view there = text_.substr(1, end.size());
      const bool equal = std::ranges::equal(there, end, [&](char a, char b) {
        return a == b || (rules_.any_case && a == b - 'a' + 'A');
      });
      if (equal) return 1 + end.size();
    }
    return 0;
  }

  size_t Letters() const {
    const Character first = FirstCharacter(text_);
    size_t before = Space();
    if (rules_.any_before_letters) {
      const CharacterKind kind = KindOf(first.code);
      const bool may = kind != kLetter && kind != kNumber && !IsLineEnd(first.code);
      before = may ? first.bytes : 0;
    }
    const size_t letters = RunOf(kLetter, before);
    return letters != 0 ? before + letters : 0;
  }

  size_t Numbers() const {
    const size_t before = rules_.space_before_numbers ? Space() : 0;
    const size_t numbers = RunOf(kNumber, before, rules_.most_numbers);
    return numbers != 0 ? before + numbers : 0;
  }

  size_t Signs() const {
    const size_t before = Space();
    const size_t signs = RunOf(kOther, before);
    if (signs == 0) return 0;
    const size_t ends = rules_.line_ends ? Run(before + signs, IsLineEnd) : 0;
    return before + signs + ends;
  }

  // What is left is white space: up to its last line end where those count, else without the last
  // character if something follows, which that may precede.
  size_t Spaces() const {
    const size_t spaces = RunOf(kSpace, 0);
    if (rules_.line_ends) {
      const size_t end = text_.substr(0, spaces).find_last_of("\r\n");
      if (end != text_.npos) return end + 1;
    }
    if (spaces == text_.size()) return spaces;
    size_t last = 0;  // where the last one begins
    for (size_t at = 0; at < spaces; at += FirstCharacter(text_.substr(at)).bytes) last = at;
    return last != 0 ? last : spaces;
  }

  std::string_view text_;
  const Rules& rules_;
};

void SplitPart(std::string_view text, const Rules& rules, std::vector<std::string_view>& pieces) {
  while (!text.empty()) {
    const size_t bytes = Scanner(text, rules).Piece();
    pieces.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
}

}  // namespace

lutgemm::Result<Pattern> PatternOf(std::string_view pre) {
  struct Known {
    std::string_view pre;
    Pattern pattern;
  };
  constexpr Known kKnown[] = {{"gpt-2", Pattern::kGpt2},           {"smollm", Pattern::kGpt2Digits},
                              {"starcoder", Pattern::kGpt2Digits}, {"refact", Pattern::kGpt2Digits},
                              {"llama-bpe", Pattern::kLlama3},     {"llama3", Pattern::kLlama3},
                              {"llama-v3", Pattern::kLlama3},      {"qwen2", Pattern::kQwen2}};
  std::string names;
  for (const Known& known : kKnown) {
    if (known.pre == pre) return known.pattern;
    names += (names.empty() ? "" : ", ") + std::string(known.pre);
  }
  return lutgemm::Status(lutgemm::Code::kUnsupportedFormat,
                         "tokenizer.ggml.pre is '" + std::string(pre) + "', not one of " + names);
}

std::vector<std::string_view> Split(std::string_view text, Pattern pattern) {
  std::vector<std::string_view> pieces;
  const Rules rules = RulesOf(pattern);
  if (pattern != Pattern::kGpt2Digits) {
    SplitPart(text, rules, pieces);
    return pieces;
  }
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const Character next = FirstCharacter(text.substr(at));
    if (KindOf(next.code) == kNumber) {
      SplitPart(text.substr(begin, at - begin), rules, pieces);
      pieces.push_back(text.substr(at, next.bytes));
      begin = at + next.bytes;
    }
    at += next.bytes;
  }
  SplitPart(text.substr(begin), rules, pieces);
  return pieces;
}

}  // namespace llama
