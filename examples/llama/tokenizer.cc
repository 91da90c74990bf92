#include "llama/tokenizer.hpp"

#include "llama/characters.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace llama {
namespace {

using lutgemm::Code;
using lutgemm::Result;
using lutgemm::Status;
using lutgemm::TensorFile;
using tiny_lm::TokenText;

constexpr const char* kTokensKey = "tokenizer.ggml.tokens";
constexpr const char* kTypesKey = "tokenizer.ggml.token_type";
constexpr const char* kMergesKey = "tokenizer.ggml.merges";

// Longer ones are never looked for, which bounds the time that a search takes.
constexpr size_t kMostSpecialBytes = 256;

// Values of tokenizer.ggml.token_type.
enum TokenType : int64_t { kNormal = 1, kControl = 3, kUserDefined = 4 };

// Vocabularies spell bytes as printable characters: bytes that are printable in Latin-1 stand for
// themselves, the others are 256 and up, in their order.
bool SpellsItself(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

// The byte that a character spells, by its code; -1 where it spells none.
std::array<int, 512> BytesOfCodes() {
  std::array<int, 512> bytes;
  bytes.fill(-1);
  size_t other = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    bytes[SpellsItself(byte) ? byte : other++] = int(byte);
  }
  return bytes;
}

// Bytes that `spelling` stands for; characters that spell none stay as they are.
std::string Spelled(std::string_view spelling) {
  static const std::array<int, 512> kBytes = BytesOfCodes();
  std::string bytes;
  while (!spelling.empty()) {
    const Character next = FirstCharacter(spelling);
    const int byte = next.code < kBytes.size() ? kBytes[next.code] : -1;
    byte >= 0 ? bytes += char(byte) : bytes += spelling.substr(0, next.bytes);
    spelling.remove_prefix(next.bytes);
  }
  return bytes;
}

Result<std::vector<std::string_view>> Strings(const TensorFile& file, const char* key) {
  const lutgemm::FileArray* array = file.FindArray(key);
  if (array == nullptr) {
    return Status(Code::kNotFound, std::string("the file's metadata has no array ") + key);
  }
  return array->Strings();
}

std::optional<std::string> Text(const TensorFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) return std::nullopt;
  return found->second;
}

// The id under `key`, if there is one, into *token.
Status ReadId(const TensorFile& file, const std::string& key, size_t count,
              std::optional<Token>* token) {
  const std::optional<std::string> text = Text(file, key);
  if (!text) return {};
  Token id = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, id);
  if (error != std::errc() || stop != end || id >= count) {
    return Status(Code::kCorruptFile, "metadata " + key + " is '" + *text + "', no token of the " +
                                          std::to_string(count) + " of the vocabulary");
  }
  *token = id;
  return {};
}

}  // namespace

Result<Tokenizer> Tokenizer::Make(const TensorFile& file) {
  const std::optional<std::string> model = Text(file, "tokenizer.ggml.model");
  if (!model) return Status(Code::kNotFound, "the file's metadata has no tokenizer.ggml.model");
  if (*model != "gpt2") {
    return Status(Code::kUnsupportedFormat,
                  "tokenizer.ggml.model is '" + *model + "'; byte-level ones, 'gpt2', can be read");
  }
  const auto pattern = PatternOf(Text(file, "tokenizer.ggml.pre").value_or("gpt-2"));
  if (!pattern.ok()) return pattern.status();
  Tokenizer tokenizer;
  tokenizer.pattern_ = *pattern;
  for (const auto step : {&Tokenizer::ReadTokens, &Tokenizer::ReadMerges, &Tokenizer::ReadKeys}) {
    if (Status status = (tokenizer.*step)(file); !status.ok()) return status;
  }
  return tokenizer;
}

Status Tokenizer::ReadTokens(const TensorFile& file) {
  const auto spellings = Strings(file, kTokensKey);
  if (!spellings.ok()) return spellings.status();
  const lutgemm::FileArray* array = file.FindArray(kTypesKey);
  std::vector<int64_t> types(spellings->size(), kNormal);
  if (array != nullptr) {
    auto read = array->Integers();
    if (!read.ok()) return read.status();
    if (read->size() != spellings->size()) {
      return Status(Code::kCorruptFile, std::string(kTypesKey) + " has " +
                                            std::to_string(read->size()) + " elements, " +
                                            kTokensKey + " " + std::to_string(spellings->size()));
    }
    types = *std::move(read);
  }
  for (size_t i = 0; i < spellings->size(); ++i) {
    const std::string_view spelling = (*spellings)[i];
    const bool special = types[i] == kControl || types[i] == kUserDefined;
    texts_.push_back(special ? std::string(spelling) : Spelled(spelling));
    const std::string& text = texts_.back();
    if (text.empty()) continue;
    if (special) {
      if (text.size() > kMostSpecialBytes) continue;
      special_.emplace(text, Token(i));
      begins_special_[uint8_t(text[0])] = true;
      longest_special_ = std::max(longest_special_, text.size());
    } else if (types[i] == kNormal && normal_.emplace(text, Token(i)).second && text.size() == 1) {
      bytes_[uint8_t(text[0])] = Token(i);
    }
  }
  return {};
}

