// sim and graph: products and a model on the simulated machine, and what they say of bad input.
#include "tools/kit.h"

using namespace lutgemm::test::tool;

namespace {

std::string ShapeOf(uint64_t m, uint64_t n, uint64_t k) {
  return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
}

}  // namespace

TEST_CASE("sim --problem: equal to the oracle, cycles as the formula has them") {
  const TempDir dir;
  struct Format {
    const char* name;
    uint64_t bits;
  };
  const auto ceil = [](uint64_t a, uint64_t b) { return (a + b - 1) / b; };
  for (const Format& f :
       {Format{"int1", 1}, {"int2", 2}, {"int3", 3}, {"int4", 4}, {"ternary", 2}}) {
    for (const auto& [m, n, k] : {std::tuple(1, 64, 64), std::tuple(5, 130, 77)}) {
      for (const char* mode : {"exact", "rtl"}) {
        const Json json = RunJson(
            dir, {"sim", "--problem", ShapeOf(m, n, k), "--format", f.name, "--mode", mode});
        CHECK(json["oracle_match"] == true);
        CHECK(json["array_cycles"] == ceil(m, 2) * ceil(n, 64) * ceil(k, 4) * f.bits);
        CHECK(json["fill_cycles"] == 1);
        CHECK(json["shape"] == "m2n64k4");
        CHECK(json["checked_outputs"] == m * n);
      }
    }
  }
  const Json one = RunJson(dir, {"sim", "--problem", "3x40x50", "--format", "int2", "--seed", "9"});
  const Json two = RunJson(dir, {"sim", "--problem", "3x40x50", "--format", "int2", "--seed", "9",
                                 "--machine", "m4n8k5"});
  CHECK(one["digest"] == two["digest"]);  // another array, the same product
  CHECK(one["array_cycles"] != two["array_cycles"]);
}

TEST_CASE("sim --problem: the cost model prices what was counted, beside its own estimate") {
  const TempDir dir;
  const Json json = RunJson(dir, {"sim", "--problem", "6x130x77", "--format", "int2"});
  const Json& cost = json["cost"];
  CHECK(cost["machine"] == "single");
  CHECK(cost["table_bits"] == 10);  // sums of four int8
  const Json& counted = cost["counted"];
  CHECK(counted["array_cycles"] == json["array_cycles"]);
  CHECK(counted["lookups"] == json["lookups"]);
  CHECK(counted["precompute_adds"] == json["table_adds"]);
  const Json& bytes = json["bytes"];
  const auto both = [&](const std::string& level) {
    return bytes[level + "_read"].get<double>() + bytes[level + "_written"].get<double>();
  };
  CHECK(counted["bytes"]["registers"] == both("register"));
  CHECK(counted["bytes"]["shared"] == both("scratchpad"));
  CHECK(counted["bytes"]["dram"] == both("global"));
  CHECK(cost["estimate"]["array_cycles"] == json["array_cycles"]);  // the same steps
  // The bound is the longest of its kind; energy is the sum of its terms.
  double longest = 0.0;
  for (const auto& [name, cycles] : counted["bound_cycles"].items()) {
    longest = std::max(longest, cycles.get<double>());
  }
  CHECK(counted["bound_cycles"][json["bound"].get<std::string>()] == longest);
  CHECK(counted["cycles"] == longest);
  const Json& energy = json["energy_pj"];
  double sum = 0.0;
  for (const char* term : {"array", "precompute", "registers", "shared", "l2", "dram"}) {
    CHECK(energy[term].get<double>() > 0.0);
    sum += energy[term].get<double>();
  }
  CHECK(energy["total"].get<double>() == doctest::Approx(sum));
  // Rounded tables are 8 bits wide in the priced array too.
  const Json rounded = RunJson(dir, {"sim", "--problem", "6x130x77", "--format", "int2", "--act",
                                     "f16", "--quantised-tables"});
  CHECK(rounded["cost"]["table_bits"] == 8);
}

