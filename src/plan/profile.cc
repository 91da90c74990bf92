#include "plan/profile.h"

#include "base/cpu.h"
#include "base/names.h"
#include "base/text.h"
#include "format/group_text.h"

#include <lutgemm/version.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace lutgemm::plan {
namespace {

using base::Cat;

constexpr std::string_view kHead = "lutgemm-profile 3";
// Like it, but for weights without super-groups only.
constexpr std::string_view kEarlierHead = "lutgemm-profile 2";
constexpr size_t kMostThreads = 4096;
constexpr size_t kMostTokens = size_t{1} << 31;

// What a profile was measured with: equal on this machine, or it is not followed.
std::string MachineText() {
  std::string text =
      Cat("library ", std::string_view(LUTGEMM_VERSION), "\ncpu ", base::CpuName(), "\ncaches ",
          base::CacheSizes().l1d_bytes, " ", base::CacheSizes().l2_bytes, "\ntargets");
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    text += Cat(" ", target->name);
  }
  return text + "\n";
}

// Takes the text up to the next `end`, and `end`, off the front of `rest`.
std::string_view Take(std::string_view& rest, char end) {
  const size_t at = std::min(rest.find(end), rest.size());
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return piece;
}

bool ParseNumber(std::string_view word, size_t most, size_t& value) {
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  return error == std::errc() && stop == end && value >= 1 && value <= most;
}

// "32", or "32/256" where groups lie in super-groups.
std::string GroupWord(const ProfileKey& key) {
  const std::string group = format::GroupText(key.group);
  return key.super_group == 0 ? group : Cat(group, "/", key.super_group);
}

bool ParseGroup(std::string_view word, ProfileKey& key) {
  const bool super = word.find('/') != word.npos;
  const std::optional<uint32_t> group = format::ReadGroup(Take(word, '/'));
  key.group = group.value_or(0);
  size_t super_group = 0;
  if (super && !ParseNumber(word, kMaxSuperGroup, super_group)) return false;
  key.super_group = static_cast<uint32_t>(super_group);
  return group.has_value();
}

template <class T>
bool ParseName(std::string_view word, Result<T> (*parse)(std::string_view) noexcept, T& value) {
  const Result<T> parsed = parse(word);
  if (parsed.ok()) value = *parsed;
  return parsed.ok();
}

// The registry's text of a name, or none.
std::string_view TargetNamed(std::string_view word) {
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    if (target->name == word) return target->name;
  }
  return {};
}

// "TARGET LAYOUT FORMAT GROUP[/SUPER] ZERO MODE K M THREADS KERNEL"; false where a word is wrong.
bool ParseEntry(std::string_view words, ProfileEntry& entry) {
  const auto next = [&words] { return Take(words, ' '); };
  ProfileKey& key = entry.key;
  key.target = TargetNamed(next());
  if (key.target.empty() || !ParseName(next(), &ParseLayout, key.layout) ||
      !ParseName(next(), &ParseWeightFormat, key.format) || !ParseGroup(next(), key) ||
      !ParseName(next(), &ParseZeroKind, key.zero)) {
    return false;
  }
  const std::string_view mode = next();
  key.mode = mode == Name(Mode::kExact) ? Mode::kExact : Mode::kFast;
  if (mode != Name(key.mode) || !ParseNumber(next(), kMaxK, key.k) ||
      !ParseNumber(next(), kMostTokens, entry.m) ||
      !ParseNumber(next(), kMostThreads, entry.threads)) {
    return false;
  }
  entry.kernel = kernels::FindKernel(words);
  // Whether it can multiply such weights is for the plan to see.
  return entry.kernel != nullptr && entry.kernel->layout == key.layout;
}

// Larger over smaller.
double Ratio(size_t a, size_t b) { return double(std::max(a, b)) / double(std::min(a, b)); }

}  // namespace

ProfileKey KeyOf(const kernels::TargetKernels& target, const WeightInfo& info, LayoutId layout,
                 Mode mode) {
  return {target.name, layout, info.format, info.group, info.super_group, info.zero, mode, info.k};
}

Result<Profile> Profile::Parse(std::string_view text, std::string_view file) {
  const std::string name = base::Shown(file);
  const auto corrupt = [&name](size_t line, std::string_view what) {
    return base::MakeStatus(Code::kCorruptFile, name, ", line ", line, ": ", what,
                            "; write it again with `lutgemm tune`");
  };
  if (const auto head = Take(text, '\n'); head != kHead && head != kEarlierHead) {
    return base::MakeStatus(Code::kUnsupportedFormat, name, " does not begin with '", kHead,
                            "': not a profile of this version; write one with `lutgemm tune`");
  }
  const std::string machine = MachineText();
  if (!text.starts_with(machine)) {
    return base::MakeStatus(Code::kUnsupportedFormat, name,
                            " was measured on another machine or with another version of the "
                            "library; write one for this one with `lutgemm tune`");
  }
  text.remove_prefix(machine.size());
  size_t line = 1 + static_cast<size_t>(std::count(machine.begin(), machine.end(), '\n'));
  Profile profile;
  for (;;) {
    ++line;
    if (text.find('\n') == text.npos) return corrupt(line, "the file ends early");
    std::string_view words = Take(text, '\n');
    const std::string_view kind = Take(words, ' ');
    if (kind == "end") {
      if (words != std::to_string(profile.entries_.size()) || !text.empty()) {
        return corrupt(line, "this is not the end, or lines are missing");
      }
      return profile;
    }
    ProfileEntry entry;
    if (kind != "kernel" || !ParseEntry(words, entry))
      return corrupt(line, "not a kernel for weights");
    profile.Set(entry);
  }
}

std::string Profile::ToText() const {
  std::string text = Cat(kHead, "\n", MachineText());
  for (const ProfileEntry& entry : entries_) {
    const ProfileKey& key = entry.key;
    text += Cat("kernel ", key.target, " ", Name(key.layout), " ", Name(key.format), " ",
                GroupWord(key), " ", Name(key.zero), " ", Name(key.mode), " ", key.k, " ", entry.m,
                " ", entry.threads, " ", entry.kernel->name, "\n");
  }
  return text + Cat("end ", entries_.size(), "\n");
}

void Profile::Set(const ProfileEntry& entry) {
  for (ProfileEntry& other : entries_) {
    if (other.key == entry.key && other.m == entry.m) {
      other = entry;
      return;
    }
  }
  entries_.push_back(entry);
}

const ProfileEntry* Profile::Find(const ProfileKey& key, size_t m) const {
  const ProfileEntry* best = nullptr;
  for (const ProfileEntry& entry : entries_) {
    if (entry.key != key || Ratio(entry.m, m) > 2.0) continue;
    const bool nearer = best == nullptr || Ratio(entry.m, m) < Ratio(best->m, m) ||
                        (Ratio(entry.m, m) == Ratio(best->m, m) && entry.m < best->m);
    if (nearer) best = &entry;
  }
  return best;
}

}  // namespace lutgemm::plan
