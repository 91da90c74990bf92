// bench: what it measures and reports.
#include "tools/kit.h"

using namespace lutgemm::test::tool;
using Names = std::set<std::string>;

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
                               "target", "kernel", "layout", "time_us", "gmacs", "weight_gbps",
                               "read_ratio", "dot_ratio", "nmse"}));
    const double time = row["time_us"];
    CHECK(time > 0.0);
    const double macs = row["m"].get<double>() * 64 * 96;
    CHECK(row["gmacs"].get<double>() == doctest::Approx(macs / time * 1e-3));
    const double bytes = row["bits_per_weight"].get<double>() * 64 * 96 / 8;
    CHECK(row["weight_gbps"].get<double>() == doctest::Approx(bytes / time * 1e-3));
    // Bounds are measured beside each call, but not a thousand times off the run's.
    const double by_read = row["weight_gbps"].get<double>() / read;
    const double by_dot = row["gmacs"].get<double>() / dot;
    CHECK(row["read_ratio"].get<double>() > by_read / 1000);
    CHECK(row["read_ratio"].get<double>() < by_read * 1000);
    CHECK(row["dot_ratio"].get<double>() > by_dot / 1000);
    CHECK(row["dot_ratio"].get<double>() < by_dot * 1000);
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

TEST_CASE("bench can force target and kernel, and measures oneDNN where it is built in") {
  const TempDir dir;
  const std::vector<std::string> bench = {
      "bench", "--shapes", "3x40x64", "--formats", "int2", "--working-set", "1", "--min-time", "1"};
  std::vector<std::string> forced = bench;
  forced.insert(forced.end(),
                {"--target", "PORTABLE", "--kernel", "dot_gemm_planes_b2", "--act", "i8"});
  const Json report = RunJson(dir, forced);
  CHECK(report["results"][0]["target"] == "PORTABLE");
  CHECK(report["results"][0]["kernel"] == "dot_gemm_planes_b2");
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
