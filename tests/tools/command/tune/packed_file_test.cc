// lutgemm tune of weights with super-groups, by their types and in packed files.
#include "support/environment.h"
#include "tools/command/quantised_kit.h"

using namespace lutgemm::test;
using namespace lutgemm::test::tool;

namespace {

std::vector<std::string> Tune(const std::string& output, const std::vector<std::string>& of) {
  std::vector<std::string> line = {"tune", "--tokens",      "4", "--output", output, "--min-time",
                                   "1",    "--working-set", "1"};
  line.insert(line.end(), of.begin(), of.end());
  return line;
}

// What explain says of Q4_K, while the profile is followed.
Json Explained(const TempDir& dir, const std::string& m, const std::string& format = "Q4_K") {
  return RunJson(dir, {"explain", "--format", format, "--n", "8", "--k", "512", "--m", m});
}

bool FromProfile(const Json& plan) {
  return plan["explain"].get<std::string>().find("profile's measurement") != std::string::npos;
}

}  // namespace

TEST_CASE("weights with super-groups have choices of their own, which plans follow") {
  const TempDir dir;
  const std::string path = dir / "profile";
  const Json report = RunJson(dir, Tune(path, {"--formats", "Q4_K,Q6_K", "--shapes", "64x512"}));
  CHECK(report["entries"] == 2);
  CHECK(report["results"][0]["group"] == 32);
  CHECK(report["results"][0]["super_group"] == 256);
  CHECK(report["results"][1]["format"] == "int6");
  CHECK(ReadText(path).find(" int4 32/256 float fast 512 4 1 dot_") != std::string::npos);
  {
    const Environment follow("LUTGEMM_PROFILE", path);
    CHECK(FromProfile(Explained(dir, "4")));
    CHECK(Explained(dir, "4")["kernel"] == report["results"][0]["kernel"]);
    CHECK_FALSE(FromProfile(Explained(dir, "1")));
    CHECK_FALSE(FromProfile(Explained(dir, "4", "Q5_K")));
  }
  // The same but for super-groups is something else.
  const Json more =
      RunJson(dir, Tune(path, {"--formats", "int4:32", "--zero", "float", "--shapes", "64x512"}));
  CHECK(more["results"][0]["super_group"].is_null());
  CHECK(more["entries"] == 3);
}

TEST_CASE("--weights measures every kind of weights that a packed file has") {
  const TempDir dir;
  WriteText(dir / "in.gguf", QuantisedGguf().bytes());
  REQUIRE(Run(dir, {"repack", dir / "in.gguf", "-o", dir / "packed"}).code == 0);
  const Json report = RunJson(dir, Tune(dir / "profile", {"--weights", dir / "packed"}));
  std::set<std::string> formats;
  for (const Json& result : report["results"]) {
    formats.insert(result["format"].get<std::string>() + " " + result["group"].dump() + " " +
                   result["super_group"].dump() + " " + result["k"].dump());
  }
  CHECK(formats.size() == report["results"].size());
  CHECK(formats.contains("int4 32 256 256"));
  CHECK(report["entries"] == formats.size());
}

TEST_CASE("--weights takes a packed file, and nothing else says what weights are") {
  const TempDir dir;
  WriteText(dir / "in.gguf", QuantisedGguf().bytes());
  const auto refused = [&](const std::vector<std::string>& of, int code, const std::string& text) {
    const Outcome outcome = Run(dir, Tune(dir / "profile", of));
    CHECK(outcome.code == code);
    CHECK_MESSAGE(outcome.err.find(text) != std::string::npos, outcome.err);
    CHECK_FALSE(std::filesystem::exists(dir / "profile"));
  };
  refused({"--weights", dir / "in.gguf"}, 3, "repack");
  refused({"--weights", dir / "none"}, 3, "none");
  refused({"--weights", dir / "in.gguf", "--formats", "int4"}, 2, "excludes");
  refused({"--weights", dir / "in.gguf", "--group", "32"}, 2, "excludes");
}
