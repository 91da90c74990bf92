#include "model/isa/line_parser.h"

#include "base/names.h"
#include "base/text.h"
#include "model/isa/encode.h"

#include <algorithm>

namespace lutgemm::model::isa {
namespace {

using base::Cat;
using base::Quote;

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
constexpr bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool IsName(char c) { return IsNameStart(c) || IsDigit(c); }

constexpr int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view WithoutComment(std::string_view text) {
  return text.substr(0, std::min(text.find('#'), text.find("//")));
}

// Follows an instruction's syntax through a line. After the first error nothing more is read.
class Parser {
 public:
  Parser(std::string_view text, size_t line) : text_(WithoutComment(text)) { error_.line = line; }

  ParsedLine Parse() {
    ParsedLine parsed;
    SkipBlanks();
    const LineName first = TakeName();
    SkipBlanks();
    if (!first.text.empty() && Take(':')) {
      parsed.label = first;
      SkipBlanks();
    } else {
      at_ = first.column == 0 ? at_ : first.column - 1;
    }
    if (at_ < text_.size()) ParseInstruction(parsed);
    if (!error_.text.empty()) parsed.error = error_;
    return parsed;
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  void SkipBlanks() {
    while (IsBlank(Peek())) ++at_;
  }
  LineName TakeName() {
    if (!IsNameStart(Peek())) return {};
    const size_t begin = at_;
    while (IsName(Peek())) ++at_;
    return {text_.substr(begin, at_ - begin), begin + 1};
  }
  bool failed() const { return !error_.text.empty(); }
  template <class... Pieces>
  void Fail(size_t at, const Pieces&... pieces) {
    if (failed()) return;
    error_.column = at + 1;
    error_.text = Cat(pieces...);
  }
  // What stands at the current place, for messages.
  std::string Here() const {
    if (at_ >= text_.size()) return "the end of the line";
    size_t end = at_ + 1;
    while (IsName(text_[at_]) && end < text_.size() && IsName(text_[end])) ++end;
    return Quote(text_.substr(at_, end - at_));
  }

  void ParseInstruction(ParsedLine& parsed) {
    const size_t begin = at_;
    const LineName name = TakeName();
    if (name.text.empty()) return Fail(begin, "expected an instruction or a label, not ", Here());
    const InstructionSpec* spec = FindName(name.text);
    if (spec == nullptr) return Fail(begin, "there is no instruction ", Quote(name.text));
    Instruction instruction;
    instruction.op = spec->op;
    FollowSyntax(*spec, instruction, parsed);
    SkipBlanks();
    if (at_ < text_.size()) Fail(at_, "unexpected ", Here(), " after the instruction");
    if (!failed() && !IsLegalCombination(instruction)) {
      Fail(begin, CombinationError(instruction).text());
    }
    if (failed()) return;
    parsed.column = begin + 1;
    parsed.instruction = instruction;
  }

  void FollowSyntax(const InstructionSpec& spec, Instruction& instruction, ParsedLine& parsed) {
    const std::string_view syntax = spec.syntax;
    bool after_type = false;
    for (size_t i = 0; i < syntax.size() && !failed(); ++i) {
      if (syntax[i] != '{') {
        TakeLiteral(syntax[i], after_type);
        continue;
      }
      const FieldSpec& field = FieldAt(spec, i);
      TakeField(field, instruction, parsed);
      after_type = !TypeNames(field.kind).empty();
    }
  }

  // The paper writes types without points between them, so those may be left out.
  void TakeLiteral(char literal, bool after_type) {
    if (literal == ' ') return SkipBlanks();
    if (literal == ',' || literal == '[' || literal == ']') SkipBlanks();
    if (Take(literal) || (literal == '.' && after_type)) return;
    Fail(at_, "expected '", std::string_view(&literal, 1), "', not ", Here());
  }

  void TakeField(const FieldSpec& field, Instruction& instruction, ParsedLine& parsed) {
    if (field.kind != Kind::kFlag && !IsSuffix(field)) SkipBlanks();
    const size_t begin = at_;
    const int64_t value = TakeValue(field, parsed);
    if (failed()) return;
    if (!Fits(field, value)) {
      return Fail(begin, Name(field.field), " must be ", RangeText(field), ", not ", value);
    }
    instruction[field.field] = static_cast<int32_t>(value);
  }

  // Parts of a mnemonic have no blanks before them.
  static bool IsSuffix(const FieldSpec& field) {
    return !TypeNames(field.kind).empty() || field.field == Field::kM || field.field == Field::kN ||
           field.field == Field::kK;
  }

  int64_t TakeValue(const FieldSpec& field, ParsedLine& parsed) {
    switch (field.kind) {
      case Kind::kVector:
        return TakeRegister('r', field);
      case Kind::kScalar:
        return TakeRegister('s', field);
      case Kind::kAct:
      case Kind::kWeight:
      case Kind::kSum:
        return TakeType(field);
      case Kind::kFlag:
        return TakeFlag(Name(field.field));
      case Kind::kOffset:
        return TakeOffset();
      case Kind::kTarget:
        if (!IsNameStart(Peek())) return TakeNumber(true);
        parsed.target = TakeName();
        return 0;
      case Kind::kSigned:
        return TakeNumber(true);
      default:
        return TakeNumber(false);
    }
  }

  int64_t TakeRegister(char prefix, const FieldSpec& field) {
    const size_t begin = at_;
    if (!Take(prefix) || !IsDigit(Peek())) {
      at_ = begin;
      Fail(begin, "expected a register ", std::string_view(&prefix, 1), "0 to ",
           std::string_view(&prefix, 1), (1u << field.width()) - 1, ", not ", Here());
      return 0;
    }
    return TakeNumber(false);
  }

  int64_t TakeType(const FieldSpec& field) {
    const auto names = TypeNames(field.kind);
    size_t best = names.size();
    for (size_t i = 0; i < names.size(); ++i) {
      const bool longer = best == names.size() || names[i].size() > names[best].size();
      if (longer && text_.substr(at_).starts_with(names[i])) best = i;
    }
    if (best == names.size()) {
      Fail(at_, "expected ", RangeText(field), " for ", Name(field.field), ", not ", Here());
      return 0;
    }
    at_ += names[best].size();
    return static_cast<int64_t>(best);
  }

  int64_t TakeFlag(std::string_view name) {
    if (!text_.substr(at_).starts_with(Cat(".", name))) return 0;
    at_ += 1 + name.size();
    return 1;
  }

  int64_t TakeOffset() {
    if (Peek() == ']') return 0;
    const bool minus = Peek() == '-';
    if (!Take('+') && !Take('-')) {
      Fail(at_, "expected '+', '-' or ']', not ", Here());
      return 0;
    }
    SkipBlanks();
    const int64_t value = TakeNumber(false);
    return minus ? -value : value;
  }

  int64_t TakeNumber(bool may_be_negative) {
    const size_t begin = at_;
    const bool minus = may_be_negative && Take('-');
    const bool hex = text_.substr(at_).starts_with("0x");
    if (hex) at_ += 2;
    const int base = hex ? 16 : 10;
    constexpr int64_t kLimit = int64_t{1} << 40;
    int64_t value = 0;
    const size_t first = at_;
    for (int digit; (digit = HexDigit(Peek())) >= 0 && digit < base; ++at_) {
      value = std::min(kLimit, value * base + digit);
    }
    if (at_ == first) {
      at_ = begin;
      Fail(begin, "expected a number, not ", Here());
    }
    return minus ? -value : value;
  }

  std::string_view text_;
  size_t at_ = 0;
  Diagnostic error_;
};

}  // namespace

ParsedLine ParseLine(std::string_view text, size_t line) { return Parser(text, line).Parse(); }

}  // namespace lutgemm::model::isa
