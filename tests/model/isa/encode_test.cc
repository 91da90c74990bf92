#include "model/isa/kit.h"
#include "model/isa/operands.h"

#include <string>

using namespace lutgemm;
using namespace lutgemm::model::isa;

namespace {

Instruction Lmma() {
  Instruction i;
  i.op = Op::kLmma;
  i[Field::kM] = 2;
  i[Field::kN] = 64;
  i[Field::kK] = 4;
  i[Field::kA] = static_cast<int32_t>(ActType::kF16);
  i[Field::kW] = static_cast<int32_t>(WeightType::kI2);
  i[Field::kAcc] = static_cast<int32_t>(SumType::kF32);
  i[Field::kOut] = static_cast<int32_t>(SumType::kF16);
  i[Field::kRd] = 1;
  i[Field::kRa] = 2;
  i[Field::kRw] = 3;
  i[Field::kRc] = 4;
  return i;
}

uint64_t MustEncode(const Instruction& i) {
  const auto word = Encode(i);
  REQUIRE_MESSAGE(word.ok(), word.status().text());
  return *word;
}

bool Says(const Status& status, const std::string& part) {
  CAPTURE(status.text());
  return status.text().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("isa: fields of lmma lie where the sheet puts them") {
  const uint64_t word = MustEncode(Lmma());
  CHECK((word >> 56) == 0x40);
  CHECK((word >> 53 & 7) == 1);   // log2 M
  CHECK((word >> 49 & 15) == 6);  // log2 N
  CHECK((word >> 46 & 7) == 3);   // K - 1
  CHECK((word >> 42 & 15) == 0);  // f16
  CHECK((word >> 38 & 15) == 1);  // i2
  CHECK((word >> 35 & 7) == 1);   // f32
  CHECK((word >> 32 & 7) == 0);   // f16
  CHECK((word & 0xffffffff) == 0x01020304);
}

TEST_CASE("isa: every legal instruction has a word that decodes to it") {
  size_t count = 0, lmmas = 0;
  test::ForEachLegal([&](const Instruction& instruction) {
    const auto word = Encode(instruction);
    REQUIRE(word.ok());
    const auto decoded = Decode(*word);
    REQUIRE(decoded.ok());
    REQUIRE(*decoded == instruction);
    ++count;
    lmmas += instruction.op == Op::kLmma;
  });
  // 5 M x 9 N x 8 K x 5 weights x (3 activations x 3 + 3 x 3 + 2 pairs of sums), several registers.
  CHECK(lmmas >= 5u * 9 * 8 * 5 * 20);
  CHECK(count > lmmas);
}

TEST_CASE("isa: any word is refused, or encodes to itself") {
  test::Random random(12);
  size_t legal = 0;
  for (const auto& spec : Instructions()) {
    for (int i = 0; i < 20000; ++i) {
      uint64_t word = random.Bits() >> 8 | uint64_t{spec.opcode} << 56;
      // Few random words are legal: clear what is reserved most of the time.
      uint64_t used = uint64_t{0xff} << 56;
      for (const FieldSpec& f : spec.fields) used |= ((uint64_t{1} << f.width()) - 1) << f.lo;
      if (i % 4 != 0) word &= used;
      const auto decoded = Decode(word);
      if (!decoded.ok()) continue;
      ++legal;
      const auto again = Encode(*decoded);
      REQUIRE(again.ok());
      REQUIRE(*again == word);
    }
  }
  CHECK(legal > 1000);
}

TEST_CASE("isa: reserved words are refused, with the reason") {
  CHECK(Says(Decode(0).status(), "opcode 0 is reserved"));
  CHECK(Says(Decode(~uint64_t{0}).status(), "opcode 255 is reserved"));
  const uint64_t word = MustEncode(Lmma());
  CHECK(Says(Decode(word | uint64_t{7} << 53).status(), "m has a reserved value in bits 55:53"));
  CHECK(Says(Decode(word | uint64_t{15} << 49).status(), "n has a reserved value in bits 52:49"));
  CHECK(Says(Decode(word | uint64_t{15} << 42).status(), "a has a reserved value"));
  CHECK(Says(Decode(word | uint64_t{15} << 38).status(), "w has a reserved value"));
  CHECK(Says(Decode(word | uint64_t{7} << 35).status(), "acc has a reserved value"));
  CHECK(Says(Decode(word | uint64_t{2} << 32).status(), "may not stand together"));
  CHECK(Says(Decode(uint64_t{1} << 56 | 1).status(), "reserved bit 0 is set"));
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    if (FindOpcode(opcode) == nullptr) CHECK_FALSE(Decode(uint64_t{opcode} << 56).ok());
  }
}

TEST_CASE("isa: values that do not fit are refused, with what would") {
  const auto refused = [](Field field, int32_t value) {
    Instruction i = Lmma();
    i[field] = value;
    return Encode(i).status();
  };
  CHECK(Says(refused(Field::kM, 3), "m is 3, must be a power of two from 1 to 16"));
  CHECK(Says(refused(Field::kM, 32), "power of two"));
  CHECK(Says(refused(Field::kN, 0), "power of two from 1 to 256"));
  CHECK(Says(refused(Field::kK, 9), "k is 9, must be 1 to 8"));
  CHECK(Says(refused(Field::kRd, 256), "rd is 256, must be 0 to 255"));
  CHECK(Says(refused(Field::kRa, -1), "ra is -1"));
  CHECK(Says(refused(Field::kW, 5), "one of i1, i2, i3, i4, t2"));
  CHECK(Says(refused(Field::kAcc, static_cast<int32_t>(SumType::kI32)), "may not stand together"));
}

// Eqs 7 and 8 of the paper, and what the sheet derives for M2N64K4.
TEST_CASE("isa: sizes of operands") {
  CHECK(TableScalesAt(2, 4, ActType::kLut8) * 8 == 128);
  CHECK(TableBytes(2, 4, ActType::kLut8) == 16 + 8);
  CHECK(TableBytes(2, 4, ActType::kF16) * 8 == 256);
  for (unsigned bits = 1; bits <= 4; ++bits) {
    CHECK(WeightBytes(64, 4, static_cast<WeightType>(bits - 1)) * 8 == 256 * bits);
  }
  CHECK(WeightBytes(64, 4, WeightType::kT2) * 8 == 512);
  CHECK(WeightBytes(1, 3, WeightType::kI3) == 2);  // nine bits
  CHECK(Registers(SumsBytes(2, 64, SumType::kI32)) == 4);
  CHECK(TableBytes(1, 1, ActType::kI8) == 4);  // one entry, to a multiple of 4
}

TEST_CASE("isa: planes of weights are those of the number formats") {
  for (const WeightFormat format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                    WeightFormat::kInt4, WeightFormat::kTernary}) {
    const auto type = WeightTypeOf(format);
    REQUIRE(type);
    const format::Planes mine = PlanesOf(*type), theirs = format::PlanesOf(format);
    REQUIRE(mine.count == theirs.count);
    for (unsigned p = 0; p < 4; ++p) CHECK(mine.multiplier[p] == theirs.multiplier[p]);
  }
}
