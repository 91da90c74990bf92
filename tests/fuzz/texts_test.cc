// Thousands of damaged texts per reader: each gives a clean error, or what it says can be used.
// They lie in memory of exact size, so that an over-read is seen by a sanitizer.
#include "fuzz/mutator.h"
#include "fuzz/text_readers.h"

#include <doctest/doctest.h>

namespace lutgemm::fuzz {
namespace {

constexpr int kInputs = 20000;
constexpr uint64_t kSeed = 20240608;

template <class Read>
void ForTexts(const std::vector<std::string>& originals, std::vector<std::string> pieces,
              const Read& read) {
  CAPTURE(kSeed);
  ForMutants(originals, Mutator(kSeed, Mutator::Kind::kBinary, std::move(pieces)), kInputs,
             [&](Bytes bytes) { return read(TextOf(bytes)); });
}

std::string Machine(const char* name) {
  return io_test::ReadFile(LUTGEMM_SOURCE_DIR "/data/machines/" + std::string(name) + ".json");
}

std::vector<std::string> MachinePieces() {
  std::vector<std::string> pieces = JsonPieces();
  for (const char* piece : {"\"lut\"", "\"unit\": \"mac\"", "\"technology\": {\"fanout\": 2}"}) {
    pieces.emplace_back(piece);
  }
  return pieces;
}

TEST_CASE("damaged machine files: the cost model") {
  ForTexts({Machine("a100-lut-4x"), Machine("h100-fp8")}, MachinePieces(), ReadMachine);
}

TEST_CASE("damaged machine files: the compiler") {
  ForTexts({Machine("a100-lut-4x"), Machine("single")}, MachinePieces(), ReadTarget);
}

constexpr char kProgram[] =
    "  li s1, 0\n"
    "  li s2, 2\n"
    "loop: cpin [s1], [s1], 128\n"
    "  fence\n"
    "  ld r0, [s1+0], 64\n"
    "  zero r8, 2\n"
    "  lutgen.m2k4.f16.lut8 r4, r0, r8, 0\n"
    "  ld r1, [s1+4], 32\n"
    "  lmma.m2n8k4.lut8.i2.f32.f32 r12, r4, r1, r16 # \n"
    "  fold.m2n8.i2.f32.f32.zero r20, r12, r24, r8\n"
    "  st r12, [s1+128], 64\n"
    "  cpout [s2], [s1], 0x40\n"
    "  fence\n"
    "  addi s3, s3, 1\n"
    "  bne s3, s2, loop\n"
    "  halt\n";
const std::vector<std::string> kAsmPieces = {"\n",
                                             ",",
                                             "[",
                                             "]",
                                             ".",
                                             ":",
                                             "#",
                                             "s31",
                                             "r255",
                                             "r39",
                                             "-0x80000000",
                                             "4294967295",
                                             ".zero",
                                             ".i32",
                                             ".f8e4m3",
                                             "m16n256k8",
                                             ".t2",
                                             ".i4",
                                             "\nhalt\n",
                                             "\nzero r0, 40\n",
                                             "\nx: bne s1, s0, x\n",
                                             "\nlutgen.m1k8.i16.i16 r0, r30, r39, 7\n"};

TEST_CASE("damaged assembly text") { ForTexts({kProgram}, kAsmPieces, ReadAsm); }

TEST_CASE("damaged program files") {
  const model::isa::Assembled assembled = model::isa::Assemble(kProgram);
  REQUIRE(assembled.ok());
  ForTexts({model::isa::ProgramBytes(assembled.words)}, {"\x01", "\x40", "\x41", "LUTISA1"},
           ReadProgram);
}

TEST_CASE("damaged profiles") {
  const std::string head = ProfileHead();
  const std::vector<std::string> kernels = {
      "kernel PORTABLE planes int2 128 none fast 4096 1 2 lut4_gemv_fast_b2\n"
      "kernel PORTABLE trits ternary tensor none exact 4096 512 1 dot_gemm_trits\nend 2\n",
      "kernel PORTABLE planes int3 row float fast 64 16 1 dot_gemm_planes_b3\nend 1\n"};
  REQUIRE(ReadProfile(head + kernels[0]));
  ForTexts(kernels, {"kernel ", "end ", "\n", " ", "PORTABLE", "tensor", "exact", "planes", "-1"},
           [&](std::string_view text) { return ReadProfile(head + std::string(text)); });
}

}  // namespace
}  // namespace lutgemm::fuzz
