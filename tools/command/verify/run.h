// lutgemm verify: is a packed file intact, and does the library multiply with it as it says.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_RUN_H_

#include "tools/command/verify/options.h"

namespace lutgemm::tools {

int RunVerify(VerifyOptions options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_RUN_H_
