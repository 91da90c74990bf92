#include "model/isa/asm.h"
#include "model/isa/disasm.h"
#include "model/isa/kit.h"
#include "model/isa/program.h"

#include <string>
#include <vector>

using namespace lutgemm;
using namespace lutgemm::model::isa;

namespace {

std::vector<uint64_t> MustAssemble(const std::string& text) {
  const Assembled assembled = Assemble(text);
  REQUIRE_MESSAGE(assembled.ok(), ToText(assembled.errors.front()));
  return assembled.words;
}

std::string Canonical(const std::string& text) {
  const auto decoded = Decode(MustAssemble(text).at(0));
  REQUIRE(decoded.ok());
  return ToText(*decoded);
}

struct Wrong {
  std::string text;
  size_t line, column;
  std::string says;
};

}  // namespace

TEST_CASE("asm: the text of every legal instruction assembles to its word") {
  test::ForEachLegal([&](const Instruction& instruction) {
    const auto word = Encode(instruction);
    REQUIRE(word.ok());
    const Assembled assembled = Assemble(ToText(instruction));
    CAPTURE(ToText(instruction));
    REQUIRE(assembled.ok());
    REQUIRE(assembled.words == std::vector{*word});
  });
}

TEST_CASE("asm: the paper's form, without points between types") {
  const std::string canonical = "lmma.m2n64k4.f16.i2.f32.f16 r0, r1, r2, r4";
  CHECK(Canonical("lmma.m2n64k4.f16i2f32f16 r0, r1, r2, r4") == canonical);
  CHECK(Canonical("lmma.m2n64k4.f16.i2f32.f16   r0 ,r1,  r2,r4  # comment") == canonical);
  CHECK(Canonical("lmma.m2n64k4.i8i1i32i32 r0,r1,r2,r3") ==
        "lmma.m2n64k4.i8.i1.i32.i32 r0, r1, r2, r3");
  CHECK(Canonical("lmma.m2n64k4.i16i1i32i32 r0,r1,r2,r3") ==
        "lmma.m2n64k4.i16.i1.i32.i32 r0, r1, r2, r3");
  CHECK(Canonical("lmma.m1n8k3.f8e4m3t2f16f16 r0,r1,r2,r3") ==
        "lmma.m1n8k3.f8e4m3.t2.f16.f16 r0, r1, r2, r3");
}

TEST_CASE("asm: other spellings") {
  CHECK(Canonical("ld r1, [s2], 4") == "ld r1, [s2+0], 4");
  CHECK(Canonical("ld r1,[ s2 - 0x10 ],4") == "ld r1, [s2-16], 4");
  CHECK(Canonical("\tli s1, -0x80000000\r") == "li s1, -2147483648");
  CHECK(Canonical("fold.m2n64.i4.i32.f32.zero r0, r4, r8, r16 // x") ==
        "fold.m2n64.i4.i32.f32.zero r0, r4, r8, r16");
}

TEST_CASE("asm: labels, forwards and backwards, alone on a line or not") {
  const std::string text =
      "start:\n"
      "  bne s1, s2, end\n"
      "inner: bne s3, s0, inner\n"
      "  bne s1, s0, start\n"
      "end:\n";
  const auto words = MustAssemble(text);
  const std::string canonical =
      "L0:\n"
      "  bne s1, s2, L3\n"
      "L1:\n"
      "  bne s3, s0, L1\n"
      "  bne s1, s0, L0\n"
      "L3:\n";
  const auto shown = Disassemble(words);
  REQUIRE(shown.ok());
  CHECK(*shown == canonical);
  CHECK(MustAssemble(*shown) == words);
  // Branches out of the program stay numbers.
  const auto out = MustAssemble("bne s1, s0, -7\nbne s1, s0, 100");
  CHECK(*Disassemble(out) == "  bne s1, s0, -7\n  bne s1, s0, 100\n");
  CHECK(Assemble("a:\n  halt\n").lines == std::vector<size_t>{2});
}

