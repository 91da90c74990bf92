#include "tools/command/common/machine_file.h"

#include "tools/command/common/share.h"

#include "io/mapped_file.h"
#include "model/machine/machine_file.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace lutgemm::tools {
namespace {

constexpr char kSuffix[] = ".json";

std::string Folder() { return SharePath("data/machines"); }

bool IsPath(const std::string& which) {
  return which.find('/') != which.npos || which.ends_with(kSuffix);
}

}  // namespace

std::vector<std::string> MachineNames() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(Folder(), ignored)) {
    if (entry.path().extension() == kSuffix) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string MachinePath(const std::string& which) {
  const std::vector<std::string> names = MachineNames();
  const bool known = std::find(names.begin(), names.end(), which) != names.end();
  return known ? fmt::format("{}/{}{}", Folder(), which, kSuffix) : which;
}

Result<model::cost::Machine> LoadMachine(const std::string& which) {
  const std::string path = MachinePath(which);
  if (!IsPath(path)) {
    return Status(Code::kNotFound,
                  fmt::format("no machine is called '{}': {}, or the path of a .json file", which,
                              fmt::join(MachineNames(), ", ")));
  }
  const auto file = io::MappedFile::Open(path);
  if (!file.ok()) return file.status();
  const std::span<const std::byte> bytes = (*file)->bytes();
  return model::machine::ReadMachine({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                     path);
}

}  // namespace lutgemm::tools
