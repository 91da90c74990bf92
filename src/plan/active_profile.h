// The profile that MakePlan follows in this process: LUTGEMM_PROFILE, the one environment variable
// that the library reads, and reads once.
#ifndef LUTGEMM_PLAN_ACTIVE_PROFILE_H_
#define LUTGEMM_PLAN_ACTIVE_PROFILE_H_

#include "plan/profile.h"

#include <string>

namespace lutgemm::plan {

struct ActiveProfile {
  std::string path;  // empty where no profile is asked for
  Status status;     // why the file at `path` is not followed
  Profile profile;   // its entries; none where status is not ok

  bool followed() const { return !path.empty() && status.ok(); }
};

// LUTGEMM_PROFILE is unset, empty or "off": none; "default": DefaultProfilePath(); else a path. The
// file is read at the first call, and never again.
const ActiveProfile& TheActiveProfile();

// What one value of LUTGEMM_PROFILE asks for.
ActiveProfile ReadProfile(std::string_view setting);

// lutgemm/profile below $XDG_CACHE_HOME, or else below $HOME/.cache; empty where neither is set.
std::string DefaultProfilePath();

// Fails with kNotFound, kIo, or as Profile::Parse.
Result<Profile> LoadProfile(const std::string& path);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_ACTIVE_PROFILE_H_
