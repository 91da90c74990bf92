// Design-space exploration: every array of P 1-bit multiply-accumulates over its free choices.
#ifndef LUTGEMM_MODEL_COST_SWEEP_H_
#define LUTGEMM_MODEL_COST_SWEEP_H_

#include "model/cost/terms.h"

#include <lutgemm/model/explore.hpp>

#include <vector>

namespace lutgemm::model::cost {

using model::Objective;
std::string_view Name(Objective objective) noexcept;  // "area", "energy", "product"
Result<Objective> ParseObjective(std::string_view name) noexcept;

inline constexpr size_t kMaxMacs = size_t{1} << 16;

struct SweepSpec {
  size_t macs = 512;  // M * N * K, 1..kMaxMacs
  Act act = Act::kF16;
  unsigned weight_bits = 1;
  unsigned acc_bits = 16;
  size_t max_k = kMaxTableGroup;
  std::vector<unsigned> table_bits;  // none: 8 bits and the width that rounds nothing
  std::vector<bool> symmetric = {true, false};
  std::vector<bool> bit_serial = {true, false};
  bool own_precompute = false;
  Objective objective = Objective::kArea;
  Technology technology;
  Extra extra;
  double clock_ghz = 1.0;
};

struct Point {
  Design design;
  Figures figures;
  // No other point has less area and energy per MAC; points that round nothing compete with each
  // other only.
  bool on_front = false;
};

struct Sweep {
  std::vector<Point> points;  // by shape, then choices; never empty
  size_t best = 0;            // least objective; among equals the one with the fewest tables
};

// kBadArgument where a choice is out of range or no array has that many MACs.
Result<Sweep> RunSweep(const SweepSpec& spec);

double Score(const Figures& figures, Objective objective);

// Best shape of each unit at the sweep's size and format: mac, add, conventional lut, lut tensor
// core with raw entries, lut tensor core with 8-bit entries.
Result<std::vector<Point>> CompareUnits(const SweepSpec& spec);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_SWEEP_H_
