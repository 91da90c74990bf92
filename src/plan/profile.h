// Measured choices of kernels, as `lutgemm tune` writes them and MakePlan follows them.
#ifndef LUTGEMM_PLAN_PROFILE_H_
#define LUTGEMM_PLAN_PROFILE_H_

#include "kernels/registry.h"

#include <lutgemm/weights.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::plan {

// The products that a measured choice is about. N is left out on purpose: weights that read the
// same activations can share tables only if they take the same kernel.
struct ProfileKey {
  std::string_view target;  // the registry's text
  LayoutId layout = LayoutId::kPlanes;
  WeightFormat format = WeightFormat::kInt4;
  uint32_t group = kWholeRow;
  uint32_t super_group = 0;  // 0: none; how many bytes its factors take changes no choice
  ZeroKind zero = ZeroKind::kNone;
  Mode mode = Mode::kFast;
  size_t k = 0;

  bool operator==(const ProfileKey&) const = default;
};
ProfileKey KeyOf(const kernels::TargetKernels& target, const WeightInfo& info, LayoutId layout,
                 Mode mode);

struct ProfileEntry {
  ProfileKey key;
  size_t m = 1;        // tokens
  size_t threads = 1;  // that measured it
  const kernels::KernelSpec* kernel = nullptr;
};

class Profile {
 public:
  // Larger files are refused.
  static constexpr size_t kMostBytes = size_t{1} << 20;

  // Reads what ToText wrote, here or when profiles had no super-groups (form 2). `file` names it
  // where the texts of errors begin: kCorruptFile with the line that is wrong, kUnsupportedFormat
  // for a profile of another machine, library or version of the form.
  static Result<Profile> Parse(std::string_view text, std::string_view file);
  // Lines of words: what machine and library, one line per entry, and their number at the end.
  std::string ToText() const;

  // Adds an entry, in place of one with the same key and m.
  void Set(const ProfileEntry& entry);
  // The entry of that key whose m is nearest to the given one, at most twice or half of it; of two
  // at the same ratio the smaller. Null where there is none.
  const ProfileEntry* Find(const ProfileKey& key, size_t m) const;
  std::span<const ProfileEntry> entries() const { return entries_; }

 private:
  std::vector<ProfileEntry> entries_;
};

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_PROFILE_H_
