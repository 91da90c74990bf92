// The design space: every array of a number of 1-bit multiply-accumulates over its free choices,
// with area and energy (docs/model-cost.md).
// Defined in src/model/api.
#ifndef LUTGEMM_MODEL_EXPLORE_HPP_
#define LUTGEMM_MODEL_EXPLORE_HPP_

#include <lutgemm/model/product.hpp>

#include <vector>

namespace lutgemm::model {

enum class Objective : uint8_t { kArea, kEnergy, kProduct };

struct ExploreSpec {
  size_t macs = 512;            // M * N * K of an array, 1 to 65536
  ActType act = ActType::kF16;  // both kinds of FP8 cost the same
  unsigned weight_bits = 1;     // 1 to 8
  unsigned sum_bits = 16;       // of an accumulator, 8 to 64
  Objective objective = Objective::kArea;
  double clock_ghz = 1.0;  // 0.001 to 100
};

// An array of lookup units and its figures. A multiply-accumulate is one of weight_bits bits.
struct DesignPoint {
  Shape shape;
  unsigned table_bits = 0;  // of an entry
  bool bit_serial = true;   // one plane per cycle; else the index holds all bits of K weights
  bool symmetric = true;    // half a table, the sign from one bit of the index
  double area_um2 = 0;
  double area_per_mac = 0;    // um2 per multiply-accumulate and cycle
  double energy_per_mac = 0;  // fJ
  double tops_per_mm2 = 0, tops_per_watt = 0;
  // No other point has less area and energy; points that round nothing compete with each other
  // only.
  bool on_front = false;
};

struct Exploration {
  std::vector<DesignPoint> points;  // by shape, then choices; never empty
  size_t best = 0;                  // least objective; among equals the one with the fewest tables
};

// kBadArgument where a choice is out of range or no array has that many MACs.
LUTGEMM_API Result<Exploration> Explore(const ExploreSpec& spec) noexcept;

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_EXPLORE_HPP_
