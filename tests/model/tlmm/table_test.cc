// Tables: the worked example, every entry against its definition, work counted.
#include "model/tlmm/table.h"
#include "support/random.h"

#include <doctest/doctest.h>

#include <vector>

using namespace lutgemm;
using namespace lutgemm::model::tlmm;

namespace {

int Sum(unsigned index, const std::vector<int8_t>& activations) {
  int sum = 0;
  for (size_t i = activations.size(); i-- > 0; index /= 3) {
    sum += (int(index % 3) - 1) * activations[i];
  }
  return sum;
}

}  // namespace

TEST_CASE("G = 3: full and half table of (5, -3, 7)") {
  const std::vector<int8_t> a = {5, -3, 7};
  const int full[] = {-9, -2,  5,  -12, -5, 2, -15, -8, -1, -4, 3,  10, -7, 0,
                      7,  -10, -3, 4,   1,  8, 15,  -2, 5,  12, -5, 2,  9};
  Table table;
  size_t adds = 0;
  table.Build(a, false, &adds);
  for (size_t i = 0; i < 27; ++i) CHECK(table.entry(i) == full[i]);
  CHECK(adds == 23);
  adds = 0;
  table.Build(a, true, &adds);
  for (size_t j = 0; j <= 13; ++j) CHECK(table.entry(j) == full[13 + j]);
  CHECK(adds == 10);
}

TEST_CASE("every entry of every group length, extremes included") {
  test::Random random(3);
  for (unsigned group = 1; group <= kMaxGroup; ++group) {
    for (int round = 0; round < 6; ++round) {
      std::vector<int8_t> a = random.Int8s(group);
      if (round == 0) a.assign(group, -128);
      if (round == 1) a.assign(group, 127);
      for (const bool half : {true, false}) {
        Table table;
        size_t adds = 0;
        table.Build(a, half, &adds);
        CHECK(adds == TableAdds(group, half));
        for (unsigned index = 0; index < Pow3(group); ++index) {
          CHECK(table.Read(int(index) - int(MaxIndex(group))) == Sum(index, a));
        }
      }
    }
  }
}
