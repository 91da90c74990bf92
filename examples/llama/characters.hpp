// Characters of UTF-8 text, as far as tokenizers tell them apart.
#ifndef LUTGEMM_EXAMPLES_LLAMA_CHARACTERS_HPP_
#define LUTGEMM_EXAMPLES_LLAMA_CHARACTERS_HPP_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace llama {

enum class CharacterKind { kLetter, kNumber, kSpace, kOther };
// By Unicode's categories L and N and its property White_Space.
CharacterKind KindOf(uint32_t code) noexcept;

struct Character {
  uint32_t code = 0;
  size_t bytes = 1;
};
// The character at the beginning of `text`, which is not empty. A byte that begins no UTF-8 is a
// character of its own, U+FFFD.
Character FirstCharacter(std::string_view text) noexcept;

// UTF-8 of a code below 0x800: all that byte-level vocabularies spell bytes with.
void AppendShort(std::string& text, uint32_t code);

}  // namespace llama

#endif  // LUTGEMM_EXAMPLES_LLAMA_CHARACTERS_HPP_
