// Indices and packings of trits: the vectors of the formats, every pattern of a unit, tails.
#include "model/tlmm/trits.h"
#include "model/tlmm/table.h"
#include "support/random.h"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

using namespace lutgemm;
using namespace lutgemm::model::tlmm;

namespace {

// The pattern of G trits with a plain index.
std::vector<int8_t> Pattern(unsigned group, unsigned index) {
  std::vector<int8_t> trits(group);
  for (unsigned i = group; i-- > 0; index /= 3) trits[i] = static_cast<int8_t>(int(index % 3) - 1);
  return trits;
}

std::vector<uint8_t> BytesOf(const std::vector<int8_t>& trits, Encoding encoding, unsigned group) {
  const auto matrix = TritMatrix::Pack(trits, 1, trits.size(), encoding, group);
  REQUIRE(matrix.ok());
  return {matrix->row(0).begin(), matrix->row(0).end()};
}

struct Kind {
  Encoding encoding;
  unsigned group;
};
std::vector<Kind> Kinds() {
  std::vector<Kind> kinds = {{Encoding::kTl1, 2}, {Encoding::kTl2, 3}, {Encoding::kByte5, 5}};
  for (unsigned group = 1; group <= kMaxGroup; ++group) kinds.push_back({Encoding::kIndex, group});
  return kinds;
}

}  // namespace

TEST_CASE("sizes of groups of 1 to 6 trits") {
  const unsigned entries[] = {3, 9, 27, 81, 243, 729}, halves[] = {2, 5, 14, 41, 122, 365};
  const unsigned bits[] = {2, 4, 5, 7, 8, 10}, entry_bits[] = {8, 9, 10, 10, 11, 11};
  const size_t adds[] = {0, 2, 10, 36, 116, 358};
  for (unsigned group = 1; group <= kMaxGroup; ++group) {
    CAPTURE(group);
    CHECK(TableEntries(group, false) == entries[group - 1]);
    CHECK(TableEntries(group, true) == halves[group - 1]);
    CHECK(IndexBits(group) == bits[group - 1]);
    CHECK(EntryBits(group) == entry_bits[group - 1]);
    CHECK(HalfTableAdds(group) == adds[group - 1]);
    // -128 takes one more bit for 2 and 4 (and 1) only.
    const bool wider = group == 1 || group == 2 || group == 4;
    CHECK(EntryBits(group, 128) == entry_bits[group - 1] + (wider ? 1 : 0));
  }
}

TEST_CASE("G = 3: plain and signed indices of the reference") {
  const struct {
    std::array<int8_t, 3> trits;
    int index, signed_index;
  } rows[] = {{{-1, -1, -1}, 0, -13}, {{0, 0, 0}, 13, 0},  {{1, 1, 1}, 26, 13}, {{1, -1, 0}, 19, 6},
              {{0, 1, -1}, 15, 2},    {{-1, 1, 1}, 8, -5}, {{-1, 0, 1}, 5, -8}};
  for (const auto& row : rows) {
    CHECK(SignedIndex(row.trits) == row.signed_index);
    CHECK(SignedIndex(row.trits) + int(MaxIndex(3)) == row.index);
  }
}

TEST_CASE("TL1: code 3 w0 + w1 + 4, the first in the high nibble") {
  for (int a = -1; a <= 1; ++a) {
    for (int b = -1; b <= 1; ++b) {
      const auto bytes = BytesOf({int8_t(a), int8_t(b), 1, 0}, Encoding::kTl1, 2);
      REQUIRE(bytes.size() == 1);
      CHECK(bytes[0] == ((3 * a + b + 4) << 4 | 7));
    }
  }
}

TEST_CASE("TL2: magnitude and sign of the reference's vectors") {
  const struct {
    std::vector<int8_t> trits;
    unsigned magnitude, sign;
  } rows[] = {{{1, 1, 1}, 13, 0},    {{1, 1, 0}, 12, 0},  {{0, 0, 1}, 1, 0},
              {{0, 1, -1}, 2, 0},    {{1, -1, -1}, 5, 0}, {{-1, 0, 1}, 8, 1},
              {{-1, -1, -1}, 13, 1}, {{0, -1, 0}, 3, 1},  {{0, 0, 0}, 0, 0}};
  for (const auto& row : rows) {
    const auto bytes = BytesOf(row.trits, Encoding::kTl2, 3);
    REQUIRE(bytes.size() == 3);
    CHECK(bytes[0] == row.magnitude << 4);
    CHECK((bytes[1] | bytes[2] << 8) == row.sign << 15);
  }
  // The sign of the 17th group opens a second word.
  std::vector<int8_t> trits(51, 0);
  trits[50] = -1;
  const auto bytes = BytesOf(trits, Encoding::kTl2, 3);
  REQUIRE(bytes.size() == 9 + 4);
  CHECK(bytes[8] == 0x10);
  CHECK((bytes[11] | bytes[12] << 8) == 0x8000);
}

