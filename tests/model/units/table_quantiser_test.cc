#include "model/units/table_quantiser.h"

#include "format/table.h"
#include "model/func/kit.h"
#include "support/random.h"

#include <array>

using namespace lutgemm;
using namespace lutgemm::model::units;

namespace {

// The table of four activations, and the value of one step of its entries.
struct Table {
  std::array<int8_t, 8> entries{};
  float scale = 0.0f;
};

Table TableOf(const std::array<double, 4>& acts, double magnitude) {
  Table table{{}, format::TableScale(magnitude)};
  RoundTable(acts.data(), acts.size(), table.scale, table.entries.data());
  return table;
}

}  // namespace

TEST_CASE("table quantiser: E4") {
  const Table table = TableOf({0.7, -0.2, 1.1, 0.4}, 2.4);
  CHECK(table.entries == std::array<int8_t, 8>{-106, -127, 11, -11, -64, -85, 53, 32});
  CHECK(table.scale == doctest::Approx(0.0188976).epsilon(1e-5));
  CHECK(TableOf({}, 0.0).entries == std::array<int8_t, 8>{});
}

// Tables that share a scale need no scaling between lookups: integer sums, one factor.
TEST_CASE("table quantiser: lmma adds up entries of one scale as integers") {
  test::Random random(42);
  model::func::Machine machine(test::SmallConfig());
  int64_t expected = 0;
  for (size_t t = 0; t < 4; ++t) {
    std::array<double, 4> acts;
    for (double& act : acts) act = random.Int(-1000, 1000) / 1000.0;
    const Table table = TableOf(acts, 4.0);
    std::byte* tables = machine.state().Register(1);
    for (size_t e = 0; e < 8; ++e) model::func::StoreAs(tables, e, table.entries[e]);
    const auto key = static_cast<unsigned>(random.Below(16));
    test::SetLane<uint8_t>(machine, 2, 0, static_cast<uint8_t>(format::StoredKey(key, 4)));
    REQUIRE(test::RunText(machine, "lmma.m1n1k4.lut8.i1.i32.i32 r0, r1, r2, r0").ok());
    const format::TableRead read = format::ReadOf(format::StoredKey(key, 4), 4);
    const int entry = table.entries[read.entry];
    expected += read.negate ? -entry : entry;
  }
  CHECK(test::Lane<int32_t>(machine, 0, 0) == expected);
}
