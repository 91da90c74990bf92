// Files that come along with the command: models, machines, scripts.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_SHARE_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_SHARE_H_

#include <string>

namespace lutgemm::tools {

// Where `file`, a path of the source tree such as "data/machines", is: below share/lutgemm of the
// tree that this program was installed to, wherever that was moved; else, for a program that was
// built and not installed, in the source tree. Whether the file exists there, the caller finds out.
std::string SharePath(const std::string& file);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_SHARE_H_
