// lutgemm verify: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_OPTIONS_H_

#include "tools/command/common/subcommand.h"
#include "tools/command/verify/tensor.h"

#include <lutgemm/import.hpp>

#include <string>

namespace lutgemm::tools {

struct VerifyOptions {
  std::string file, against;
  std::string importance;  // the file that repack was given, or empty
  ImportOptions import;    // of the original
  VerifySpec spec;
  bool json = false;
};

void AddVerify(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_OPTIONS_H_
