// sim: modes of the released hardware, compiled programs in files, tensors of files, dumps.
#include "tools/kit.h"

#include <cmath>
#include <filesystem>

using namespace lutgemm::test::tool;

namespace {

using Arguments = std::vector<std::string>;

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

template <class T>
void WriteNumbers(const std::string& path, const std::vector<T>& values) {
  WriteText(path, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

// Two matrices, packed.
std::string PackedFile(const TempDir& dir, const std::string& format = "int4") {
  WriteSafetensors(dir / "in.safetensors",
                   {RandomTensor("a.weight", 48, 100, 1), RandomTensor("b.weight", 70, 64, 2)});
  REQUIRE(Run(dir, {"repack", dir / "in.safetensors", "-o", dir / "packed.safetensors", "--format",
                    format, "--group", "row"})
              .code == 0);
  return dir / "packed.safetensors";
}

}  // namespace

TEST_CASE("sim --mode released is rtl with quirk and flush") {
  const TempDir dir;
  const Arguments problem = {"sim", "--problem", "3x70x50", "--format", "int2"};
  const Json released = RunJson(dir, problem + Arguments{"--mode", "released"});
  CHECK(released["oracle_match"] == true);
  CHECK(released["mode"] == "released");
  CHECK(released["adder"] == "flush");
  CHECK(released["exponent_quirk"] == true);
  const Json spelt =
      RunJson(dir, problem + Arguments{"--mode", "rtl", "--exponent-quirk", "--adder", "flush"});
  CHECK(spelt["digest"] == released["digest"]);
  CHECK(spelt["mode"] == "rtl");
  // Subnormal activations tell them apart, one by one.
  WriteNumbers(dir / "tiny.f16", std::vector<uint16_t>(100, 3));
  const Arguments tiny = {"sim",   "--weights",      PackedFile(dir) + ":a.weight",
                          "--act", dir / "tiny.f16", "--mode"};
  std::set<std::string> digests;
  for (const Arguments& mode : {Arguments{"rtl"}, Arguments{"rtl", "--exponent-quirk"},
                                Arguments{"rtl", "--adder", "flush"}, Arguments{"released"}}) {
    const Json json = RunJson(dir, tiny + mode);
    CHECK(json["oracle_match"] == true);
    digests.insert(json["digest"]);
  }
  CHECK(digests.size() == 4);
}

TEST_CASE("sim --emit: the program runs again, as text and as words, to the same memory") {
  const TempDir dir;
  const Arguments problem = {"sim",   "--problem", "3x70x50", "--format", "int3",
                             "--act", "f16",       "--group", "20",       "--mode",
                             "rtl",   "--adder",   "flush"};
  for (const std::string name : {"p.s", "p.bin"}) {
    const Json json = RunJson(
        dir, problem + Arguments{"--emit", dir / name, "--emit-global", dir / "g.bin", "--force"});
    CHECK(json["oracle_match"] == true);
    const std::string bytes = std::to_string(json["memory_bytes"].get<uint64_t>());
    const Json again = RunJson(dir, {"sim", dir / name, "--global", dir / "g.bin", "--global-bytes",
                                     bytes, "--mode", "rtl", "--adder", "flush"});
    CHECK(again["digest"] == json["memory_digest"]);
    CHECK(again["array_cycles"] == json["array_cycles"]);
  }
  REQUIRE(Run(dir, {"asm", dir / "p.s", "-o", dir / "q.bin"}).code == 0);
  CHECK(ReadText(dir / "q.bin") == ReadText(dir / "p.bin"));
  CHECK(ReadText(dir / "p.s").find("# run with --global-bytes") != std::string::npos);
  // The report says how; an existing file stays unless told otherwise.
  const Outcome kept = Run(dir, problem + Arguments{"--emit", dir / "p.s"});
  CHECK(kept.code == 2);
  const Outcome shown = Run(
      dir, problem + Arguments{"--emit", dir / "p.s", "--emit-global", dir / "g.bin", "--force"});
  CHECK(shown.out.find("emitted    lutgemm sim ") != std::string::npos);
  // Without its memory a program does not give the same again.
  const Outcome alone = Run(dir, problem + Arguments{"--emit", dir / "p.s", "--force"});
  CHECK(alone.out.find("emitted") == std::string::npos);
}

TEST_CASE("sim --emit: two outputs are two files, and all of them are there or none") {
  const TempDir dir;
  const Arguments problem = {"sim", "--problem", "2x64x64", "--emit", dir / "p.bin"};
  const Outcome one = Run(dir, problem + Arguments{"--emit-global", dir / "./p.bin", "--force"});
  CHECK(one.code == 2);
  CHECK(one.err.find("--emit and --emit-global name the same file") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "p.bin"));
  const Outcome nowhere = Run(dir, problem + Arguments{"--emit-global", dir / "none/g.bin"});
  CHECK(nowhere.code == 3);
  CHECK_FALSE(std::filesystem::exists(dir / "p.bin"));
}

TEST_CASE("sim --weights: names of files and tensors may have colons") {
  const TempDir dir;
  WriteSafetensors(dir / "w:1", {RandomTensor("a:b", 64, 64, 3)});
  REQUIRE(Run(dir, {"repack", dir / "w:1", "-o", dir / "p:1", "--include", "*"}).code == 0);
  WriteSafetensors(dir / "x", {RandomTensor("x:y", 2, 64, 4)});
  for (const std::string& weights : {dir / "p:1", dir / "p:1:a:b"}) {
    for (const std::string& acts : {dir / "x", dir / "x:x:y"}) {
      CAPTURE(weights);
      CAPTURE(acts);
      CHECK(Run(dir, {"sim", "--weights", weights, "--act", acts}).code == 0);
    }
  }
}

TEST_CASE("sim --weights --act: tensors of files, every type that activations may have") {
  const TempDir dir;
  const std::string packed = PackedFile(dir);
  const Tensor acts = RandomTensor("x", 5, 100, 7);
  WriteSafetensors(dir / "acts.safetensors", {acts, RandomTensor("y", 2, 64, 8)});
  WriteNumbers(dir / "acts.f32", acts.values);
  const Arguments sim = {"sim", "--weights", packed + ":a.weight"};
  const Json tensor = RunJson(dir, sim + Arguments{"--act", dir / "acts.safetensors:x"});
  CHECK(tensor["oracle_match"] == true);
  CHECK(tensor["act"] == "f16");
  CHECK(tensor["problem"]["m"] == 5);
  CHECK(tensor["problem"]["n"] == 48);
  CHECK(tensor["weights"] == packed + ":a.weight");
  CHECK(tensor["library_nmse"].get<double>() < 1e-3);
  CHECK(tensor["library_nmse"].get<double>() > 0.0);
  const Json raw = RunJson(dir, sim + Arguments{"--act", dir / "acts.f32"});
  CHECK(raw["digest"] == tensor["digest"]);
  struct Rounded {
    std::string type;
    double bound;  // of the error that rounding to the type makes
  };
  for (const Rounded& rounded :
       {Rounded{"i8", 1e-3}, {"i16", 1e-7}, {"f8e4m3", 3e-3}, {"f8e5m2", 1e-2}}) {
    CAPTURE(rounded.type);
    const Json json =
        RunJson(dir, sim + Arguments{"--act", dir / "acts.f32", "--act-type", rounded.type});
    CHECK(json["oracle_match"] == true);
    CHECK(json["act"] == rounded.type);
    CHECK(json["nmse"].get<double>() < rounded.bound);
  }
  const Json released =
      RunJson(dir, sim + Arguments{"--act", dir / "acts.f32", "--mode", "released"});
  CHECK(released["oracle_match"] == true);
  CHECK(released["nmse"].get<double>() < 1e-4);
  // Integers are taken as they are, without a scale.
  std::vector<int8_t> codes(100);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<int8_t>(int(i) * 5 - 128);
  WriteNumbers(dir / "acts.i8", codes);
  const Json whole = RunJson(dir, sim + Arguments{"--act", dir / "acts.i8"});
  CHECK(whole["oracle_match"] == true);
  CHECK(whole["act"] == "i8");
  CHECK(whole["out"] == "f32");
  CHECK(whole["nmse"].get<double>() < 1e-12);
}

TEST_CASE("sim --weights: products that are no numbers are equal, and their error is none") {
  const TempDir dir;
  const std::string packed = PackedFile(dir);
  WriteNumbers(dir / "large.f16", std::vector<uint16_t>(200, 0x7bff));  // 65504
  const Arguments sim = {"sim", "--weights", packed + ":a.weight", "--act", dir / "large.f16"};
  for (const std::string mode : {"exact", "rtl"}) {
    for (const std::string sums : {"f16", "f32"}) {
      const Arguments run = sim + Arguments{"--mode", mode, "--acc", sums};
      CAPTURE(mode);
      CAPTURE(sums);
      const Json json = RunJson(dir, run);
      CHECK(json["oracle_match"] == true);
      CHECK(json["nmse"].is_null());
      CHECK(json["library_nmse"].is_null());
      const Outcome shown = Run(dir, run);
      CHECK(shown.code == 0);
      CHECK(shown.out.find("NMSE none against float64") != std::string::npos);
      CHECK(shown.out.find("nan") == std::string::npos);
    }
  }
}

TEST_CASE("sim --weights: what it says of files that do not fit") {
  const TempDir dir;
  const std::string packed = PackedFile(dir);
  std::vector<float> values(100, 1.0f);
  WriteNumbers(dir / "good.f32", values);
  values[7] = 1e6f;
  WriteNumbers(dir / "large.f32", values);
  values[7] = NAN;
  WriteNumbers(dir / "nan.f32", values);
  WriteSafetensors(dir / "acts.safetensors", {RandomTensor("x", 5, 99)});
  struct Bad {
    std::string weights, act;
    int code;
    std::string says;
  };
  for (const Bad& bad : {Bad{packed, dir / "good.f32", 3, "has 2 tensors (a.weight, b.weight)"},
                         {packed + ":c", dir / "good.f32", 3, "'c'"},
                         {packed + ":b.weight", dir / "good.f32", 3, "tokens of 64 activations"},
                         {packed + ":a.weight", dir / "nan.f32", 3, "activation 7 of token 0"},
                         {packed + ":a.weight", dir / "large.f32", 2, "is 1e+06, beyond f16"},
                         {packed + ":a.weight", dir / "none.f32", 3, "none.f32"},
                         {packed + ":a.weight", dir / "acts.safetensors", 3, "rows of 99"},
                         {packed + ":a.weight", dir / "acts.safetensors:z", 3, "no tensor 'z'"},
                         {packed + ":a.weight", packed + ":a.weight", 3, "of dtype U8"},
                         {dir / "acts.safetensors:x", dir / "good.f32", 3, "acts.safetensors"}}) {
    const Outcome outcome = Run(dir, {"sim", "--weights", bad.weights, "--act", bad.act});
    CAPTURE(outcome.err);
    CAPTURE(bad.says);
    CHECK(outcome.code == bad.code);
    CHECK(outcome.err.find(bad.says) != std::string::npos);
  }
  CHECK(RunJson(dir, {"sim", "--weights", packed + ":a.weight", "--act", dir / "large.f32",
                      "--act-type", "i16"})["oracle_match"] == true);
}

TEST_CASE("sim --dump: memory is written after a trap too") {
  const TempDir dir;
  WriteText(dir / "t.s",
            "li s1, 64\n cpin [s0], [s0], 8\n fence\n cpout [s1], [s0], 8\n zero r255, 2\n");
  WriteText(dir / "in.bin", "abcdefgh");
  const Outcome outcome = Run(dir, {"sim", dir / "t.s", "--global", dir / "in.bin",
                                    "--global-bytes", "100", "--dump", dir / "out.bin"});
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("trap register") != std::string::npos);
  const std::string out = ReadText(dir / "out.bin");
  REQUIRE(out.size() == 100);
  CHECK(out.substr(64, 8) == "abcdefgh");
}

TEST_CASE("sim: a branch out of the program names itself") {
  const TempDir dir;
  WriteText(dir / "b.s", "li s1, 1\n\nbne s1, s0, -7\nhalt\n");
  const Json json = RunJson(dir, {"sim", dir / "b.s"}, 1);
  CHECK(json["trap"]["kind"] == "end");
  CHECK(json["trap"]["word"] == 1);
  CHECK(json["trap"]["line"] == 3);
}

TEST_CASE("disasm: the word of the help text is an instruction") {
  const TempDir dir;
  const std::string help = Run(dir, {"disasm", "--help"}).out;
  const size_t at = help.find("--word 0x");
  REQUIRE(at != help.npos);
  const Outcome outcome = Run(dir, {"disasm", "--word", help.substr(at + 7, 18)});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "  lmma.m2n64k4.i8.i2.i32.i32 r4, r0, r8, r4\n");
}
