// asm, disasm, sim and graph: what they print, and what they say of bad input.
#include "tools/kit.h"

using namespace lutgemm::test::tool;

namespace {

constexpr char kProgram[] =
    "# one table, one lookup\n"
    "  li s1, 0\n"
    "  cpin [s1], [s1], 128\n"
    "  fence\n"
    "  ld r0, [s1+0], 4\n"
    "  lutgen.m1k4.i8.i8 r4, r0, r8, 0\n"
    "  ld r1, [s1+4], 32\n"
    "  lmma.m1n64k4.i8i1i32i32 r12, r4, r1, r12\n"
    "  st r12, [s1+128], 256\n"
    "  li s2, 256\n"
    "  li s3, 128\n"
    "  cpout [s2], [s3], 256\n"
    "  fence\n"
    "  halt\n";

std::string ShapeOf(uint64_t m, uint64_t n, uint64_t k) {
  return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
}

}  // namespace

TEST_CASE("asm, disasm: the text comes back in canonical form, and to the same words") {
  const TempDir dir;
  WriteText(dir / "a.s", kProgram);
  REQUIRE(Run(dir, {"asm", dir / "a.s", "-o", dir / "a.bin"}).code == 0);
  const Json shown = RunJson(dir, {"disasm", dir / "a.bin"});
  CHECK(shown["words"].size() == 13);
  WriteText(dir / "b.s", shown["text"]);
  REQUIRE(Run(dir, {"asm", dir / "b.s", "-o", dir / "b.bin"}).code == 0);
  CHECK(ReadText(dir / "a.bin") == ReadText(dir / "b.bin"));
  CHECK(Run(dir, {"disasm", dir / "b.bin"}).out == shown["text"].get<std::string>());
  const Json listed = RunJson(dir, {"asm", dir / "a.s"});
  CHECK(listed["ok"] == true);
  CHECK(listed["words"][6]["text"] == "lmma.m1n64k4.i8.i1.i32.i32 r12, r4, r1, r12");
  CHECK(listed["words"][6]["line"] == 8);
  CHECK(Run(dir, {"disasm", "--word", "0x0100000000000000"}).out == "  halt\n");
  // An existing file stays unless told otherwise.
  CHECK(Run(dir, {"asm", dir / "a.s", "-o", dir / "a.bin"}).code == 3);
  CHECK(Run(dir, {"asm", dir / "a.s", "-o", dir / "a.bin", "--force"}).code == 0);
}

TEST_CASE("asm: errors with line and column, nothing written") {
  const TempDir dir;
  WriteText(dir / "bad.s", "halt\nlmma.m2n64k4.i8.i5.i32.i32 r0, r1, r2, r3\nfoo\n");
  const Outcome outcome = Run(dir, {"asm", dir / "bad.s", "-o", dir / "bad.bin"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("line 2, column 17: ") != std::string::npos);
  CHECK(outcome.err.find("line 3, column 1: ") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "bad.bin"));
  const Json json = RunJson(dir, {"asm", dir / "bad.s"}, 3);
  CHECK(json["ok"] == false);
  CHECK(json["errors"].size() == 2);
  CHECK(json["errors"][0]["column"] == 17);
}

TEST_CASE("sim: a program works on global memory from a file and into one") {
  const TempDir dir;
  WriteText(dir / "a.s", kProgram);
  std::string memory(128, '\0');
  memory[0] = 3, memory[1] = -1, memory[2] = 4, memory[3] = 2;
  memory[4] = 0x17;  // keys 7 and 1 as stored: entries 3 and 0, both negated
  WriteText(dir / "in.bin", memory);
  const Json json = RunJson(dir, {"sim", dir / "a.s", "--global", dir / "in.bin", "--global-bytes",
                                  "512", "--dump", dir / "out.bin"});
  CHECK(json["ok"] == true);
  CHECK(json["trap"].is_null());
  CHECK(json["instructions"]["lmma"] == 1);
  CHECK(json["array_cycles"] == 1);
  const std::string out = ReadText(dir / "out.bin");
  REQUIRE(out.size() == 512);
  CHECK(int(static_cast<signed char>(out[256])) == 2);
  CHECK(int(static_cast<signed char>(out[260])) == 8);
  CHECK(int(static_cast<signed char>(out[264])) == -8);
}

