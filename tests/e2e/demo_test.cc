// The demo command on a part of the text: everything in its report is there and makes sense.
#include "kit.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <set>

namespace lutgemm::e2e {
namespace {

#ifdef LUTGEMM_COMMAND

int Demo(const std::string& arguments) {
  const std::string command = std::string(LUTGEMM_COMMAND) + " demo " + arguments;
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("demo: a complete table, the check, a sample") {
  const TempDir dir;
  const std::string path = dir / "demo.json";
  REQUIRE(Demo("--bytes 1024 --seconds 0 --threads 1 --json > " + path) == 0);
  std::ifstream file(path);
  const nlohmann::json report = nlohmann::json::parse(file);

  std::set<std::string> formats, caches;
  for (const nlohmann::json& row : report.at("results")) {
    CAPTURE(row.dump());
    formats.insert(row.at("format"));
    CHECK(row.at("bits_per_byte") > 1.0);
    CHECK(row.at("bits_per_weight") > 1.0);
    CHECK(row.at("decode_tokens_per_s") > 0.0);
    CHECK(row.at("prefill_tokens_per_s") > 0.0);
    CHECK(row.at("weight_gbps") > 0.0);
    CHECK(row.at("read_gbps") > 0.0);
    CHECK(row.at("cache_bits") >= 3.0);
    caches.insert(row.at("cache"));
    if (row.at("format") == "f32") {
      if (row.at("cache") == "f32") CHECK(row.at("above_f32") == 0.0);
      CHECK(row.at("decode_kernel").is_null());
    } else {
      CHECK_FALSE(row.at("decode_kernel").get<std::string>().empty());
      CHECK_FALSE(row.at("prefill_kernel").get<std::string>().empty());
    }
  }
  CHECK(formats == std::set<std::string>{"f32", "int1", "int2", "int3", "int4", "ternary",
                                         "bitmod3", "bitmod4", "mxfp4", "nvfp4", "nf4", "bfp4",
                                         "bfp6"});
  CHECK(caches == std::set<std::string>{"f32", "bfp8b32", "bfp4b16", "bfp4b16 sorted", "bfp3b16",
                                        "bfp3b16 sorted"});
  CHECK(report.at("check").at("ok") == true);
  CHECK(report.at("check").at("exact") == report.at("check").at("float64"));
  CHECK(report.at("check").at("stored").is_null());  // it stands for the whole text
  CHECK(report.at("sample").at("text").get<std::string>().size() >= 100);
  CHECK(report.at("text_bytes") == 1024);
}

TEST_CASE("demo: bad data and bad options") {
  const TempDir dir;
  CHECK(Demo("--data " + dir.path() + " 2> " + (dir / "err")) == 3);
  std::ifstream file(dir / "err");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text.find("full.safetensors") != std::string::npos);
  CHECK(Demo("--bytes 0 2> " + (dir / "err")) == 2);
  CHECK(Demo("--bytes 100 --threads 1 2> " + (dir / "err")) == 3);  // less than one context
}

#endif  // LUTGEMM_COMMAND

}  // namespace
}  // namespace lutgemm::e2e
