// Reports: JSON shapes, tables, help that lists every option, and a page that explains them.
#include "tools/kit.h"

#include <lutgemm/plan.hpp>

#include <regex>

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
    {"verify", {"--against", "--seed", "--target", "--threads", "--json"}},
    {"explain",
     {"--m", "--n", "--k", "--format", "--group", "--asymmetric", "--zero", "--scale", "--layout",
      "--mode", "--act", "--out", "--block", "--act-bfp", "--threads", "--target", "--row",
      "--json"}},
    {"cpu", {"--json"}},
    {"bench", {"--formats",  "--shapes",   "--mode",     "--threads",    "--working-set",
               "--target",   "--row",      "--group",    "--asymmetric", "--zero",
               "--scale",    "--layout",   "--act",      "--block",      "--act-bfp",
               "--baseline", "--producer", "--min-time", "--seed",       "--json"}},
    {"tune",
     {"--formats", "--shapes", "--tokens", "--mode", "--threads", "--working-set", "--target",
      "--group", "--asymmetric", "--zero", "--scale", "--layout", "--min-time", "--seed",
      "--output", "--dry-run", "--json"}},
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

TEST_CASE("help lists every option with an example, and docs/cli.md explains them all") {
  const TempDir dir;
  const std::string page = ReadText(LUTGEMM_SOURCE_DIR "/docs/cli.md");
  REQUIRE_FALSE(page.empty());
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
    Names listed = LongOptions(help.out);
    CHECK(Contains(listed, options));
    listed.erase("--help");
    CHECK(Contains(LongOptions(page), listed));
    const size_t section = page.find("## lutgemm " + command);
    CHECK(section != std::string::npos);
  }
}

TEST_CASE("inspect shows plain and packed files") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  const Json plain = RunJson(dir, {"inspect", dir / "in"});
  CHECK(Keys(plain) == Names{"file", "container", "bytes", "packed", "tensors", "metadata"});
  CHECK(plain["container"] == "safetensors");
  CHECK(plain["packed"] == false);
  CHECK(plain["bytes"] == std::filesystem::file_size(dir / "in"));
  CHECK(plain["metadata"] == Json{{"format", "pt"}});
  REQUIRE(plain["tensors"].size() == 4);
  for (const Json& tensor : plain["tensors"]) {
    CHECK(Keys(tensor) == Names{"name", "dtype", "shape", "bytes", "packed"});
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
    CHECK(Keys(report) == Names{"file", "against", "seed", "ok", "tensors", "failures"});
    CHECK(report["ok"] == true);
    CHECK(report["failures"].empty());
    REQUIRE(report["tensors"].size() == 3);
    for (const Json& tensor : report["tensors"]) {
      CHECK(Keys(tensor) == Names{"name", "shape", "format", "group", "layout", "checksum_ok",
                                  "weight_nmse", "table_factor", "integer_equal", "onednn_nmse",
                                  "checks"});
      CHECK(tensor["integer_equal"] == true);
      CHECK(tensor["weight_nmse"] > 0.0);
      REQUIRE(tensor["checks"].size() == 8);
      for (const Json& check : tensor["checks"]) {
        CHECK(Keys(check) == Names{"mode", "activations", "m", "row", "target", "block", "nmse",
                                   "int8_nmse", "ratio", "bound", "bits_equal", "ok"});
        CHECK(check["ok"] == true);
        CHECK(check["nmse"] > 0.0);
      }
    }
  }
}

TEST_CASE("explain tells row, target and bytes") {
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
                              "row",
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
  CHECK(text.find(report["row"].get<std::string>()) != std::string::npos);
  // Sizes far beyond memory can be planned for.
  CHECK(Run(dir, {"explain", "--n", "1000000", "--k", "1000000"}).code == 0);
}

TEST_CASE("cpu agrees with the library") {
  const TempDir dir;
  const Json report = RunJson(dir, {"cpu"});
  CHECK(Keys(report) == Names{"name", "cores", "l1d_bytes", "l2_bytes", "l3_bytes", "targets",
                              "target", "profile", "rows", "choices"});
  CHECK(report["targets"].size() == lutgemm::Targets().size());
  CHECK(report["target"] == std::string(lutgemm::Targets().front()));
  CHECK(report["rows"].size() == lutgemm::Rows().size());
  CHECK(report["cores"] >= 1);
}

