// Profiles: text there and back, what is refused, which entry decides, what Explain says.
#include "plan/profile.h"

#include "plan/select.h"
#include "profile_kit.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm {
namespace {

using plan::Profile;
using plan::ProfileEntry;
using plan::ProfileKey;
using test::Int2Key;
using test::Int2Packed;
using test::Int2Weights;
using test::Int4Key;
using test::Kernel;
using test::SameEntries;
using test::Sample;

TEST_CASE("a profile's text gives the profile back") {
  for (const Profile& profile : {Profile(), Sample()}) {
    const auto again = Profile::Parse(profile.ToText(), "p");
    REQUIRE_MESSAGE(again.ok(), again.status().text());
    CHECK(SameEntries(*again, profile));
    CHECK(again->ToText() == profile.ToText());
  }
}

TEST_CASE("weights with super-groups have entries of their own") {
  Profile profile;
  profile.Set({Int4Key(256), 1, 1, Kernel("dot_gemm_codes")});
  CHECK(profile.ToText().find(" 32/256 float fast 512 1 1 dot_gemm_codes") != std::string::npos);
  CHECK(profile.Find(Int4Key(0), 1) == nullptr);
  CHECK(profile.Find(Int4Key(512), 1) == nullptr);
  profile.Set({Int4Key(0), 1, 1, Kernel("dot_gemv_codes")});
  const auto again = Profile::Parse(profile.ToText(), "p");
  REQUIRE_MESSAGE(again.ok(), again.status().text());
  CHECK(SameEntries(*again, profile));
  CHECK(again->Find(Int4Key(256), 1)->kernel == Kernel("dot_gemm_codes"));
}

TEST_CASE("profiles of form 2 are still read") {
  std::string text = Sample().ToText();
  text.replace(text.find("profile 3"), 9, "profile 2");
  const auto read = Profile::Parse(text, "p");
  REQUIRE_MESSAGE(read.ok(), read.status().text());
  CHECK(SameEntries(*read, Sample()));
}

TEST_CASE("an entry replaces the one of the same products and tokens") {
  Profile profile = Sample();
  profile.Set({Int2Key(), 8, 4, Kernel("dot_gemm_planes_b2")});
  REQUIRE(profile.entries().size() == 3);
  CHECK(profile.Find(Int2Key(), 8)->kernel == Kernel("dot_gemm_planes_b2"));
}

TEST_CASE("the nearest measured M within a factor of two decides") {
  const Profile profile = Sample();
  const auto found = [&](size_t m) {
    const ProfileEntry* entry = profile.Find(Int2Key(), m);
    return entry == nullptr ? 0 : entry->m;
  };
  CHECK(found(1) == 1);
  CHECK(found(2) == 1);
  CHECK(found(3) == 0);
  CHECK(found(4) == 8);
  CHECK(found(16) == 8);
  CHECK(found(17) == 0);
  Profile dense;
  for (const size_t m : {8u, 2u, 4u}) dense.Set({Int2Key(), m, 1, Kernel("dot_gemm_planes_b2")});
  CHECK(dense.Find(Int2Key(), 3)->m == 4);
  CHECK(dense.Find(Int2Key(), 5)->m == 4);
  CHECK(dense.Find(Int2Key(), 6)->m == 8);
  Profile tie;
  for (const size_t m : {8u, 2u}) tie.Set({Int2Key(), m, 1, Kernel("dot_gemm_planes_b2")});
  CHECK(tie.Find(Int2Key(), 4)->m == 2);
}

TEST_CASE("an entry holds for its products only, and for every N") {
  const Profile profile = Sample();
  ProfileKey key = Int2Key();
  key.k = 260;
  CHECK(profile.Find(key, 1) == nullptr);
  key = Int2Key();
  key.group = 128;
  CHECK(profile.Find(key, 1) == nullptr);
  key = Int2Key();
  key.target = "Z80";
  CHECK(profile.Find(key, 1) == nullptr);
  const auto& target = *kernels::SupportedTargets().front();
  CHECK(profile.Find(plan::KeyOf(target, Int2Weights(9999), LayoutId::kPlanes, Mode::kFast), 1) !=
        nullptr);
}

TEST_CASE("the profile decides, Explain's reason says so, and a forced kernel stands above it") {
  const Profile profile = Sample();
  const PackedWeights weights = Int2Packed();
  Problem problem;
  const auto choose = [&] {
    const auto choice = plan::Choose(weights, problem, profile);
    REQUIRE_MESSAGE(choice.ok(), choice.status().text());
    return *choice;
  };
  CHECK(choose().kernel->name == "dot_gemm_planes_b2");
  CHECK(WhyOf(choose()) == "chosen by the profile's measurement at M=1 on 2 thread(s)");
  problem.kernel = "lut4_gemv_fast_b2";
  CHECK(choose().kernel->name == "lut4_gemv_fast_b2");
  CHECK(WhyOf(choose()) == "forced by the caller");
  problem.kernel = {};
  problem.m = 100;  // not measured
  CHECK(WhyOf(choose()).find("profile") == std::string::npos);
}

TEST_CASE("an entry whose kernel cannot run the weights is passed over") {
  for (const std::string_view name : {"lut4_gemv_exact_b2", "dot_gemv_planes_b3"}) {
    Profile profile;
    profile.Set({Int2Key(), 1, 1, Kernel(name)});
    const auto choice = plan::Choose(Int2Packed(), Problem(), profile);
    REQUIRE_MESSAGE(choice.ok(), choice.status().text());
    CHECK(choice->kernel->name == "lut4_gemv_fast_b2");
  }
}

// Code and text of what Parse says.
Status ParseStatus(std::string_view text) { return Profile::Parse(text, "file").status(); }

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("profiles of other machines, versions and libraries are refused") {
  const std::string good = Sample().ToText();
  for (const auto& [from, to] : {std::pair("profile 3", "profile 4"),
                                 {"library ", "library 9"},
                                 {"cpu ", "cpu Other "},
                                 {"caches ", "caches 1"},
                                 {"targets ", "targets Z80 "}}) {
    const Status status = ParseStatus(Replaced(good, from, to));
    CAPTURE(status.text());
    CHECK(status.code() == Code::kUnsupportedFormat);
    CHECK(status.text().starts_with("file "));
    CHECK(status.text().find("lutgemm tune") != std::string::npos);
  }
}

TEST_CASE("damaged profiles are refused with the line") {
  const std::string good = Sample().ToText();
  const auto corrupt = [&](const std::string& from, const std::string& to) {
    const Status status = ParseStatus(Replaced(good, from, to));
    CAPTURE(from);
    CAPTURE(status.text());
    CHECK(status.code() == Code::kCorruptFile);
    CHECK(status.text().starts_with("file, line "));
  };
  corrupt("dot_gemm_planes_b2", "dot_gemv_planes_b9");
  corrupt("dot_gemm_planes_b2", "dot_gemv_codes");  // a kernel of another layout
  corrupt("dot_gemm_planes_b2", "dot_gemm_planes_b2 ");
  corrupt("dot_gemm_planes_b2", "");
  corrupt("int2", "int7");
  corrupt(" 64 ", " 0 ");
  corrupt(" 64 ", " -64 ");
  corrupt(" 64 ", " 4294967295 ");
  corrupt(" 256 ", " 99999999999999999999 ");
  corrupt(" 64 ", " 64/ ");
  corrupt(" 64 ", " 64/0 ");
  corrupt(" 64 ", " 64/x ");
  corrupt(" 64 ", " 64/256/256 ");
  corrupt(" 64 ", " 64/4294967552 ");
  corrupt("fast", "slow");
  corrupt("none", "maybe");
  corrupt("end 3", "end 2");
  corrupt("end 3\n", "end 3\nkernel");
  corrupt("end 3\n", "end 3");
  corrupt("kernel ", "kernels ");
}

TEST_CASE("no cut or changed profile is followed half, or stops the reader") {
  const std::string good = Sample().ToText();
  for (size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(ParseStatus(good.substr(0, size)).ok());
  }
  size_t accepted = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    for (const char byte : {'\0', ' ', '\n', '1', '\x80'}) {
      std::string text = good;
      if (text[at] == byte) continue;
      text[at] = byte;
      accepted += ParseStatus(text).ok();  // another number may be a sound one
    }
  }
  CHECK(accepted < 40);
}

}  // namespace
}  // namespace lutgemm