TEST_CASE("sim: traps name the line") {
  const TempDir dir;
  WriteText(dir / "trap.s", "halt_not: li s1, 1\n\n  ld r255, [s0], 200\n");
  const Outcome outcome = Run(dir, {"sim", dir / "trap.s"});
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("line 3 (word 1): trap register") != std::string::npos);
  const Json json = RunJson(dir, {"sim", dir / "trap.s"}, 1);
  CHECK(json["ok"] == false);
  CHECK(json["trap"]["kind"] == "register");
  CHECK(json["trap"]["line"] == 3);
  WriteText(dir / "loop.s", "x: li s1, 1\n bne s1, s0, x\n");
  CHECK(RunJson(dir, {"sim", dir / "loop.s", "--max-steps", "1000"}, 1)["trap"]["kind"] == "steps");
}

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
  CHECK(mac.err.find("array.unit is 'mac'") != std::string::npos);
  CHECK(Run(dir, on("a200")).code == 2);
  // What the compiler does not read but the cost model does.
  WriteText(dir / "own.json",
            "{\n  \"clock_mhz\": 1,\n"
            "  \"array\": {\"m\": 2, \"n\": 64, \"k\": 4}\n}\n");
  const Outcome bad = Run(dir, on(dir / "own.json"));
  CHECK(bad.code == 3);
  CHECK(bad.err.find("own.json:") != std::string::npos);
}

TEST_CASE("sim --problem: machines from files, with errors that name the line") {
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
  for (const Bad& bad : {Bad{"\"m\": 4", "\"m\": 5", "line 3: array m5n32k4 is no shape"},
                         Bad{"\"m\": 4", "\"m\": \"4\"", "line 3: array.m must be a whole number"},
                         Bad{"\"k\": 4, ", "", "line 3: array.k is missing"},
                         Bad{"\"lut\"", "\"mac\"", "line 3: array.unit is 'mac'"},
                         Bad{"20}", "0}", "line 5: memory.shared.kib must be 1 to 8192"},
                         Bad{"8}", "-8}", "line 6: memory.registers.kib must be"},
                         Bad{"8}", "8,,}", "line 6: not JSON"},
                         Bad{"\"small\"", "7", "line 2: name must be a text"}}) {
    std::string text = good;
    text.replace(text.find(bad.old), bad.old.size(), bad.changed);
    WriteText(dir / "m.json", text);
    const Outcome outcome = Run(dir, problem);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(outcome.err.find("m.json: " + bad.says) != std::string::npos);
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
           {{"sim", "--problem", "1x2"}, 2, "MxNxK"},
           {{"sim", "--problem", "0x2x3"}, 2, "MxNxK"},
           {{"sim", "--problem", "1x2x3", "--mode", "fast"}, 2, "exact or rtl"},
           {{"sim", "--problem", "1x2x3", "--machine", "m3n64k4"}, 2, "power of two"},
           {{"sim", "--problem", "1x2x3", "--act", "f64"}, 2, "f64"},
           {{"sim", "--problem", "1x2x3", "--act", "f16", "--out", "i32"}, 2, "stand together"},
           {{"sim", "--problem", "1x2x3", "--zero", "float"}, 2, "no integer product"},
           {{"sim", dir / "none.s"}, 3, "none.s"},
           {{"sim", dir / "reserved.bin"}, 1, "opcode 0 is reserved"},
           {{"disasm", dir / "short.bin"}, 3, "within a word"},
           {{"disasm", dir / "reserved.bin"}, 3, "word 0: opcode 0 is reserved"},
           {{"disasm", "--word", "xyz"}, 2, "xyz"},
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
