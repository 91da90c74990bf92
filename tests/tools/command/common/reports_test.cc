// Reports: JSON shapes, tables, help that lists every option.
#include "tools/kit.h"

#include <lutgemm/plan.hpp>

#include <map>
#include <regex>
#include <set>

using namespace lutgemm::test::tool;
using Names = std::set<std::string>;

namespace {

Names LongOptions(const std::string& text) {
  Names options;
  const std::regex pattern("--[a-z][a-z-]*");
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    options.insert(it->str());
  }
  return options;
}

const std::map<std::string, Names> kOptions = {
    {"repack",
     {"--output", "--format", "--group", "--asymmetric", "--zero", "--scale", "--layout",
      "--scale-search", "--include", "--exclude", "--threads", "--dry-run", "--force", "--json"}},
    {"inspect", {"--json"}},
    {"verify", {"--against", "--importance", "--seed", "--target", "--threads", "--json"}},
    {"explain",
     {"--m", "--n", "--k", "--format", "--group", "--asymmetric", "--zero", "--scale", "--layout",
      "--mode", "--act", "--out", "--block", "--act-bfp", "--threads", "--target", "--kernel",
      "--json"}},
    {"cpu", {"--json"}},
    {"bench", {"--formats",  "--shapes",   "--mode",     "--threads",    "--working-set",
               "--target",   "--kernel",   "--group",    "--asymmetric", "--zero",
               "--scale",    "--layout",   "--act",      "--block",      "--act-bfp",
               "--baseline", "--producer", "--min-time", "--seed",       "--json"}},
    {"tune",
     {"--formats", "--shapes", "--weights", "--tokens", "--mode", "--threads", "--working-set",
      "--target", "--group", "--asymmetric", "--zero", "--scale", "--layout", "--min-time",
      "--seed", "--output", "--force", "--dry-run", "--json"}},
    {"dse",
     {"--problem", "--ternary", "--paper", "--macs", "--a", "--w", "--table-bits", "--tables",
      "--index", "--objective", "--machine", "--out", "--plot", "--engine-tables", "--json"}},
    {"asm", {"--output", "--force", "--json"}},
    {"disasm", {"--word", "--json"}},
    {"sim",
     {"--problem",
      "--format",
      "--group",
      "--asymmetric",
      "--zero",
      "--scale",
      "--act",
      "--acc",
      "--out",
      "--quantised-tables",
      "--seed",
      "--global",
      "--global-bytes",
      "--dump",
      "--force",
      "--max-steps",
      "--machine",
      "--mode",
      "--exponent-quirk",
      "--trace",
      "--json"}},
    {"graph",
     {"--format", "--group", "--asymmetric", "--zero", "--scale", "--tables", "--machine", "--tile",
      "--text", "--no-share", "--no-fuse", "--nodes", "--json"}}};

}  // namespace

TEST_CASE("help lists every option with an example") {
  const TempDir dir;
  const Outcome overview = Run(dir, {"--help"});
  CHECK(overview.code == 0);
  CHECK(overview.out.find("Exit codes: 0 ok") != std::string::npos);
  for (const auto& [command, options] : kOptions) {
    CAPTURE(command);
    CHECK(overview.out.find("\n  " + command + " ") != std::string::npos);
    const Outcome help = Run(dir, {command, "--help"});
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Examples:\n  lutgemm " + command) != std::string::npos);
    CHECK(Contains(LongOptions(help.out), options));
  }
}

TEST_CASE("`help COMMAND` is the command's help, and formats have one option by two names") {
  const TempDir dir;
  CHECK(Run(dir, {"help", "repack"}).out == Run(dir, {"repack", "--help"}).out);
  CHECK(Run(dir, {"help"}).out == Run(dir, {"--help"}).out);
  for (const std::string name : {"--format", "--formats"}) {
    CAPTURE(name);
    CHECK(RunJson(dir, {"explain", "--n", "64", "--k", "64", name, "int2"})["format"] == "int2");
    const Json lines = RunJson(dir, {"kernels", "--m", "1,8", name, "int2"})["kernels"];
    CHECK(lines[0]["format"] == "int2");
    CHECK(Run(dir, {"bench", "--shapes", "0x1x1", name, "int2"}).err.find("0x1x1") !=
          std::string::npos);
  }
}