Status Tokenizer::ReadMerges(const TensorFile& file) {
  const auto lines = Strings(file, kMergesKey);
  if (!lines.ok()) return lines.status();
  for (size_t i = 0; i < lines->size(); ++i) {
    const std::string_view line = (*lines)[i];
    const auto space = std::min(line.find(' ', 1), line.size());
    const std::string left = Spelled(line.substr(0, space));
    const std::string right = Spelled(line.substr(std::min(space + 1, line.size())));
    const auto first = normal_.find(left), second = normal_.find(right);
    const auto whole = normal_.find(left + right);
    if (first == normal_.end() || second == normal_.end() || whole == normal_.end()) {
      return Status(Code::kCorruptFile, std::string(kMergesKey) + ": merge " + std::to_string(i) +
                                            " is of or to a token that the vocabulary lacks");
    }
    merges_.Add(first->second, second->second, whole->second);
  }
  return {};
}

Status Tokenizer::ReadKeys(const TensorFile& file) {
  std::optional<Token> begin;
  const std::string prefix = "tokenizer.ggml.";
  for (const auto& [key, token] :
       {std::pair(prefix + "bos_token_id", &begin), std::pair(prefix + "eos_token_id", &end_),
        std::pair(prefix + "unknown_token_id", &unknown_)}) {
    if (Status status = ReadId(file, key, size(), token); !status.ok()) return status;
  }
  // Files of Llama 3 want it without saying so.
  const bool wanted = pattern_ == Pattern::kLlama3;
  const std::string add = Text(file, prefix + "add_bos_token").value_or(wanted ? "true" : "false");
  if (add == "true") begin_ = begin;
  return {};
}

std::string_view Tokenizer::Decode(Token token) const {
  return token < texts_.size() ? std::string_view(texts_[token]) : std::string_view();
}

std::optional<Token> Tokenizer::FindSpecial(std::string_view text) const {
  const auto found = special_.find(std::string(text));
  if (found == special_.end()) return std::nullopt;
  return found->second;
}

std::optional<Token> Tokenizer::SpecialAt(std::string_view text) const {
  if (!begins_special_[uint8_t(text[0])]) return std::nullopt;
  for (size_t size = std::min(text.size(), longest_special_); size > 0; --size) {
    if (const auto token = FindSpecial(text.substr(0, size))) return token;
  }
  return std::nullopt;
}

Result<TokenText> Tokenizer::Encode(std::string_view text, Special special) const {
  TokenText out;
  size_t begin = 0;  // of the plain text since the last special token
  for (size_t at = 0; special == Special::kTokens && at < text.size();) {
    const std::optional<Token> token = SpecialAt(text.substr(at));
    if (!token) {
      ++at;
      continue;
    }
    Status status = EncodePlain(text.substr(begin, at - begin), out);
    if (!status.ok()) return status;
    out.tokens.push_back(*token);
    out.bytes.push_back(uint32_t(texts_[*token].size()));
    begin = at += texts_[*token].size();
  }
  if (Status status = EncodePlain(text.substr(begin), out); !status.ok()) return status;
  return out;
}

Status Tokenizer::EncodePlain(std::string_view text, TokenText& out) const {
  for (const std::string_view piece : Split(text, pattern_)) {
    std::vector<Token> tokens;
    for (const char c : piece) {
      const std::optional<Token> token = bytes_[uint8_t(c)] ? bytes_[uint8_t(c)] : unknown_;
      if (!token) {
        return Status(Code::kBadArgument, "the text has a byte of value " +
                                              std::to_string(int(uint8_t(c))) +
                                              ", for which the vocabulary has no token");
      }
      tokens.push_back(*token);
    }
    for (const Token token : merges_.Apply(std::move(tokens))) {
      out.tokens.push_back(token);
      // One for an unknown byte, whatever the text of that token is.
      out.bytes.push_back(token == unknown_ ? 1 : uint32_t(texts_[token].size()));
    }
  }
  return {};
}

}  // namespace llama
