// lutgemm sim bitmod: published figures beside ours, settings that matter, what it refuses.
#include "tools/kit.h"

#include <map>

using namespace lutgemm::test::tool;

namespace {

using Names = std::set<std::string>;

Json Bitmod(std::vector<std::string> options) {
  const TempDir dir;
  options.insert(options.begin(), {"sim", "bitmod"});
  return RunJson(dir, options);
}

// The run of a dtype and phase.
Json RunOf(const Json& report, const std::string& dtype, const std::string& phase) {
  for (const Json& run : report["runs"]) {
    if (run["dtype"] == dtype && run["phase"] == phase) return run;
  }
  FAIL("no run of " << dtype << ", " << phase);
  return {};
}

uint64_t Cycles(const std::vector<std::string>& options) {
  return Bitmod(options)["runs"][0]["cycles"];
}

}  // namespace

TEST_CASE("sim bitmod prints published cycles beside equal ones") {
  const Json report = Bitmod({"--model", "llama2-7b"});
  CHECK(Keys(report) == Names{"model", "context", "decode_tokens", "attention", "selectors", "set",
                              "runs", "gains", "notes"});
  REQUIRE(report["runs"].size() == 8 * 2);
  int compared = 0;
  for (const Json& run : report["runs"]) {
    CAPTURE(run.dump());
    CHECK(Keys(run) == Names{"dtype", "array", "phase", "bits_per_weight", "step_cycles",
                             "macs_per_cycle", "pe_array_mm2", "compute_cycles", "dram_cycles",
                             "cycles", "milliseconds", "dram_bytes", "pe_uj", "sram_uj", "dram_uj",
                             "on_chip_uj", "total_uj", "paper"});
    if (run["paper"].is_null() || run["dtype"] == "olive") continue;
    ++compared;
    CHECK(run["cycles"] == run["paper"]["cycles"]);
    CHECK(run["compute_cycles"] == run["paper"]["compute_cycles"]);
  }
  CHECK(compared == 10);  // fp16, int6, lossy, ant: both phases; bitmod4, bitmod3: one
  const Json olive = RunOf(report, "olive", "decode");
  CHECK(olive["cycles"] == 103689040);
  CHECK(olive["paper"]["cycles"] == 97236816);
  CHECK(olive["paper"]["bits_per_weight"] == 3.75);
  CHECK(RunOf(report, "int8", "decode")["paper"].is_null());
}

TEST_CASE("gains are quotients of the runs, with headlines where there are any") {
  const Json report = Bitmod({"--decode", "20"});
  std::map<std::string, double> prefill, generate;
  for (const Json& run : report["runs"]) {
    const std::string dtype = run["dtype"];
    const double cycles = run["cycles"];
    if (run["phase"] == "prefill") prefill[dtype] = cycles;
    generate[dtype] += run["phase"] == "prefill" ? cycles : 20 * cycles;
  }
  int headlines = 0;
  for (const Json& gain : report["gains"]) {
    const std::string dtype = gain["dtype"], over = gain["over"];
    CHECK(gain["prefill_speed"] == doctest::Approx(prefill[over] / prefill[dtype]));
    CHECK(gain["generate_speed"] == doctest::Approx(generate[over] / generate[dtype]));
    headlines += !gain["paper"].is_null();
  }
  CHECK(headlines == 3);
  // One model of the six whose mean the paper prints: within a tenth.
  for (const Json& gain : report["gains"]) {
    if (gain["paper"].is_null()) continue;
    for (const char* key : {"prefill_speed", "generate_speed"}) {
      const double paper = gain["paper"][key], ours = gain[key];
      CHECK(ours == doctest::Approx(paper).epsilon(0.1));
    }
  }
}