TEST_CASE("asm: errors name line and column") {
  const std::vector<Wrong> cases = {
      {"nop", 1, 1, "no instruction 'nop'"},
      {"halt\n\n  foo r1", 3, 3, "no instruction 'foo'"},
      {"lmma.m3n64k4.i8.i2.i32.i32 r0, r1, r2, r3", 1, 7, "power of two from 1 to 16, not 3"},
      {"lmma.m2n64k9.i8.i2.i32.i32 r0, r1, r2, r3", 1, 12, "1 to 8, not 9"},
      {"lmma.m2n64k4.i9.i2.i32.i32 r0, r1, r2, r3", 1, 14, "not 'i9'"},
      {"lmma.m2n64k4.i8.i5.i32.i32 r0, r1, r2, r3", 1, 17, "one of i1, i2, i3, i4, t2"},
      {"lmma.m2n64k4.i8.i2.f32.f32 r0, r1, r2, r3", 1, 1, "may not stand together"},
      {"lmma.m2n64k4.i8.i2.i32.i32 r0, r1, r2", 1, 38, "expected ',', not the end of the line"},
      {"lmma.m2n64k4.i8.i2.i32.i32 r0, s1, r2, r3", 1, 32, "expected a register r0 to r255"},
      {"lmma.m2n64k4.i8.i2.i32.i32 r0, r256, r2, r3", 1, 32, "0 to 255, not 256"},
      {"lmma.m2n64k4.i8.i2.i32.i32 r0, r1, r2, r3 r4", 1, 43, "unexpected 'r4'"},
      {"li s32, 1", 1, 4, "0 to 31"},
      {"li s1, 2147483648", 1, 8, "not 2147483648"},
      {"li s1, 99999999999999999999999", 1, 8, "-2147483648 to 2147483647"},
      {"li s1, x", 1, 8, "expected a number, not 'x'"},
      {"ld r0, [s1+9999999], 4", 1, 11, "offset must be"},
      {"ld r0, [s1*2], 4", 1, 11, "expected '+', '-' or ']'"},
      {"ld r0, [s1+0], 0", 1, 16, "1 to 16384, not 0"},
      {"a: halt\na: halt", 2, 1, "already in line 1"},
      {"halt\nbne s1, s0, nowhere", 2, 13, "no label 'nowhere'"},
      {"12:", 1, 1, "expected an instruction or a label"},
      {"\xff\xfe", 1, 1, "expected an instruction or a label"},
  };
  for (const Wrong& wrong : cases) {
    CAPTURE(wrong.text);
    const Assembled assembled = Assemble(wrong.text);
    REQUIRE(assembled.errors.size() == 1);
    const Diagnostic& error = assembled.errors.front();
    CAPTURE(error.text);
    CHECK(error.line == wrong.line);
    CHECK(error.column == wrong.column);
    CHECK(error.text.find(wrong.says) != std::string::npos);
  }
}

TEST_CASE("asm: all wrong lines are told, in order") {
  const Assembled assembled = Assemble("bne s0, s1, later\nfoo\nhalt\nli s1\n");
  REQUIRE(assembled.errors.size() == 3);
  CHECK(assembled.errors[0].line == 1);
  CHECK(assembled.errors[1].line == 2);
  CHECK(assembled.errors[2].line == 4);
  CHECK(ToText(assembled.errors[1]) == "line 2, column 1: there is no instruction 'foo'");
}

TEST_CASE("asm: damaged text never does worse than an error") {
  const std::string good =
      "x: lmma.m2n64k4.f16.i2.f32.f16 r0, r1, r2, r4\nld r1, [s2-16], 4\nbne s1, s0, x\n";
  test::Random random(13);
  for (int i = 0; i < 20000; ++i) {
    std::string text = good;
    for (size_t edits = 1 + random.Below(4); edits > 0; --edits) {
      const size_t at = random.Below(text.size());
      if (random.Below(2) == 0) {
        text[at] = static_cast<char>(random.Below(256));
      } else {
        text.erase(at, 1 + random.Below(3));
      }
    }
    const Assembled assembled = Assemble(text);
    if (!assembled.ok()) {
      CHECK(assembled.errors.front().line >= 1);
      continue;
    }
    const auto shown = Disassemble(assembled.words);
    REQUIRE(shown.ok());
    CHECK(Assemble(*shown).words == assembled.words);
  }
}

TEST_CASE("asm: program files") {
  const std::vector<uint64_t> words = {0x0100000000000000u, 0x0123456789abcdefu};
  const std::string bytes = ProgramBytes(words);
  CHECK(bytes.size() == 24);
  CHECK(IsProgram(bytes));
  REQUIRE(ProgramWords(bytes).ok());
  CHECK(*ProgramWords(bytes) == words);
  CHECK_FALSE(IsProgram("halt\n"));
  CHECK_FALSE(ProgramWords("halt\n").ok());
  CHECK_FALSE(ProgramWords(bytes.substr(0, 23)).ok());
  const auto shown = Disassemble(words);
  CHECK_FALSE(shown.ok());
  CHECK(shown.status().text().find("word 1") != std::string::npos);
}
