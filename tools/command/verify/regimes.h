// In how many ways a tensor is multiplied by default, from one token to more than one tile of them.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_REGIMES_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_REGIMES_H_

#include <lutgemm/plan.hpp>

#include <vector>

namespace lutgemm::tools {

// Numbers of tokens, ascending, the first of each way in which MakePlan's defaults differ up to
// calls of two tiles of tokens: kernel, tiles, parts of K, panels.
// `problem` says the rest; its m is not read.
Result<std::vector<size_t>> TokenRegimes(const PackedWeights& weights, Problem problem);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_REGIMES_H_