TEST_CASE("sim --problem: machines of the cost model, by name and from a file") {
  const TempDir dir;
  const std::vector<std::string> problem = {"sim", "--problem", "4x96x64", "--format", "int2"};
  const auto on = [&](const std::string& machine) {
    std::vector<std::string> arguments = problem;
    arguments.insert(arguments.end(), {"--machine", machine});
    return arguments;
  };
  const Json plain = RunJson(dir, problem);
  const Json named = RunJson(dir, on("a100-lut-4x"));
  CHECK(named["oracle_match"] == true);
  CHECK(named["digest"] == plain["digest"]);
  CHECK(named["machine"] == "a100-lut-4x");
  CHECK(named["shape"] == "m2n64k4");
  CHECK(named["array_cycles"] == plain["array_cycles"]);
  CHECK(named["fill_cycles"] == 2);
  CHECK(named["cost"]["machine"] == "a100-lut-4x");
  CHECK(named["cost"]["arrays"] == 108 * 16);
  WriteText(dir / "own.json", ReadText(LUTGEMM_SOURCE_DIR "/data/machines/a100-lut-4x.json"));
  CHECK(RunJson(dir, on(dir / "own.json"))["cost"] == named["cost"]);
  const Outcome mac = Run(dir, on("a100-fp16"));
  CHECK(mac.code == 2);
  CHECK(mac.err.find("'unit' is 'mac'") != std::string::npos);
  CHECK(Run(dir, on("a200")).code == 2);
  // What the compiler does not read but the cost model does.
  WriteText(dir / "own.json",
            "{\n  \"clock_mhz\": 1,\n"
            "  \"array\": {\"m\": 2, \"n\": 64, \"k\": 4}\n}\n");
  const Outcome bad = Run(dir, on(dir / "own.json"));
  CHECK(bad.code == 3);
  CHECK(bad.err.find("own.json:") != std::string::npos);
}

TEST_CASE("sim --problem: machines from files, with errors that name the place") {
  const TempDir dir;
  const std::string good =
      "{\n  \"name\": \"small\",\n"
      "  \"array\": {\"unit\": \"lut\", \"m\": 4, \"n\": 32, \"k\": 4, \"fill_cycles\": 2},\n"
      "  \"memory\": {\n    \"shared\": {\"kib\": 20},\n    \"registers\": {\"kib\": 8}\n  }\n}\n";
  WriteText(dir / "m.json", good);
  const std::vector<std::string> problem = {"sim",  "--problem", "8x100x64",    "--format",
                                            "int4", "--machine", dir / "m.json"};
  const Json json = RunJson(dir, problem);
  CHECK(json["oracle_match"] == true);
  CHECK(json["fill_cycles"] == 2);
  CHECK(json["tile"]["registers"] <= 64);
  CHECK(json["tile"]["scratchpad_bytes"] <= 20480);
  CHECK(json["machine"] == "small");
  struct Bad {
    std::string old, changed, says;
  };
  for (const Bad& bad : {Bad{"\"m\": 4", "\"m\": 5", ":3:12: m5n32k4 is no shape of lmma"},
                         Bad{"20}", "0}", ":5:23: 'kib' is 0; it must be in 1 to 8192"},
                         Bad{"8}", "8,,}", ":6:28: not valid JSON"}}) {
    std::string text = good;
    text.replace(text.find(bad.old), bad.old.size(), bad.changed);
    WriteText(dir / "m.json", text);
    const Outcome outcome = Run(dir, problem);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(outcome.err.find("m.json" + bad.says) != std::string::npos);
  }
}

