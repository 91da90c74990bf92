#include "model/units/table_quantiser.h"

#include "format/table.h"
#include "model/func/kit.h"
#include "support/random.h"

#include <cmath>

using namespace lutgemm;
using namespace lutgemm::model::units;

namespace {

// Error of all entries over their energy.
double EntryNmse(const std::vector<float>& act, const QuantisedTables& q, unsigned k) {
  double error = 0.0, energy = 0.0;
  for (size_t t = 0; t < q.tables(); ++t) {
    for (unsigned e = 0; e < format::TableSize(k); ++e) {
      const double exact = double{format::TableEntry(&act[t * k], k, e)};
      const double rounded = q.entries[t * format::TableSize(k) + e] * double{q.scales[t]};
      CHECK(std::fabs(rounded - exact) <= 0.5 * double{q.scales[t]} * (1 + 1e-5) + 1e-6);
      error += (rounded - exact) * (rounded - exact);
      energy += exact * exact;
    }
  }
  return error / energy;
}

}  // namespace

TEST_CASE("table quantiser: E4") {
  const std::vector<float> act = {0.7f, -0.2f, 1.1f, 0.4f};
  const QuantisedTables q = QuantiseTables(act, {});
  CHECK(q.entries == std::vector<int8_t>{-106, -127, 11, -11, -64, -85, 53, 32});
  REQUIRE(q.scales.size() == 1);
  CHECK(q.scales[0] == doctest::Approx(0.0188976).epsilon(1e-5));
}

TEST_CASE("table quantiser: finer scales err less, most of all with outliers") {
  test::Random random(41);
  std::vector<float> act = random.Normals(1024);
  for (size_t i = 100; i < 1024; i += 200) act[i] *= 20.0f;
  for (const unsigned k : {2u, 4u, 8u}) {
    const double table = EntryNmse(act, QuantiseTables(act, {.k = k}), k);
    const double block = EntryNmse(
        act, QuantiseTables(act, {.k = k, .scope = ScaleScope::kBlock, .block_tables = 8}), k);
    const double row = EntryNmse(act, QuantiseTables(act, {.k = k, .scope = ScaleScope::kRow}), k);
    CHECK(table < block);
    CHECK(block < row);
  }
}

TEST_CASE("table quantiser: one scale per table, block, row; short rows; zeros") {
  const std::vector<float> act(22, 0.0f);
  for (const ScaleScope scope : {ScaleScope::kTable, ScaleScope::kBlock, ScaleScope::kRow}) {
    const QuantisedTables q = QuantiseTables(act, {.k = 4, .scope = scope, .block_tables = 4});
    CHECK(q.tables() == 6);
    CHECK(q.entries == std::vector<int8_t>(48));
  }
  const std::vector<float> steps = {1, 1, 2, 2, 3, 3, 4, 4, 5};
  const auto q = QuantiseTables(steps, {.k = 2, .scope = ScaleScope::kBlock, .block_tables = 2});
  CHECK(q.scales == std::vector<float>{4.0f / 127, 4.0f / 127, 8.0f / 127, 8.0f / 127, 5.0f / 127});
  CHECK(QuantiseTables({}, {.scope = ScaleScope::kRow}).tables() == 0);
}

// Tables that share a scale need no scaling between lookups: integer sums, one factor.
TEST_CASE("table quantiser: lmma adds up entries of one scale as integers") {
  test::Random random(42);
  const std::vector<float> act = random.Normals(16);
  const QuantisedTables q = QuantiseTables(act, {.k = 4, .scope = ScaleScope::kRow});
  model::func::Machine machine(test::SmallConfig());
  int64_t expected = 0;
  for (size_t t = 0; t < 4; ++t) {
    std::byte* tables = machine.state().Register(1);
    for (size_t e = 0; e < 8; ++e) model::func::StoreAs(tables, e, q.entries[t * 8 + e]);
    const auto key = static_cast<unsigned>(random.Below(16));
    test::SetLane<uint8_t>(machine, 2, 0, static_cast<uint8_t>(format::StoredKey(key, 4)));
    REQUIRE(test::RunText(machine, "lmma.m1n1k4.lut8.i1.i32.i32 r0, r1, r2, r0").ok());
    const format::TableRead read = format::ReadOf(format::StoredKey(key, 4), 4);
    const int entry = q.entries[t * 8 + read.entry];
    expected += read.negate ? -entry : entry;
  }
  CHECK(test::Lane<int32_t>(machine, 0, 0) == expected);
}
