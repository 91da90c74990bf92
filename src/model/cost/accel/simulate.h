// Cycles and energy of products on an accelerator, by the counting of the authors' simulator: tiles
// of the PE grid, one step per `lanes` of K; DRAM traffic with refetch where neither operand fits
// its buffer; a product takes as long as the slower of the two. No drain of the array, and no
// cycles of bit-serial dequantisation, which hides behind groups (units/pe.h).
#ifndef LUTGEMM_MODEL_COST_ACCEL_SIMULATE_H_
#define LUTGEMM_MODEL_COST_ACCEL_SIMULATE_H_

#include "model/cost/accel/accelerator.h"
#include "model/cost/accel/workload.h"

#include <lutgemm/status.hpp>

#include <cstdint>
#include <span>

namespace lutgemm::model::accel {

struct Cost {
  uint64_t tiles = 0;  // PE grid loads: one per grid of outputs and step of K
  uint64_t compute_cycles = 0;
  uint64_t dram_cycles = 0;
  uint64_t cycles = 0;      // the larger of both, product by product
  uint64_t dram_bytes = 0;  // refetches included
  double pe_uj = 0.0, sram_uj = 0.0, dram_uj = 0.0;

  double on_chip_uj() const { return pe_uj + sram_uj; }
  double total_uj() const { return on_chip_uj() + dram_uj; }
  Cost& operator+=(const Cost& other);
};

// How often each operand crosses the bus. Only where both exceed their buffers does one of them do
// so more than once: the choice that moves fewer bytes, the inputs where both are equal.
struct Refetch {
  uint64_t weights = 1;
  uint64_t inputs = 1;
};
Refetch RefetchOf(const Accelerator& accelerator, uint64_t weight_bytes, uint64_t input_bytes);

// One product, `count` times.
Cost CostOf(const Accelerator& accelerator, const Product& product, Phase phase);

// All products of a pass. Errors of Validate and Products.
Result<Cost> Simulate(const Accelerator& accelerator, const LanguageModel& model, const Pass& pass);

}  // namespace lutgemm::model::accel

#endif  // LUTGEMM_MODEL_COST_ACCEL_SIMULATE_H_
