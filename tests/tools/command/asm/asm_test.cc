// asm, disasm, and sim with a program: text to words and back, memory in and out, errors, traps.
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
  CHECK(Run(dir, {"asm", dir / "a.s", "-o", dir / "a.bin"}).code == 2);
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

TEST_CASE("asm and sim refuse a program without instructions, and name it") {
  const TempDir dir;
  // That a file is empty is told where it is read.
  for (const char* text : {"\n", "# only\n// comments\n", "label:\n"}) {
    WriteText(dir / "none.s", text);
    for (const std::vector<std::string>& line :
         {std::vector<std::string>{"asm", dir / "none.s"},
          std::vector<std::string>{"asm", dir / "none.s", "-o", dir / "none.bin"},
          std::vector<std::string>{"sim", dir / "none.s"}}) {
      CAPTURE(text);
      const Outcome outcome = Run(dir, line);
      CHECK(outcome.code == 3);
      CHECK(outcome.err.find(dir / "none.s") != std::string::npos);
      CHECK(outcome.err.find("no instruction") != std::string::npos);
    }
    CHECK_FALSE(std::filesystem::exists(dir / "none.bin"));
    CHECK(RunJson(dir, {"asm", dir / "none.s"}, 3)["ok"] == false);
  }
  WriteText(dir / "p.s", "halt\n");
  REQUIRE(Run(dir, {"asm", dir / "p.s", "-o", dir / "p.bin"}).code == 0);
  WriteText(dir / "none.bin", ReadText(dir / "p.bin").substr(0, 8));
  for (const char* command : {"disasm", "sim"}) {
    const Outcome outcome = Run(dir, {command, dir / "none.bin"});
    CHECK(outcome.code == 3);
    CHECK(outcome.err.find("no instruction") != std::string::npos);
  }
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

TEST_CASE("sim: global memory must hold the file that it begins with") {
  const TempDir dir;
  WriteText(dir / "halt.s", "halt\n");
  WriteText(dir / "in.bin", std::string(11, 'x'));
  const std::vector<std::string> sim = {"sim", dir / "halt.s", "--global", dir / "in.bin"};
  const auto with = [&](const std::string& bytes) {
    std::vector<std::string> arguments = sim;
    arguments.insert(arguments.end(), {"--global-bytes", bytes});
    return Run(dir, arguments);
  };
  CHECK(with("11").code == 0);
  const Outcome little = with("10");
  CHECK(little.code == 2);
  CHECK(little.err.find("in.bin: has 11 bytes; --global-bytes 10") != std::string::npos);
  // Unless a size is given, memory is as long as the file where that is more than 1 MiB.
  WriteText(dir / "in.bin", std::string((1 << 20) + 3, 'x'));
  std::vector<std::string> dumped = sim;
  dumped.insert(dumped.end(), {"--dump", dir / "out.bin"});
  CHECK(Run(dir, dumped).code == 0);
  CHECK(std::filesystem::file_size(dir / "out.bin") == (1 << 20) + 3);
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
