// The BitMoD PE: four lanes, one weight term per lane and cycle, group sums handed to a bit-serial
// dequantiser that works beside it. Bit-true, and counted in cycles.
#ifndef LUTGEMM_MODEL_UNITS_PE_H_
#define LUTGEMM_MODEL_UNITS_PE_H_

#include "model/units/dequantizer.h"
#include "model/units/lanes.h"
#include "model/units/terms.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lutgemm::model::units {

using LaneWeights = std::array<WeightTerms, kLanes>;

class BitSerialPe {
 public:
  explicit BitSerialPe(TermType type, Rounding rounding = Rounding::kTruncate)
      : type_(type), rounding_(rounding) {}

  // Four activations times four weights into the group's sum: TermCount cycles, the least
  // significant term first.
  void Step(const LaneActivations& acts, const LaneWeights& weights);

  // Hands the group's sum to the dequantiser, which multiplies it by `scale` in the 8 cycles that
  // follow. Waits first while the previous group is still there.
  void EndGroup(uint8_t scale);

  // Waits for the last group.
  void Drain();

  // The sum of the group under way.
  GroupSum sum() const { return sum_; }
  // One per group whose 8 cycles are over.
  const std::vector<ScaledSum>& scaled() const { return scaled_; }
  // All cycles so far, and those of them spent waiting in EndGroup.
  uint64_t cycles() const { return cycles_; }
  uint64_t stalls() const { return stalls_; }

 private:
  void Tick();

  TermType type_;
  Rounding rounding_;
  GroupSum sum_;
  Dequantizer dequantizer_;
  std::vector<ScaledSum> scaled_;
  uint64_t cycles_ = 0, stalls_ = 0;
};

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_PE_H_
