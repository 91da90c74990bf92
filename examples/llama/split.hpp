// Cuts text into the pieces within which byte pairs are merged, as the regular expressions of known
// tokenizers do, scanned by hand.
#ifndef LUTGEMM_EXAMPLES_LLAMA_SPLIT_HPP_
#define LUTGEMM_EXAMPLES_LLAMA_SPLIT_HPP_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace llama {

enum class Pattern {
  // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  kGpt2,
  // The same within what is left when every \p{N} was taken out as a piece of its own.
  kGpt2Digits,
  // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
  // \s*[\r\n]+|\s+(?!\S)|\s+
  kLlama3,
  // The same with \p{N} for \p{N}{1,3}.
  kQwen2,
};

// The pattern that a GGUF file's tokenizer.ggml.pre names; kUnsupportedFormat for other names.
lutgemm::Result<Pattern> PatternOf(std::string_view pre);

// Pieces that make up the text, in their order, none of them empty.
std::vector<std::string_view> Split(std::string_view text, Pattern pattern);

}  // namespace llama

#endif  // LUTGEMM_EXAMPLES_LLAMA_SPLIT_HPP_
