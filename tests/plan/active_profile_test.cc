// Which profile is followed: what LUTGEMM_PROFILE names, and files that cannot be read as one.
#include "plan/active_profile.h"

#include "profile_kit.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace lutgemm {
namespace {

using plan::Profile;
using test::SameEntries;
using test::Sample;
using test::TempDir;

TEST_CASE("a setting names a profile, or none") {
  for (const std::string_view off : {"", "off"}) {
    CHECK(plan::ReadProfile(off).path.empty());
    CHECK_FALSE(plan::ReadProfile(off).followed());
  }
  const TempDir dir;
  const std::string good = dir.Put("good", Sample().ToText());
  const plan::ActiveProfile active = plan::ReadProfile(good);
  CHECK(active.path == good);
  CHECK(active.followed());
  CHECK(SameEntries(active.profile, Sample()));

  const std::string bad = dir.Put("bad", "lutgemm-profile 1\n");
  const plan::ActiveProfile ignored = plan::ReadProfile(bad);
  CHECK_FALSE(ignored.followed());
  CHECK(ignored.profile.entries().empty());
  CHECK(ignored.status.text().starts_with(bad));
}

TEST_CASE("files that cannot be profiles are refused") {
  const auto code = [](const std::string& path) { return plan::LoadProfile(path).status().code(); };
  const TempDir dir;
  CHECK(code("/no/such/file") == Code::kNotFound);
  CHECK(code(dir.path()) == Code::kIo);
  CHECK(code("/dev/zero") == Code::kIo);
  CHECK(code(dir.Put("large", std::string(Profile::kMostBytes + 1, 'x'))) == Code::kCorruptFile);
}

TEST_CASE("names of files stand in texts without control characters") {
  const TempDir dir;
  const std::string name = "p\x1b[2J\n";
  const std::string shown = "'" + dir.path() + "/p\\x1b[2J\\x0a'";
  const auto begins = [&](const std::string& after) {
    const std::string text = plan::LoadProfile(dir / name).status().text();
    CAPTURE(text);
    CHECK(text.starts_with(shown + after));
  };
  begins(": no such file");
  const std::string good = dir.Put(name, Sample().ToText());
  CHECK(plan::LoadProfile(good).ok());
  dir.Put(name, "lutgemm-profile 1\n");
  begins(" does not begin with ");
  dir.Put(name, "lutgemm-profile 3\nlibrary 0\n");
  begins(" was measured on another machine");
  dir.Put(name, Profile().ToText() + "x");
  begins(", line ");
  dir.Put(name, std::string(Profile::kMostBytes + 1, 'x'));
  begins(": longer than any profile");
  std::filesystem::remove(good);
  std::filesystem::create_directory(good);
  begins(": not a regular file");
}

TEST_CASE("tests run without a profile") { CHECK_FALSE(plan::TheActiveProfile().followed()); }

}  // namespace
}  // namespace lutgemm
