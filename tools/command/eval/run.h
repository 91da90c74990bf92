// lutgemm eval: how well a language model predicts a text, by how its weights are held.
#ifndef LUTGEMM_TOOLS_COMMAND_EVAL_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_EVAL_RUN_H_

#include "tools/command/eval/options.h"

namespace lutgemm::tools {

int RunEval(const EvalOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_EVAL_RUN_H_