TEST_CASE("five trits per byte: vectors, all patterns, bytes never made") {
  const struct {
    std::vector<int8_t> trits;
    uint8_t byte;
  } rows[] = {{{-1, -1, -1, -1, -1}, 0x00}, {{0, 0, 0, 0, 0}, 0x80},   {{1, 1, 1, 1, 1}, 0xFF},
              {{1, 0, -1, 1, 0}, 0xCF},     {{-1, 1, 1, 0, -1}, 0x50}, {{0, 0, 0, 0, 1}, 0x81},
              {{1, -1, -1, -1, -1}, 0xAB}};
  for (const auto& row : rows) CHECK(BytesOf(row.trits, Encoding::kByte5, 5)[0] == row.byte);
  std::set<unsigned> never;
  for (unsigned byte = 0; byte < 256; ++byte) never.insert(byte);
  for (unsigned q = 0; q < 243; ++q) {
    const std::vector<int8_t> trits = Pattern(5, q);
    const uint8_t byte = Byte5Of(q);
    never.erase(byte);
    for (unsigned i = 0; i < 5; ++i) CHECK(Byte5Trit(byte, i) == trits[i]);
  }
  CHECK(never == std::set<unsigned>{1, 20, 40, 60, 79, 99, 119, 138, 158, 178, 197, 217, 237});
}

TEST_CASE("every pattern of every encoding comes back, at every place of a row") {
  for (const Kind& kind : Kinds()) {
    CAPTURE(std::string(Name(kind.encoding)));
    CAPTURE(kind.group);
    const unsigned patterns = Pow3(kind.group);
    std::vector<int8_t> trits;
    for (unsigned index = 0; index < patterns; ++index) {
      const auto pattern = Pattern(kind.group, index);
      trits.insert(trits.end(), pattern.begin(), pattern.end());
    }
    const auto matrix = TritMatrix::Pack(trits, 1, trits.size(), kind.encoding, kind.group);
    REQUIRE(matrix.ok());
    for (unsigned index = 0; index < patterns; ++index) {
      CHECK(matrix->At(0, index) == int(index) - int(MaxIndex(kind.group)));
    }
    CHECK(matrix->bytes() == PackedBytes(kind.encoding, kind.group, 1, trits.size()));
  }
}

TEST_CASE("tails are zero trits, and rows do not touch") {
  test::Random random(7);
  for (const Kind& kind : Kinds()) {
    for (const size_t k : {1, 2, 3, 5, 7, 31, 48, 50}) {
      const size_t n = 3;
      std::vector<int8_t> trits = random.Int8s(n * k, -1, 1);
      const auto matrix = TritMatrix::Pack(trits, n, k, kind.encoding, kind.group);
      REQUIRE(matrix.ok());
      CHECK(matrix->bytes() == PackedBytes(kind.encoding, kind.group, n, k));
      for (size_t output = 0; output < n; ++output) {
        for (size_t g = 0; g < matrix->groups(); ++g) {
          int index = 0;
          for (size_t i = 0; i < kind.group; ++i) {
            const size_t kk = g * kind.group + i;
            index = 3 * index + (kk < k ? trits[output * k + kk] : 0);
          }
          CHECK(matrix->At(output, g) == index);
        }
      }
    }
  }
}

TEST_CASE("what cannot be packed is refused") {
  const std::vector<int8_t> six(6, 1), wrong = {0, 1, 2, 0, 0, 0};
  const auto code = [&](const std::vector<int8_t>& trits, size_t n, size_t k, Kind kind) {
    return TritMatrix::Pack(trits, n, k, kind.encoding, kind.group).status().code();
  };
  CHECK(TritMatrix::Pack(six, 2, 3, Encoding::kIndex, 3).ok());
  CHECK(code(six, 2, 3, {Encoding::kTl1, 3}) == Code::kBadArgument);
  CHECK(code(six, 2, 3, {Encoding::kIndex, 0}) == Code::kBadArgument);
  CHECK(code(six, 2, 3, {Encoding::kIndex, 7}) == Code::kBadArgument);
  CHECK(code(six, 2, 2, {Encoding::kIndex, 3}) == Code::kBadShape);
  CHECK(code(six, 0, 3, {Encoding::kIndex, 3}) == Code::kBadShape);
  CHECK(code(six, SIZE_MAX, 3, {Encoding::kIndex, 3}) == Code::kBadShape);
  CHECK(code(wrong, 2, 3, {Encoding::kIndex, 3}) == Code::kBadArgument);
}
