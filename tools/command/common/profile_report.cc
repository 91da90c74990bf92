#include "tools/command/common/profile_report.h"

#include "plan/active_profile.h"

#include <fmt/core.h>

namespace lutgemm::tools {

std::string ProfileText() {
  const plan::ActiveProfile& active = plan::TheActiveProfile();
  if (active.path.empty()) return "off; LUTGEMM_PROFILE=default follows what `lutgemm tune` wrote";
  if (!active.followed()) return fmt::format("ignored: {}", active.status.text());
  return fmt::format("{}, {} measured choices", Printable(active.path),
                     active.profile.entries().size());
}

Json ProfileJson() {
  const plan::ActiveProfile& active = plan::TheActiveProfile();
  return {{"state", active.path.empty() ? "off"
                    : active.followed() ? "followed"
                                        : "ignored"},
          {"path", active.path},
          {"entries", active.profile.entries().size()},
          {"reason", active.status.text()}};
}

}  // namespace lutgemm::tools
