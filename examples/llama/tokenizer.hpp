// The byte-level tokenizer that a GGUF file describes: tokenizer.ggml.model "gpt2".
#ifndef LUTGEMM_EXAMPLES_LLAMA_TOKENIZER_HPP_
#define LUTGEMM_EXAMPLES_LLAMA_TOKENIZER_HPP_

#include "llama/merges.hpp"
#include "llama/split.hpp"
#include "tiny_lm/text.hpp"

#include <lutgemm/lutgemm.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace llama {

// What a text may contain.
enum class Special {
  kText,    // "<|im_end|>" is ten characters
  kTokens,  // it is one token, where the vocabulary has it as a special one
};

class Tokenizer {
 public:
  // Fails with kNotFound where the file has no vocabulary, kUnsupportedFormat for another kind of
  // tokenizer, kCorruptFile for one that contradicts itself.
  static lutgemm::Result<Tokenizer> Make(const lutgemm::TensorFile& file);

  // Tokens of a text, each with the bytes that it stands for; they make up the text. Nothing is put
  // before them (see begin). A byte that the vocabulary lacks becomes its token for unknown ones;
  // without that it is kBadArgument.
  lutgemm::Result<tiny_lm::TokenText> Encode(std::string_view text, Special special) const;
  // The bytes that a token stands for; nothing for a number that is no token.
  std::string_view Decode(Token token) const;

  // The token that is a special one of this text.
  std::optional<Token> FindSpecial(std::string_view text) const;
  size_t size() const { return texts_.size(); }
  // What the file wants before every text.
  std::optional<Token> begin() const { return begin_; }
  // What ends a text.
  std::optional<Token> end() const { return end_; }

 private:
  lutgemm::Status ReadTokens(const lutgemm::TensorFile& file);
  lutgemm::Status ReadMerges(const lutgemm::TensorFile& file);
  lutgemm::Status ReadKeys(const lutgemm::TensorFile& file);
  lutgemm::Status EncodePlain(std::string_view text, tiny_lm::TokenText& out) const;
  // The longest special token at the beginning of the text.
  std::optional<Token> SpecialAt(std::string_view text) const;

  std::vector<std::string> texts_;  // of every token, in bytes
  std::unordered_map<std::string, Token> normal_;
  std::unordered_map<std::string, Token> special_;
  size_t longest_special_ = 0;
  std::array<bool, 256> begins_special_{};
  std::array<std::optional<Token>, 256> bytes_;
  Merges merges_;
  Pattern pattern_ = Pattern::kGpt2;
  std::optional<Token> begin_, end_, unknown_;
};

}  // namespace llama

#endif  // LUTGEMM_EXAMPLES_LLAMA_TOKENIZER_HPP_
