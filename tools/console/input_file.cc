#include "tools/console/input_file.h"

#include "io/mapped_file.h"

#include <filesystem>
#include <span>
#include <system_error>

namespace lutgemm::tools {

bool MayBeRead(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  return !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
}

Result<std::string> ReadFile(const std::string& path) {
  const auto file = io::MappedFile::Open(path);
  if (!file.ok()) return file.status();
  const std::span<const std::byte> bytes = (*file)->bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace lutgemm::tools