TEST_CASE("bench reports each shape, format and mode beside the calibration") {
  const TempDir dir;
  const Json report =
      RunJson(dir, {"bench", "--formats", "int1,int4:32,ternary:row", "--shapes", "1x64x96,5x64x96",
                    "--mode", "both", "--working-set", "1", "--min-time", "1", "--group", "64"});
  CHECK(Keys(report) == Names{"date", "build", "machine", "settings", "calibration", "results"});
  CHECK(report["settings"]["command"].get<std::string>().starts_with("lutgemm bench --formats"));
  const double read = report["calibration"]["read_gbps"];
  const double dot = report["calibration"]["dot_peak_gmacs"];
  CHECK(read > 0.0);
  CHECK(dot > 0.0);
  REQUIRE(report["results"].size() == 3 * 2 * 2);
  for (const Json& row : report["results"]) {
    CAPTURE(row.dump());
    CHECK(Contains(Keys(row), {"format", "bits_per_weight", "m", "n", "k", "mode", "threads",
                               "target", "row", "layout", "time_us", "gmacs", "weight_gbps",
                               "read_ratio", "dot_ratio", "nmse"}));
    const double time = row["time_us"];
    CHECK(time > 0.0);
    const double macs = row["m"].get<double>() * 64 * 96;
    CHECK(row["gmacs"].get<double>() == doctest::Approx(macs / time * 1e-3));
    const double bytes = row["bits_per_weight"].get<double>() * 64 * 96 / 8;
    CHECK(row["weight_gbps"].get<double>() == doctest::Approx(bytes / time * 1e-3));
    CHECK(row["read_ratio"].get<double>() ==
          doctest::Approx(row["weight_gbps"].get<double>() / read));
    CHECK(row["dot_ratio"].get<double>() == doctest::Approx(row["gmacs"].get<double>() / dot));
    CHECK(row["nmse"] > 0.0);
    CHECK(row["nmse"] < 1e-3);
  }
  CHECK(report["results"][0]["group"] == "64");
  CHECK(report["results"][4]["group"] == "32");
  CHECK(report["results"][8]["group"] == "row");
}

TEST_CASE("bench times a producer apart and fused, beside the paper's table") {
  const TempDir dir;
  const std::vector<std::string> bench = {"bench",     "--shapes",   "1x64x96,5x64x96",
                                          "--formats", "int2",       "--working-set",
                                          "1",         "--min-time", "1"};
  for (const char* producer : {"rmsnorm", "silu"}) {
    std::vector<std::string> arguments = bench;
    arguments.insert(arguments.end(), {"--producer", producer, "--act", "f16"});
    const Json json = RunJson(dir, arguments);
    CHECK(json["results"].empty());
    const Json& rows = json["producers"]["results"];
    REQUIRE(rows.size() == 2);
    for (const Json& row : rows) {
      CHECK(row["source"] == "ours");
      CHECK(row["producer"] == producer);
      const auto us = [&](const char* key) { return row[key].get<double>(); };
      for (const char* key : {"produce_us", "separate_us", "fused_us", "lookups_us"}) {
        CHECK(us(key) > 0.0);
      }
      const double whole = us("produce_us") + us("lookups_us");
      CHECK(us("separate_overhead") ==
            doctest::Approx((us("separate_us") - us("produce_us")) / whole));
      CHECK(us("fused_overhead") == doctest::Approx((us("fused_us") - us("produce_us")) / whole));
    }
    const Json& published = json["producers"]["table4"];
    CHECK(published.size() == 6);
    CHECK(published[0]["source"] == "paper");
    CHECK(published[0]["separate_overhead"].get<double>() == doctest::Approx(38.77 / 32.38 - 1));
  }
  std::vector<std::string> bad = bench;
  bad.insert(bad.end(), {"--producer", "gelu"});
  CHECK(Run(dir, bad).code == 2);
  bad.back() = "rmsnorm";
  bad.insert(bad.end(), {"--act", "i8"});
  CHECK(Run(dir, bad).code == 2);
}

TEST_CASE("bench can force target and row, and measures oneDNN where it is built in") {
  const TempDir dir;
  const std::vector<std::string> bench = {
      "bench", "--shapes", "3x40x64", "--formats", "int2", "--working-set", "1", "--min-time", "1"};
  std::vector<std::string> forced = bench;
  forced.insert(forced.end(), {"--target", "PORTABLE", "--row", "dot_planes_b2", "--act", "i8"});
  const Json report = RunJson(dir, forced);
  CHECK(report["results"][0]["target"] == "PORTABLE");
  CHECK(report["results"][0]["row"] == "dot_planes_b2");
  std::vector<std::string> baseline = bench;
  baseline.insert(baseline.end(), {"--baseline", "onednn"});
#if defined(LUTGEMM_HAVE_ONEDNN)
  const Json rows = RunJson(dir, baseline)["results"];
  REQUIRE(rows.size() == 3);
  CHECK(rows[1]["format"] == "onednn_f32");
  CHECK(rows[1]["bits_per_weight"] == 32.0);
  CHECK(rows[1]["nmse"] < 1e-10);
  CHECK(rows[2]["format"] == "onednn_u8s8");
  CHECK(rows[2]["bits_per_weight"] == 8.0);
  CHECK(rows[2]["nmse"] < 1e-3);
#else
  CHECK(Run(dir, baseline).code == 2);
#endif
}
