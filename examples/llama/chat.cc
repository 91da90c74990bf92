#include "llama/chat.hpp"

#include <initializer_list>
#include <string>
#include <utility>

namespace llama {
namespace {

using lutgemm::Code;
using lutgemm::Result;
using lutgemm::Status;

constexpr std::string_view kStart = "<|im_start|>", kEnd = "<|im_end|>";

// The system's message where the template has one written out, and not made of others.
std::string SystemMessage(std::string_view chat) {
  const std::string opening = std::string(kStart) + "system\n";
  const size_t at = chat.find(opening);
  if (at == chat.npos) return {};
  const std::string_view rest = chat.substr(at + opening.size());
  const std::string_view message = rest.substr(0, rest.find(kEnd));
  const bool written_out =
      message.size() < rest.size() && message.find_first_of("'\"{}") == message.npos;
  return written_out ? opening + std::string(message) + std::string(kEnd) + "\n" : std::string();
}

}  // namespace

Result<std::vector<Token>> ChatTokens(const lutgemm::TensorFile& file, const Tokenizer& tokenizer,
                                      std::string_view message) {
  const auto found = file.metadata().find("tokenizer.chat_template");
  const std::string chat = found != file.metadata().end() ? found->second : std::string();
  if (chat.find(kStart) == chat.npos || !tokenizer.FindSpecial(kStart) || !ChatEnd(tokenizer)) {
    return Status(
        Code::kUnsupportedFormat,
        "the file has no tokenizer.chat_template with <|im_start|> and <|im_end|>, the one "
        "form of conversations that is known here");
  }
  const std::string opening = SystemMessage(chat) + std::string(kStart) + "user\n";
  const std::string closing = std::string(kEnd) + "\n" + std::string(kStart) + "assistant\n";
  std::vector<Token> tokens;
  for (const auto& [text, special] :
       {std::pair(std::string_view(opening), Special::kTokens), std::pair(message, Special::kText),
        std::pair(std::string_view(closing), Special::kTokens)}) {
    const auto part = tokenizer.Encode(text, special);
    if (!part.ok()) return part.status();
    tokens.insert(tokens.end(), part->tokens.begin(), part->tokens.end());
  }
  return tokens;
}

std::optional<Token> ChatEnd(const Tokenizer& tokenizer) { return tokenizer.FindSpecial(kEnd); }

}  // namespace llama
