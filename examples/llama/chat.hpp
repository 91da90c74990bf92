// What a model that was trained on conversations is to be given.
#ifndef LUTGEMM_EXAMPLES_LLAMA_CHAT_HPP_
#define LUTGEMM_EXAMPLES_LLAMA_CHAT_HPP_

#include "llama/tokenizer.hpp"

#include <lutgemm/lutgemm.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace llama {

// A conversation that `message` opens and the model is to go on, in the form "<|im_start|>ROLE\n"
// ...
// "<|im_end|>\n", with the system's message that the file's tokenizer.chat_template has written
// out, if any. Special tokens in `message` are text. Fails with kUnsupportedFormat where the file's
// template is of another form.
lutgemm::Result<std::vector<Token>> ChatTokens(const lutgemm::TensorFile& file,
                                               const Tokenizer& tokenizer,
                                               std::string_view message);

// What ends a message of such a conversation.
std::optional<Token> ChatEnd(const Tokenizer& tokenizer);

}  // namespace llama

#endif  // LUTGEMM_EXAMPLES_LLAMA_CHAT_HPP_
