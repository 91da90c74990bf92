// lutgemm tune: what it measures and decides, the profile that it writes, and who follows it.
#include "tools/command/tune/tuner.h"

#include "support/environment.h"
#include "tools/kit.h"

#include <lutgemm/plan.hpp>

using lutgemm::test::Environment;
using namespace lutgemm::test::tool;
using Names = std::set<std::string>;

namespace {

std::vector<std::string> Tune(const std::string& output,
                              const std::vector<std::string>& more = {}) {
  std::vector<std::string> line = {"tune",       "--formats",     "int2", "--shapes",
                                   "64x96,8x96", "--tokens",      "1,8",  "--min-time",
                                   "1",          "--working-set", "1"};
  if (!output.empty()) line.insert(line.end(), {"--output", output});
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

std::vector<std::string> Explain(const std::string& m) {
  return {"explain", "--format", "int2", "--n", "1000", "--k", "96", "--m", m};
}

// The kernel of a profile's only line with that M.
std::string RowFor(const std::string& profile, const std::string& m) {
  const size_t at = profile.find(" 96 " + m + " 1 ");
  REQUIRE(at != profile.npos);
  const size_t begin = at + 7 + m.size();
  return profile.substr(begin, profile.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("tune times every kernel that can run and writes a profile that explain follows") {
  const TempDir dir;
  const std::string path = dir / "folder/profile";
  const Json report = RunJson(dir, Tune(path));
  CHECK(Keys(report) == Names{"file", "written", "entries", "results"});
  CHECK(report["file"] == path);
  CHECK(report["written"] == true);
  CHECK(report["entries"] == 2);
  REQUIRE(report["results"].size() == 2);
  for (const Json& result : report["results"]) {
    CHECK(Keys(result) == Names{"format", "group", "super_group", "zero", "layout", "mode", "m",
                                "n", "k", "threads", "target", "kernel", "default_kernel",
                                "kernels"});
    CHECK(result["n"] == Json::array({64, 8}));
    CHECK(result["k"] == 96);
    CHECK(result["kernels"].size() >= 2);
    Names kernels;
    for (const Json& time : result["kernels"]) {
      kernels.insert(time["kernel"].get<std::string>());
      CHECK(time["time_us"] > 0.0);
    }
    CHECK(Contains(kernels, {"lut4_gemv_fast_b2", "dot_gemm_planes_b2"}));
    CHECK(Contains(kernels, {result["kernel"].get<std::string>()}));
    CHECK(Contains(kernels, {result["default_kernel"].get<std::string>()}));
  }
  const std::string text = ReadText(path);
  const Environment follow("LUTGEMM_PROFILE", path);
  for (const std::string m : {"1", "8"}) {
    const Json plan = RunJson(dir, Explain(m));
    CHECK(plan["kernel"] == RowFor(text, m));
    CHECK(plan["profile"]["state"] == "followed");
    CHECK(plan["explain"].get<std::string>().find("profile's measurement at M=" + m) !=
          std::string::npos);
  }
  CHECK(RunJson(dir, Explain("100"))["explain"].get<std::string>().find("profile") ==
        std::string::npos);
  const Json cpu = RunJson(dir, {"cpu"})["profile"];
  CHECK(cpu == Json{{"state", "followed"}, {"path", path}, {"entries", 2}, {"reason", ""}});
}

TEST_CASE("the default profile lies in the cache folder and is off unless asked for") {
  const TempDir dir;
  const Environment cache("XDG_CACHE_HOME", dir / "cache");
  REQUIRE(Run(dir, Tune("")).code == 0);
  CHECK(std::filesystem::exists(dir / "cache/lutgemm/profile"));
  CHECK(RunJson(dir, {"cpu"})["profile"]["state"] == "off");
  const Environment follow("LUTGEMM_PROFILE", "default");
  CHECK(RunJson(dir, {"cpu"})["profile"]["state"] == "followed");
}

TEST_CASE("without XDG_CACHE_HOME the profile lies below HOME, without both there is none") {
  const TempDir dir;
  const Environment cache("XDG_CACHE_HOME", "relative/paths/do/not/count");
  {
    const Environment home("HOME", dir / "home");
    REQUIRE(Run(dir, Tune("")).code == 0);
    CHECK(std::filesystem::exists(dir / "home/.cache/lutgemm/profile"));
  }
  const Environment home("HOME", "");
  const Outcome outcome = Run(dir, Tune(""));
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("--output") != std::string::npos);
}

TEST_CASE("tune keeps what was measured for other products") {
  const TempDir dir;
  const std::string path = dir / "profile";
  REQUIRE(Run(dir, Tune(path)).code == 0);
  const Json more = RunJson(dir, Tune(path, {"--mode", "exact"}));
  CHECK(more["entries"] == 4);
  CHECK(RunJson(dir, Tune(path))["entries"] == 4);
  CHECK(dir.Names() == Names{"profile"});
}

TEST_CASE("--dry-run writes nothing") {
  const TempDir dir;
  const Json report = RunJson(dir, Tune(dir / "folder/profile", {"--dry-run"}));
  CHECK(report["written"] == false);
  CHECK(dir.Names().empty());
}

TEST_CASE("products of a single kernel need no choice") {
  const TempDir dir;
  const std::string path = dir / "profile";
  const Json report = RunJson(dir, {"tune", "--formats", "int4", "--shapes", "64x96", "--tokens",
                                    "1", "--working-set", "1", "--target", "PORTABLE", "-o", path});
  CHECK(report["entries"] == 0);
  CHECK(report["results"][0]["kernels"].size() == 1);
  CHECK(report["results"][0]["kernel"] == report["results"][0]["default_kernel"]);
}

TEST_CASE("a profile that cannot be followed is ignored with its reason, and replaced") {
  const TempDir dir;
  const std::string path = dir / "profile";
  const Environment follow("LUTGEMM_PROFILE", path);
  for (const std::string text : {"", "noise\xff", "lutgemm-profile 1\nlibrary 0.0.0\n"}) {
    WriteText(path, text);
    const Json state = RunJson(dir, {"cpu"})["profile"];
    CHECK(state["state"] == "ignored");
    CHECK(state["reason"].get<std::string>().find("lutgemm tune") != std::string::npos);
    const Outcome explain = Run(dir, Explain("1"));
    CHECK(explain.code == 0);
    CHECK(explain.out.find("profile    ignored: " + path) != std::string::npos);
  }
  // It may be another machine's, or no profile at all.
  const std::string before = ReadText(path);
  CHECK(Run(dir, Tune(path)).code == 2);
  CHECK(ReadText(path) == before);
  const Outcome outcome = Run(dir, Tune(path, {"--force"}));
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("replaced") != std::string::npos);
  CHECK(RunJson(dir, {"cpu"})["profile"]["state"] == "followed");
}

TEST_CASE("a profile that cannot be written is an error that leaves the old one") {
  const TempDir dir;
  WriteText(dir / "file", "");
  const Outcome outcome = Run(dir, Tune(dir / "file/profile"));
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("file/profile") != std::string::npos);
}

TEST_CASE("the default choice stands unless another kernel is clearly faster") {
  using lutgemm::tools::TuneResult;
  const auto decide = [](std::vector<lutgemm::tools::KernelTime> times) {
    TuneResult result;
    result.times = std::move(times);
    result.default_kernel = "b";
    lutgemm::tools::Decide(result);
    return std::string(result.kernel);
  };
  CHECK(decide({{"a", 0.98}, {"b", 1.0}, {"c", 2.0}}) == "b");
  CHECK(decide({{"a", 0.96}, {"b", 1.0}, {"c", 0.9}}) == "c");
  CHECK(decide({{"b", 1.0}}) == "b");
  CHECK(decide({{"b", 0.0}}) == "b");
}
