#include "tools/command/common/share.h"

#include <filesystem>
#include <system_error>

namespace lutgemm::tools {

std::string SharePath(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    // From the folder of installed programs; LUTGEMM_SHARE may be absolute.
    const fs::path share = (program.parent_path() / LUTGEMM_SHARE).lexically_normal();
    if (fs::is_directory(share, error)) return share / file;
  }
  return LUTGEMM_SOURCE_DIR "/" + file;
}

}  // namespace lutgemm::tools