TEST_CASE("settings of sim bitmod change what they say") {
  const Json merged = Bitmod({"--dtype", "lossy,int6"});
  REQUIRE(merged["runs"].size() == 4);
  CHECK(merged["runs"][0]["dtype"] == "lossy");
  const Json per_head = Bitmod({"--dtype", "lossy", "--attention", "per-head"});
  CHECK(per_head["runs"][0]["cycles"] == 926097408);
  CHECK(per_head["runs"][0]["paper"]["cycles"] == 926097408);
  CHECK(per_head["notes"].size() < merged["notes"].size());
  const Json selectors = Bitmod({"--dtype", "bitmod3", "--selectors"});
  CHECK(selectors["runs"][1]["bits_per_weight"] == 3.078125);
  CHECK(selectors["runs"][1]["paper"].is_null());
  const uint64_t usual = Cycles({"--dtype", "fp16"});
  CHECK(Cycles({"--dtype", "fp16", "--context", "512"}) > usual);
  CHECK(Cycles({"--dtype", "fp16", "--set", "dram_bits_per_cycle=64"}) > usual);
  CHECK(Cycles({"--dtype", "fp16", "--set", "fp16.input_buffer_bytes=8388608"}) < usual);
  CHECK(Cycles({"--dtype", "fp16", "--set", "bitmod.lanes=8", "--set", "olive.lanes=8"}) == usual);
  CHECK(Cycles({"--dtype", "fp16", "--set", "layers=16"}) < usual);
  CHECK(Cycles({"--dtype", "fp16", "--model", "llama2-13b"}) > usual);
  for (const char* edge : {"clock_ghz=1e-12", "clock_ghz=1e12", "pe_pj=1e12"}) {
    CAPTURE(edge);
    const Json run = Bitmod({"--dtype", "fp16", "--set", edge})["runs"][0];
    CHECK(run["milliseconds"].is_number());
    CHECK(run["total_uj"].is_number());
  }
  const Json fast = Bitmod({"--dtype", "fp16", "--set", "clock_ghz=2"});
  CHECK(fast["runs"][0]["milliseconds"].get<double>() == doctest::Approx(usual * 0.5e-6));
  const Json elsewhere = Bitmod({"--dtype", "fp16", "--set", "dram_bits_per_cycle=512"});
  CHECK(elsewhere["runs"][0]["paper"].is_null());
  CHECK(elsewhere["notes"][0].get<std::string>().find("no cycles are published") == 7);
}

TEST_CASE("sim bitmod as text: a table, gains and notes") {
  const TempDir dir;
  const Outcome outcome = Run(dir, {"sim", "bitmod", "--dtype", "olive,lossy"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  for (const char* piece : {"paper", "97236816*", "79493200", "1.66x", "3.75 bits", "over"}) {
    CAPTURE(piece);
    CHECK(outcome.out.find(piece) != std::string::npos);
  }
  const Outcome help = Run(dir, {"sim", "bitmod", "--help"});
  CHECK(help.code == 0);
  CHECK(help.out.find("Examples:\n  lutgemm sim bitmod") != std::string::npos);
  for (const char* option : {"--model", "--dtype", "--context", "--decode", "--attention",
                             "--selectors", "--set", "--json"}) {
    CAPTURE(option);
    CHECK(help.out.find(option) != std::string::npos);
  }
}

TEST_CASE("sim bitmod refuses what it does not know, with 2") {
  const TempDir dir;
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--model", "gpt9"}, "llama2-7b"},
      {{"--dtype", "fp5"}, "bitmod4"},
      {{"--dtype", ""}, "must not be empty"},
      {{"--attention", "flash"}, "per-head"},
      {{"--context", "0"}, "--context"},
      {{"--context", "1048577"}, "--context"},
      {{"--decode", "-1"}, "--decode"},
      {{"--set", "lanes"}, "not KEY=VALUE"},
      {{"--set", "lanes=0"}, "lanes=0"},
      {{"--set", "depth=1"}, "kv_heads"},
      {{"--set", "model.layers=1"}, "model.layers"},
      {{"--set", "heads=5"}, "must divide"},
      {{"--set", "pe_pj=much"}, "not a positive number 1e-12..1e12"},
      {{"--set", "pe_pj=1e308"}, "not a positive number 1e-12..1e12"},
      {{"--set", "pe_pj=nan"}, "pe_pj=nan"},
      {{"--set", "clock_ghz=1e-300"}, "clock_ghz=1e-300"},
      {{"--set", "clock_ghz=1e13"}, "clock_ghz=1e13"},
      {{"--set", "clock_ghz=0"}, "clock_ghz=0"},
      {{"--dtype", "fp16", "--set", "bitmod.lanes=x"}, "lanes=x"},
      {{"--set", "input_buffer_bytes=1", "--context", "1048576"}, "too large to count"}};
  for (const auto& bad : cases) {
    std::vector<std::string> arguments = {"sim", "bitmod"};
    arguments.insert(arguments.end(), bad.first.begin(), bad.first.end());
    const Outcome outcome = Run(dir, arguments);
    CAPTURE(bad.second);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find(bad.second) != std::string::npos);
  }
  CHECK(Run(dir, {"sim"}).code == 2);
}
