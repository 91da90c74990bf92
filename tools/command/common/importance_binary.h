// The older files of importance matrices, which are no GGUF and begin with no magic.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_BINARY_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_BINARY_H_

#include "tools/command/common/importance_file.h"

namespace lutgemm::tools {

// As ParseImportance, whose work it is to know that the file is none of GGUF.
Result<ImportanceEntries> ParseBinaryImportance(std::span<const std::byte> file,
                                                std::string_view name);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_BINARY_H_
