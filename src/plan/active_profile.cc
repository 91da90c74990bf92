#include "plan/active_profile.h"

#include "base/names.h"
#include "base/text.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <system_error>
#include <utility>

namespace lutgemm::plan {
namespace {

// Empty where unset.
std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::string DefaultProfilePath() {
  constexpr std::string_view kName = "/lutgemm/profile";
  // The specification of these variables says to ignore relative paths.
  const std::string_view cache = Environment("XDG_CACHE_HOME");
  if (cache.starts_with('/')) return base::Cat(cache, kName);
  const std::string_view home = Environment("HOME");
  return home.starts_with('/') ? base::Cat(home, "/.cache", kName) : std::string();
}

Result<Profile> LoadProfile(const std::string& path) {
  const std::string name = base::Shown(path);  // in errors
  std::error_code error;
  const std::filesystem::file_status facts = std::filesystem::status(path, error);
  if (!std::filesystem::exists(facts)) {
    return base::MakeStatus(Code::kNotFound, name, ": no such file; `lutgemm tune` writes one");
  }
  // Anything else could keep the reader waiting.
  if (!std::filesystem::is_regular_file(facts)) {
    return base::MakeStatus(Code::kIo, name, ": not a regular file");
  }
  std::string text(Profile::kMostBytes + 1, '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  // What lacks now may be there at the next plan, which then reads the file again.
  if (!file.is_open() && errno == ENOMEM) throw std::bad_alloc();
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return base::MakeStatus(Code::kIo, name, ": cannot be read");
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > Profile::kMostBytes) {
    return base::MakeStatus(Code::kCorruptFile, name, ": longer than any profile");
  }
  return Profile::Parse(text, path);
}

ActiveProfile ReadProfile(std::string_view setting) {
  ActiveProfile active;
  if (setting.empty() || setting == "off") return active;
  active.path = setting == "default" ? DefaultProfilePath() : std::string(setting);
  if (active.path.empty()) {
    active.path = setting;
    active.status = base::MakeStatus(Code::kNotFound,
                                     "LUTGEMM_PROFILE is 'default', but neither "
                                     "XDG_CACHE_HOME nor HOME names a folder");
    return active;
  }
  Result<Profile> profile = LoadProfile(active.path);
  active.status = profile.status();
  if (profile.ok()) active.profile = std::move(*profile);
  return active;
}

const ActiveProfile& TheActiveProfile() {
  static const ActiveProfile active = ReadProfile(Environment("LUTGEMM_PROFILE"));
  return active;
}

}  // namespace lutgemm::plan
