#include "base/scale_index.h"

#include <lutgemm/weights.hpp>

#include <doctest/doctest.h>

namespace lutgemm {
namespace {

WeightInfo Info(size_t k, uint32_t group) {
  WeightInfo info;
  info.n = 1;
  info.k = k;
  info.group = group;
  return info;
}

TEST_CASE("groups tile K without gaps; the last may be shorter") {
  for (const size_t k : {1, 3, 4, 31, 32, 33, 100, 128, 257}) {
    for (const uint32_t group : {kWholeRow, kWholeTensor, 4u, 32u, 128u, 1024u, 0xfffffffcu}) {
      CAPTURE(k);
      CAPTURE(group);
      const WeightInfo info = Info(k, group);
      REQUIRE(info.groups() >= 1);
      size_t at = 0;
      for (size_t g = 0; g < info.groups(); ++g) {
        CHECK(info.group_begin(g) == at);
        CHECK(info.group_end(g) > at);
        at = info.group_end(g);
      }
      CHECK(at == k);
    }
  }
}

TEST_CASE("numbers of groups") {
  CHECK(Info(100, 32).groups() == 4);
  CHECK(Info(100, 32).group_end(3) == 100);
  CHECK(Info(128, 32).groups() == 4);
  CHECK(Info(129, 32).groups() == 5);
  CHECK(Info(129, kWholeRow).groups() == 1);
  CHECK(Info(129, kWholeTensor).groups() == 1);
  CHECK(Info(7, 32).groups() == 1);
  CHECK(Info(0, 32).groups() == 0);
}

TEST_CASE("scales of a matrix stand row after row, or there is one") {
  CHECK(base::ScaleIndex(Info(100, 32), 0, 3) == 3);
  CHECK(base::ScaleIndex(Info(100, 32), 1, 0) == 4);
  CHECK(base::ScaleIndex(Info(100, 32), 5, 2) == 22);
  CHECK(base::ScaleIndex(Info(100, kWholeRow), 5, 0) == 5);
  CHECK(base::ScaleIndex(Info(100, kWholeTensor), 5, 0) == 0);
}

}  // namespace
}  // namespace lutgemm