TEST_CASE("inspect shows plain and packed files") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  const Json plain = RunJson(dir, {"inspect", dir / "in"});
  CHECK(Keys(plain) ==
        Names{"file", "container", "bytes", "packed", "tensors", "metadata", "quantised"});
  CHECK(plain["quantised"].empty());
  CHECK(plain["container"] == "safetensors");
  CHECK(plain["packed"] == false);
  CHECK(plain["bytes"] == std::filesystem::file_size(dir / "in"));
  CHECK(plain["metadata"] == Json{{"format", "pt"}});
  REQUIRE(plain["tensors"].size() == 4);
  for (const Json& tensor : plain["tensors"]) {
    CHECK(Keys(tensor) == Names{"name", "dtype", "shape", "bytes", "packed", "checksum_ok"});
    CHECK(tensor["dtype"] == "F32");
    CHECK(tensor["packed"].is_null());
  }
  REQUIRE(Run(dir, {"repack", dir / "in", "-o", dir / "out", "--format", "int2", "--zero", "float",
                    "--scale", "f32"})
              .code == 0);
  const Json packed = RunJson(dir, {"inspect", dir / "out"});
  CHECK(packed["packed"] == true);
  const Json& tensor = packed["tensors"][0];
  CHECK(tensor["dtype"] == "U8");
  CHECK(Keys(tensor["packed"]) == Names{"format", "shape", "layout", "layout_version", "group",
                                        "scale", "zero", "bits_per_weight", "checksum_ok"});
  CHECK(tensor["packed"]["format"] == "int2");
  CHECK(tensor["packed"]["zero"] == "float");
  CHECK(tensor["packed"]["scale"] == "f32");
  CHECK(tensor["packed"]["shape"] == Json::array({48, 100}));
  CHECK(tensor["packed"]["checksum_ok"] == true);
  const std::string text = Run(dir, {"inspect", dir / "out"}).out;
  CHECK(text.find("layer.0.proj.weight") != std::string::npos);
  CHECK(text.find("planes v1") != std::string::npos);
}

TEST_CASE("verify measures every mode at one and at many tokens") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  for (const std::string format : {"int1", "int2", "int3", "int4", "ternary"}) {
    CAPTURE(format);
    REQUIRE(Run(dir, {"repack", dir / "in", "-o", dir / "out", "--force", "--format", format,
                      "--include", "*"})
                .code == 0);
    const Json report = RunJson(dir, {"verify", dir / "out", "--against", dir / "in"});
    CHECK(Keys(report) == Names{"file", "against", "seed", "ok", "tensors", "passed_through",
                                "unchecked", "failures"});
    CHECK(report["ok"] == true);
    CHECK(report["failures"].empty());
    REQUIRE(report["tensors"].size() == 3);
    for (const Json& tensor : report["tensors"]) {
      CHECK(Keys(tensor) == Names{"name", "shape", "format", "group", "layout", "checksum_ok",
                                  "weight_nmse", "kept", "table_factor", "integer_equal",
                                  "onednn_nmse", "checks"});
      CHECK(tensor["integer_equal"] == true);
      CHECK(tensor["weight_nmse"] > 0.0);
      // Two kinds of activations for each mode and number of tokens.
      CHECK(tensor["checks"].size() >= 2 * 2 * 2);
      CHECK(tensor["checks"].size() % 2 == 0);
      std::map<std::string, std::set<size_t>> tokens;
      for (const Json& check : tensor["checks"]) {
        CHECK(Keys(check) == Names{"mode", "activations", "m", "kernel", "target", "block", "nmse",
                                   "int8_nmse", "ratio", "of_bound", "bits_equal", "ok"});
        CHECK(check["ok"] == true);
        CHECK(check["nmse"] > 0.0);
        CHECK(check["of_bound"] > 0.0);
        CHECK(check["of_bound"] < 1.0);
        tokens[check["mode"].get<std::string>()].insert(check["m"].get<size_t>());
      }
      for (const char* mode : {"exact", "fast"}) {
        CHECK(*tokens[mode].begin() == 1);
        CHECK(*tokens[mode].rbegin() > 264);  // no tile of tokens is longer
      }
    }
  }
}

TEST_CASE("explain tells kernel, target and bytes") {
  const TempDir dir;
  const std::vector<std::string> explain = {"explain", "--m",      "4",    "--n",    "100",  "--k",
                                            "96",      "--format", "int2", "--mode", "exact"};
  const Json report = RunJson(dir, explain);
  CHECK(Keys(report) == Names{"format",
                              "group",
                              "scale",
                              "zero",
                              "m",
                              "n",
                              "k",
                              "act",
                              "act_bfp",
                              "out",
                              "mode",
                              "threads",
                              "target",
                              "method",
                              "regime",
                              "kernel",
                              "block",
                              "k_chunk",
                              "layout",
                              "layout_version",
                              "bits_per_weight",
                              "weight_bytes",
                              "workspace_bytes",
                              "table_bytes",
                              "profile",
                              "explain"});
  CHECK(report["n"] == 100);
  CHECK(report["mode"] == "exact");
  lutgemm::WeightInfo info;
  info.format = lutgemm::WeightFormat::kInt2;
  info.n = 100;
  info.k = 96;
  info.group = 128;
  CHECK(report["weight_bytes"] == lutgemm::PackedBytes(info, lutgemm::LayoutId::kPlanes));
  const std::string text = Run(dir, explain).out;
  CHECK(text.find(report["kernel"].get<std::string>()) != std::string::npos);
  // Sizes far beyond memory can be planned for.
  CHECK(Run(dir, {"explain", "--n", "1000000", "--k", "1000000"}).code == 0);
}

TEST_CASE("cpu agrees with the library") {
  const TempDir dir;
  const Json report = RunJson(dir, {"cpu"});
  CHECK(Keys(report) == Names{"name", "cores", "l1d_bytes", "l2_bytes", "l3_bytes", "targets",
                              "target", "profile", "choices"});
  CHECK(report["targets"].size() == lutgemm::Targets().size());
  CHECK(report["target"] == std::string(lutgemm::Targets().front()));
  CHECK(report["cores"] >= 1);
}
