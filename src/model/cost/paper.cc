#include "model/cost/paper.h"

namespace lutgemm::model::cost::paper {

double DensityOf(const Table1Row& row) { return row.peak_tops / (row.sm_mm2 * double(row.sms)); }

double MacsPerCycleOf(const Table1Row& row) {
  return row.peak_tops * 1e3 / (2 * kClockGhz * double(row.sms));
}

double ScaleOf(const Table1Row& row) { return MacsPerCycleOf(row) / double(kFp16Fma); }

Overhead OverheadOf(const Table4Row& row) {
  return {row.separate_ms / row.welder_ms - 1, row.fused_ms / row.welder_ms - 1};
}

Overhead MeanOverhead(bool decode) {
  Overhead sum{0, 0};
  double rows = 0;
  for (const Table4Row& row : kTable4) {
    if (row.decode != decode) continue;
    const Overhead overhead = OverheadOf(row);
    sum.separate += overhead.separate;
    sum.fused += overhead.fused;
    ++rows;
  }
  return {sum.separate / rows, sum.fused / rows};
}

}  // namespace lutgemm::model::cost::paper
