// What weights of Llama-like models are called in GGUF files and in Hugging Face checkpoints.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_NAMES_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_NAMES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// A weight by another name.
struct OtherName {
  std::string name;
  // Where one convention stacks experts and the other does not: the expert of the stack `name`.
  std::optional<size_t> expert = {};
};
// The other convention's names for a tensor; of a stack, those of its expert `index`. Empty for
// names that neither convention gives out.
std::vector<OtherName> OtherNames(std::string_view tensor, size_t index);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_NAMES_H_
