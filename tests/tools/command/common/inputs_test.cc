// What a command reads it never replaces, and no two of its outputs are one file.
#include "tools/kit.h"

using namespace lutgemm::test::tool;
using Names = std::set<std::string>;

namespace {

using Line = std::vector<std::string>;

Line With(Line line, const Line& more) {
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

// Every name that `input` has: its own, a symbolic link's and a hard link's.
Line NamesOf(const TempDir& dir, const std::string& input) {
  const std::string soft = input + ".soft" + std::filesystem::path(input).extension().string();
  const std::string hard = input + ".hard" + std::filesystem::path(input).extension().string();
  if (!std::filesystem::exists(soft)) {
    std::filesystem::create_symlink(input, soft);
    std::filesystem::create_hard_link(input, hard);
  }
  return {input, dir.path() + "/./" + input.substr(dir.path().size() + 1), soft, hard};
}

// The command reads `input`, and is given it as `option` too.
void CheckKept(const TempDir& dir, const Line& line, const std::string& option,
               const std::string& input) {
  const std::string before = ReadText(input);
  for (const std::string& name : NamesOf(dir, input)) {
    for (const Line& force : {Line{}, Line{"--force"}}) {
      const Outcome outcome = Run(dir, With(With(line, {option, name}), force));
      CAPTURE(line[0]);
      CAPTURE(option);
      CAPTURE(name);
      CAPTURE(outcome.err);
      CHECK(outcome.code == 2);
      CHECK(outcome.err.find(name + " is the input; give it another name") != std::string::npos);
      CHECK(ReadText(input) == before);
    }
  }
}

std::string MachineText() { return ReadText(LUTGEMM_SOURCE_DIR "/data/machines/a100-lut-4x.json"); }

}  // namespace

TEST_CASE("asm and sim keep the program, the memory and the machine that they read") {
  const TempDir dir;
  WriteText(dir / "q.s", "halt\n");
  WriteText(dir / "in.bin", std::string(64, '\1'));
  WriteText(dir / "m.json", MachineText());
  CheckKept(dir, {"asm", dir / "q.s"}, "-o", dir / "q.s");
  const Line sim = {"sim",       dir / "q.s",    "--global",       dir / "in.bin",
                    "--machine", dir / "m.json", "--global-bytes", "64"};
  for (const char* input : {"q.s", "in.bin", "m.json"}) {
    CheckKept(dir, sim, "--dump", dir / input);
  }
  CHECK(Run(dir, With(sim, {"--dump", dir / "out"})).code == 0);
}

TEST_CASE("sim keeps weights, activations and machine when it emits") {
  const TempDir dir;
  WriteSafetensors(dir / "w.in", {RandomTensor("w.weight", 64, 64)});
  WriteSafetensors(dir / "a.s", {RandomTensor("a", 1, 64)});
  WriteText(dir / "raw.i8", std::string(64, '\1'));
  WriteText(dir / "m.json", MachineText());
  REQUIRE(Run(dir, {"repack", dir / "w.in", "-o", dir / "w.s", "--format", "int2"}).code == 0);
  const Line files = {"sim",         "--weights", dir / "w.s:w.weight", "--act",
                      dir / "a.s:a", "--machine", dir / "m.json"};
  const Line raw = {"sim", "--weights", dir / "w.s", "--act", dir / "raw.i8"};
  const Line random = {"sim", "--problem", "1x64x64", "--machine", dir / "m.json"};
  for (const char* input : {"w.s", "a.s"}) CheckKept(dir, files, "--emit", dir / input);
  for (const char* input : {"w.s", "a.s", "m.json"}) {
    CheckKept(dir, files, "--emit-global", dir / input);
  }
  CheckKept(dir, raw, "--emit-global", dir / "raw.i8");
  CheckKept(dir, random, "--emit-global", dir / "m.json");
  CHECK(Run(dir, With(files, {"--emit", dir / "out.s", "--emit-global", dir / "out.bin"})).code ==
        0);
}

TEST_CASE("repack keeps its codebook, dse its machine") {
  const TempDir dir;
  WriteSafetensors(dir / "w.in", {RandomTensor("w.weight", 64, 64)});
  WriteText(dir / "book", "-1 0 1 2\n");
  CheckKept(dir, {"repack", dir / "w.in", "--format", "codebook:" + (dir / "book")}, "-o",
            dir / "book");
  CheckKept(dir, {"repack", dir / "w.in"}, "-o", dir / "w.in");
  const std::string machine = MachineText();
  WriteText(dir / "m.json", machine);
  std::filesystem::create_symlink("m.json", dir / "n.csv");
  std::filesystem::create_symlink("m.json", dir / "p.svg");
  const Line dse = {"dse", "--macs", "64", "--machine", dir / "m.json", "--force"};
  for (const Line& output :
       {Line{"--out", dir / "m"}, Line{"--out", dir / "n"}, Line{"--plot", dir / "p.svg"}}) {
    CAPTURE(output[1]);
    const Outcome outcome = Run(dir, With(dse, output));
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("is the input; give it another name") != std::string::npos);
    CHECK(ReadText(dir / "m.json") == machine);
  }
}

TEST_CASE("dse: the files of --out and --plot are apart and have names") {
  const TempDir dir;
  WriteText(dir / "m2.json", "");
  std::filesystem::create_symlink("m2.json", dir / "m2.csv");
  std::filesystem::create_symlink("m2.json", dir / "m2.svg");
  const Line dse = {"dse", "--macs", "64", "--force"};
  Outcome outcome = Run(dir, With(dse, {"--out", dir / "m2"}));
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("name the same file") != std::string::npos);
  std::filesystem::remove(dir / "m2.csv");
  outcome = Run(dir, With(dse, {"--out", dir / "m2", "--plot", dir / "m2.svg"}));
  CHECK(outcome.code == 2);
  CHECK(outcome.err.find("name the same file") != std::string::npos);
  for (const std::string& prefix :
       {dir.path() + "/", dir / ".", dir / "..", std::string("."), std::string("..")}) {
    CAPTURE(prefix);
    outcome = Run(dir, With(dse, {"--out", prefix}));
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("names a folder") != std::string::npos);
  }
  CHECK(dir.Names() == Names{"m2.json", "m2.svg"});
  CHECK(ReadText(dir / "m2.json").empty());
}
