// Files that programs read besides their tensors.
#ifndef LUTGEMM_TOOLS_CONSOLE_INPUT_FILE_H_
#define LUTGEMM_TOOLS_CONSOLE_INPUT_FILE_H_

#include <lutgemm/status.hpp>

#include <string>

namespace lutgemm::tools {

// False for what exists and is no regular file: opening a pipe would wait, reading a folder fail.
bool MayBeRead(const std::string& path);

// All bytes of a small file. Errors: those of io::MappedFile.
Result<std::string> ReadFile(const std::string& path);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_INPUT_FILE_H_
