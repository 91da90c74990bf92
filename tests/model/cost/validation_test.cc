// The comparison with the paper: what agrees, what does not, and by how much.
#include "model/cost/validation.h"
#include "model/cost/paper.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

using namespace lutgemm::model::cost;
using doctest::Approx;

TEST_CASE(
    "Table 2: each step of the ablation, area within 5 %, power within 9 %, ratios within 4 %") {
  const auto designs = Table2Designs();
  const auto area = [&](size_t i) { return Area(designs[i]).PaperScope(); };
  const auto milliwatt = [&](size_t i) { return EnergyPerCycle(designs[i]).PaperScope() * 1e-3; };
  for (size_t i = 0; i < designs.size(); ++i) {
    CAPTURE(i);
    const paper::Table2Row& row = paper::kTable2[i];
    CHECK(area(i) == Approx(row.um2).epsilon(0.05));
    CHECK(milliwatt(i) == Approx(row.milliwatt).epsilon(0.09));
    CHECK(area(0) / area(i) == Approx(row.density).epsilon(0.04));
    CHECK(milliwatt(0) / milliwatt(i) == Approx(row.efficiency).epsilon(0.04));
    if (i > 0) CHECK(area(i) < area(i - 1));
    if (i > 0) CHECK(milliwatt(i) < milliwatt(i - 1));
  }
  CHECK(area(3) == Approx(11991.29));
  CHECK(milliwatt(3) == Approx(16.22).epsilon(0.02));
}

TEST_CASE("every comparison is in its class, and names are unique") {
  std::set<std::string> names;
  for (const Comparison& c : CompareWithPaper()) {
    CAPTURE(c.what);
    CHECK(names.insert(c.what).second);
    const double error = std::abs(c.ours / c.paper - 1);
    switch (c.agreement) {
      case Agreement::kArithmetic:
        CHECK(error < 0.05);  // the density of A100 INT8 is the one over 0.5 %
        break;
      case Agreement::kCalibrated:
        CHECK(error < 0.001);
        break;
      case Agreement::kPredicted:
        CHECK(error <= 0.1);
        break;
      case Agreement::kNotReproduced:
        CHECK(error > 0.1);
        break;
    }
  }
}

TEST_CASE("which figures the model does not reproduce, with what it gives") {
  const std::map<std::string, double> known = {
      {"A100 FP16 TC, W16A16: tensor cores of an SM", 0.611},
      {"A100 FP16 TC, W16A16: efficiency", 3.33},
      {"A100 INT8 TC, W2A8: efficiency", 15.9},
      {"H100 FP8 TC, W8A8: tensor cores of an SM", 1.26},
      {"H100 LUT-4X, W2A8: tensor cores of an SM", 0.738},
      {"H100 LUT-8X, W2A8: tensor cores of an SM", 1.475},
      {"H100 LUT-8X, W2A8: efficiency", 8.12},
      {"DP4 LUT W1A16", 22.8},
      {"bits at which conventional LUT beats MAC, at most", 1},
      {"bits at which LUT tensor core beats MAC, at most", 5}};
  size_t found = 0;
  for (const Comparison& c : CompareWithPaper()) {
    const auto row = known.find(c.what);
    CAPTURE(c.what);
    CHECK((c.agreement == Agreement::kNotReproduced) == (row != known.end()));
    if (row == known.end()) continue;
    CHECK(c.ours == Approx(row->second).epsilon(0.01));
    ++found;
  }
  CHECK(found == known.size());
}