TEST_CASE("sim, disasm: wrong command lines and files") {
  const TempDir dir;
  WriteText(dir / "short.bin", std::string("LUTISA1\0\1\2", 10));
  WriteText(dir / "reserved.bin", std::string("LUTISA1\0\0\0\0\0\0\0\0\0", 16));
  struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string says;
  };
  for (const Bad& bad : std::vector<Bad>{
           {{"sim"}, 2, "--problem"},
           {{"sim", "a.s", "--problem", "1x1x1"}, 2, "--problem"},
           {{"sim", "a.s", "--format", "int2"}, 2, "--format"},
           {{"sim", "--problem", "1x1x1", "--dump", "x"}, 2, "--dump"},
           {{"sim", "--problem", "1x1x1", "--exponent-quirk"}, 2, "--mode rtl"},
           {{"sim", "--problem", "1x1x1", "--adder", "flush"}, 2, "--mode rtl"},
           {{"sim", "--problem", "1x1x1", "--adder", "fast"}, 2, "ieee or flush"},
           {{"sim", "--problem", "1x1x1", "--mode", "released", "--adder", "ieee"}, 2, "flush"},
           {{"sim", "--problem", "1x1x1", "--force"}, 2, "--dump and --emit"},
           {{"sim", "--problem", "1x1x1", "--emit", "a.txt"}, 2, "assembly text (.s)"},
           {{"sim", "--problem", "1x1x1", "--act-type", "i8"}, 2, "--weights"},
           {{"sim", "--weights", "a.safetensors"}, 2, "--act"},
           {{"sim", "a.s", "--emit", "b.s"}, 2, "--emit"},
           {{"sim", "a.s", "--act", "i8"}, 2, "--act"},
           {{"sim", "--problem", "1x2"}, 2, "2048x27648x5120"},
           {{"sim", "--problem", "0x2x3"}, 2, "MxNxK"},
           {{"sim", "--problem", "1x2x3", "--mode", "fast"}, 2, "exact, rtl or released"},
           {{"sim", "--problem", "1x2x3", "--machine", "m3n64k4"}, 2, "power of two"},
           {{"sim", "--problem", "1x2x3", "--act", "f64"}, 2, "f64"},
           {{"sim", "--problem", "1x2x3", "--act", "f16", "--out", "i32"}, 2, "stand together"},
           {{"sim", "--problem", "1x2x3", "--zero", "float"}, 2, "no integer product"},
           {{"sim", dir / "none.s"}, 3, "none.s"},
           {{"sim", dir / "reserved.bin"}, 1, "opcode 0 is reserved"},
           {{"disasm", dir / "short.bin"}, 3, "within a word"},
           {{"disasm", dir / "reserved.bin"}, 3, "word 0: opcode 0 is reserved"},
           {{"disasm", "--word", "xyz"}, 2, "xyz"},
           {{"disasm", "--word", ""}, 2, "must not be empty"},
           {{"disasm", "--word", " -1"}, 2, "' -1'"},
           {{"disasm"}, 2, "--word"}}) {
    std::string line;
    for (const std::string& argument : bad.arguments) line += argument + " ";
    CAPTURE(line);
    const Outcome outcome = Run(dir, bad.arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code == bad.code);
    CHECK(outcome.err.find(bad.says) != std::string::npos);
  }
}

TEST_CASE("graph: numbers of the metadata that no model can have") {
  const TempDir dir;
  const std::string bytes = ReadText(LUTGEMM_SOURCE_DIR "/data/tiny_lm/ternary.safetensors");
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  const Json header = Json::parse(bytes.substr(8, length));
  for (const std::string key : {"rope_theta", "rms_norm_eps"}) {
    for (const std::string value : {"0", "-1", "nan", "inf", "many\x1b[2J"}) {
      Json changed = header;
      changed["__metadata__"][key] = value;
      const std::string text = changed.dump();
      const uint64_t size = text.size();
      WriteText(dir / "m", std::string(reinterpret_cast<const char*>(&size), 8) + text +
                               bytes.substr(8 + length));
      const Outcome outcome = Run(dir, {"graph", dir / "m", "--text", "A"});
      CAPTURE(value);
      CAPTURE(outcome.err);
      CHECK(outcome.code == 3);
      CHECK(outcome.err.find("metadata " + key) != std::string::npos);
      CHECK(outcome.err.find('\x1b') == std::string::npos);
    }
  }
}

TEST_CASE("graph: the tiny language model, split, shared and fused") {
  const TempDir dir;
  const std::string model = LUTGEMM_SOURCE_DIR "/data/tiny_lm/ternary.safetensors";
  const Json json = RunJson(dir, {"graph", model, "--text", "Abc"});
  CHECK(json["bit_equal"] == true);
  CHECK(json["products"] == 36);
  CHECK(json["precompute_unshared"] == 36);
  CHECK(json["precompute"] == 21);
  CHECK(json["precompute_left"] == 10);
  CHECK(json["table_builds"] == 21);
  CHECK(json["traffic"]["result"]["total"] < json["traffic"]["unshared"]["total"]);
  const Json local = RunJson(dir, {"graph", model, "--text", "Abc", "--tables", "lut8"});
  CHECK(local["bit_equal"] == true);
  CHECK(local["precompute_left"] == 5);
  CHECK(Run(dir, {"graph", model, "--text", ""}).code == 2);
  CHECK(Run(dir, {"graph", dir / "none"}).code == 3);
}
