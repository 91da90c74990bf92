// Ternary engines beside two bit planes.
#include "model/cost/ternary.h"

#include <doctest/doctest.h>

#include <string>

using namespace lutgemm;
using namespace lutgemm::model::cost;
using lutgemm::model::Shape;
namespace tlmm = lutgemm::model::tlmm;
using doctest::Approx;

namespace {

std::vector<TernaryRow> Rows(const Shape& gemm) {
  const auto rows = CompareTernary(gemm);
  REQUIRE(rows.ok());
  return *rows;
}

const TernaryRow& Find(const std::vector<TernaryRow>& rows, const std::string& engine,
                       const std::string& encoding) {
  for (const TernaryRow& row : rows) {
    if (row.engine == engine && row.encoding == encoding) return row;
  }
  FAIL(engine);
  return rows.front();
}

}  // namespace

TEST_CASE("cycles, lookups, tables and bytes of a layer") {
  const auto rows = Rows({16, 1536, 4096});
  const TernaryRow& planes = rows[0];
  CHECK(planes.exact);
  CHECK_FALSE(rows[1].exact);
  CHECK(planes.table_bits == 2 * 8 * 10);
  CHECK(rows[1].table_bits == 128);
  CHECK(planes.cycles == 8.0 * 24 * 1024 * 2);
  CHECK(planes.lookups == 16.0 * 1536 * 1024 * 2);
  CHECK(planes.weight_bytes == 1536u * 4096 / 4);
  CHECK(planes.table_adds == 16.0 * 1024 * 12);
  const TernaryRow& tl2 = Find(rows, "tlmm G=3 half", "tl2");
  CHECK(tl2.table_bits == 2 * 14 * 10);
  CHECK(tl2.lookups == 16.0 * 1536 * 1366);
  CHECK(tl2.cycles == 16.0 * 683 * 24 + 10);
  CHECK(tl2.weight_bits == Approx(5 / 3.0));
  CHECK(tl2.table_adds == 16.0 * 1366 * 10);
  const TernaryRow& full = Find(rows, "tlmm G=3 full", "index");
  CHECK(full.table_bits == 2 * 27 * 10);
  CHECK(full.area_um2 > tl2.area_um2);
  const TernaryRow& five = Find(rows, "tlmm G=5 half", "byte5");
  CHECK(five.weight_bits == Approx(1.6));
  CHECK(five.weight_bytes == 1536u * 820);
  // Three trits per lookup against two: a third fewer cycles.
  CHECK(tl2.cycles / planes.cycles == Approx(2 / 3.0).epsilon(0.001));
  for (const TernaryRow& row : rows) CHECK(row.readers == 128);
}

TEST_CASE("one token leaves half of m2n64k4 idle, and none of the engine") {
  const auto one = Rows({1, 1536, 4096}), two = Rows({2, 1536, 4096});
  CHECK(one[0].cycles == two[0].cycles);
  const TernaryRow& half = Find(one, "tlmm G=3 half", "index");
  CHECK(half.cycles < 0.51 * Find(two, "tlmm G=3 half", "index").cycles);
}

TEST_CASE("the area of an engine is the sum of its parts") {
  tlmm::Config config;
  config.group = 3;
  config.tables = 2;
  config.queries = 4;
  const Technology t;
  const double ge = 6 * (2 * 14 * 10 + 4 * 32 + 8 * 5) + 8 * 2.33 * 10 * 13 + 8 * 2.3 * 10 +
                    4 * 5.5 * (11 + 32) + 2 * 5.5 * 10;
  CHECK(EngineArea(config, 32, t) == Approx(ge * t.um2_per_ge));
}

TEST_CASE("comparisons that cannot be are refused") {
  CHECK(CompareTernary({0, 1, 1}).status().code() == Code::kBadShape);
  CHECK(CompareTernary({1, kMaxGemmSide + 1, 1}).status().code() == Code::kBadShape);
  TernarySpec spec;
  spec.engine.tables = 3;
  CHECK(CompareTernary({1, 1, 1}, spec).status().code() == Code::kBadArgument);
  spec.engine.tables = 0;
  CHECK(CompareTernary({1, 1, 1}, spec).status().code() == Code::kBadArgument);
  spec.engine.tables = 2;
  CHECK(CompareTernary({1, 1, 1}, spec).ok());
  spec.engine.build_adders = 0;
  CHECK(CompareTernary({1, 1, 1}, spec).status().code() == Code::kBadArgument);
}

TEST_CASE("parameters of the engine reach its rows and not the planes") {
  TernarySpec spec;
  const auto free = CompareTernary({1, 1536, 4096}, spec);
  spec.engine.ports = 1;  // of 72 bits: 14 lookups per cycle instead of 128
  spec.engine.buffer_bytes = 1000;
  spec.engine.dram_bytes_per_cycle = 1;
  const auto bound = CompareTernary({1, 1536, 4096}, spec);
  REQUIRE(free.ok());
  REQUIRE(bound.ok());
  CHECK((*bound)[0].cycles == (*free)[0].cycles);
  for (size_t i = 2; i < free->size(); ++i) {
    CHECK((*bound)[i].cycles > 9 * (*free)[i].cycles);
    CHECK((*bound)[i].stall_cycles > 0);
    CHECK_FALSE((*bound)[i].fits_buffer);
    CHECK((*free)[i].fits_buffer);
    // Weights arrive byte by byte.
    CHECK((*bound)[i].cycles >= double((*bound)[i].weight_bytes));
  }
}
