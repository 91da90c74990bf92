// Arithmetic on the paper's own figures: densities, scales, ratios and averages fit together.
#include "model/cost/paper.h"

#include <doctest/doctest.h>

#include <string>

using namespace lutgemm::model::cost;
using doctest::Approx;

TEST_CASE("Table 1: density is peak over area, but for one row") {
  for (const paper::Table1Row& row : paper::kTable1) {
    CAPTURE(std::string(row.name));
    if (row.name == "A100 INT8 TC, W2A8") {
      CHECK(row.tops_per_mm2 == 17.73);
      CHECK(paper::DensityOf(row) == Approx(18.52).epsilon(0.001));
    } else {
      CHECK(paper::DensityOf(row) == Approx(row.tops_per_mm2).epsilon(0.002));
    }
  }
}

TEST_CASE("nX is throughput at W_BIT bits, relative to 1024 FMA per cycle and SM") {
  const double scales[] = {1, 2, 4, 8, 4, 4, 8};
  for (size_t i = 0; i < std::size(paper::kTable1); ++i) {
    CAPTURE(i);
    CHECK(paper::ScaleOf(paper::kTable1[i]) == Approx(scales[i]).epsilon(0.002));
  }
  // 4X at two bits: 16 arrays of 512 1-bit MACs per SM. Area and energy of 16 arrays of Table 2 are
  // within 3 % and 6 % of Table 1.
  const paper::Table1Row& row = paper::kTable1[2];
  const double arrays = paper::MacsPerCycleOf(row) * double(row.weight_bits) / 512;
  CHECK(arrays == Approx(16).epsilon(0.002));
  CHECK(arrays * paper::kTable2[3].um2 * 1e-6 == Approx(row.sm_mm2).epsilon(0.03));
  CHECK(512 / paper::kTable2[3].milliwatt == Approx(row.tops_per_watt).epsilon(0.06));
  CHECK(2 * 512 / paper::kTable2[3].milliwatt == Approx(paper::kPeTopsPerWatt).epsilon(0.02));
}

TEST_CASE("Table 1: the ratios that the paper quotes") {
  const auto& t = paper::kTable1;
  CHECK(t[0].decode_ms / t[3].decode_ms == Approx(5.51).epsilon(0.001));
  CHECK(t[4].decode_ms / t[6].decode_ms == Approx(2.06).epsilon(0.001));
  CHECK(t[3].sm_mm2 / t[0].sm_mm2 == Approx(0.383).epsilon(0.002));
  CHECK(t[3].tops_per_mm2 / t[0].tops_per_mm2 == Approx(20.9).epsilon(0.002));
  CHECK(t[6].tops_per_mm2 / t[4].tops_per_mm2 == Approx(2.02).epsilon(0.002));
  CHECK(t[2].tops_per_watt / t[0].tops_per_watt == Approx(11.2).epsilon(0.002));
}

TEST_CASE("Table 2: density and efficiency follow from area and power") {
  const paper::Table2Row& first = paper::kTable2[0];
  for (const paper::Table2Row& row : paper::kTable2) {
    CAPTURE(std::string(row.step));
    CHECK(first.um2 / row.um2 == Approx(row.density).epsilon(0.001));
    CHECK(first.milliwatt / row.milliwatt == Approx(row.efficiency).epsilon(0.001));
  }
}

TEST_CASE("Table 4: the averages follow from the rows") {
  const paper::Overhead prefill = paper::MeanOverhead(false), decode = paper::MeanOverhead(true);
  CHECK(100 * prefill.separate == Approx(paper::kPrefillPercent.separate).epsilon(0.001));
  CHECK(100 * prefill.fused == Approx(paper::kPrefillPercent.fused).epsilon(0.005));
  CHECK(100 * decode.separate == Approx(paper::kDecodePercent.separate).epsilon(0.001));
  CHECK(100 * decode.fused == Approx(paper::kDecodePercent.fused).epsilon(0.005));
}

TEST_CASE("repetition of instructions") {
  CHECK(paper::Duplication(2, 4) == 2.0);
  CHECK(paper::Duplication(1, 1) == 16.0);
  CHECK(paper::Duplication(4, 8) == 0.5);
}
