// Block types of GGUF where commands take formats and quantise nothing.
#include "tools/kit.h"

using namespace lutgemm::test::tool;

TEST_CASE("bench times weights as blocks of GGUF are packed, by names in any case") {
  const TempDir dir;
  const Json results = RunJson(dir, {"bench", "--formats", "q4_k,Q6_K,Q4_0", "--shapes", "1x64x256",
                                     "--working-set", "1", "--min-time", "1"})["results"];
  REQUIRE(results.size() == 3);
  CHECK(results[0]["format"] == "Q4_K");
  CHECK(results[0]["bits_per_weight"] == 4.625);
  CHECK(results[1]["format"] == "Q6_K");
  CHECK(results[1]["bits_per_weight"] == 6.5625);
  CHECK(results[2]["format"] == "Q4_0");
  CHECK(results[2]["bits_per_weight"] == 4.5);
}

TEST_CASE("explain and kernels plan for weights with super-groups") {
  const TempDir dir;
  const Json plan =
      RunJson(dir, {"explain", "--format", "Q4_K", "--n", "64", "--k", "512", "--mode", "exact"});
  CHECK(plan["format"] == "int4");
  CHECK(plan["super_group"] == 256);
  CHECK(plan["factor"] == "f16");
  const Outcome kernels = Run(dir, {"kernels", "--format", "Q4_K"});
  CHECK(kernels.code == 0);
  CHECK(kernels.out.find("32 in 256") != std::string::npos);
}

TEST_CASE("block types take no options of their own groups, and rows are whole blocks") {
  const TempDir dir;
  const auto refused = [&](const std::vector<std::string>& line, const std::string& text) {
    const Outcome outcome = Run(dir, line);
    CHECK(outcome.code == 2);
    CHECK_MESSAGE(outcome.err.find(text) != std::string::npos, outcome.err);
  };
  refused({"explain", "--format", "Q4_K", "--n", "64", "--k", "512", "--group", "64"},
          "Q4_K has groups, scales and zero points of its own");
  refused({"kernels", "--format", "Q4_K:64"}, "leave out --group");
  refused({"explain", "--format", "Q6_K", "--n", "64", "--k", "256", "--layout", "codes"},
          "--layout codes cannot hold Q6_K");
  refused({"explain", "--format", "Q4_K", "--n", "64", "--k", "100"}, "256");
  refused({"kernels", "--format", "q4k"},
          "'q4k' is no block type of GGUF that has a format here; "
          "known: Q4_0, Q4_1");
  refused({"explain", "--format", "IQ2_XXS", "--n", "64", "--k", "256"}, "IQ2_XXS");
}
