// Accelerators of the BitMoD comparison (HPCA 2025, section V): an output-stationary PE array, two
// buffers and a DRAM bus. Every figure is a field; the four presets are in presets.h.
#ifndef LUTGEMM_MODEL_COST_ACCEL_ACCELERATOR_H_
#define LUTGEMM_MODEL_COST_ACCEL_ACCELERATOR_H_

#include "model/cost/accel/parameters.h"

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lutgemm::model::accel {

// PEs along outputs (N) and along tokens (M).
struct PeGrid {
  size_t outputs = 0;
  size_t tokens = 0;
};

enum class Phase : uint8_t { kPrefill, kDecode };
std::string_view Name(Phase phase) noexcept;  // "prefill", "decode"

struct EnergyFigures {
  double pe_pj = 0.0;              // per PE and busy cycle; idle cycles are free
  double place_and_route = 1.5;    // factor on pe_pj
  double dram_pj_per_bit = 18.75;  // 1200 pJ per 64 bits, read or written
  // Buffers: every tile reads once from each. Ours, fitted; see docs/model-cost.md.
  double sram_access_pj = 74.0;
  double sram_read_pj_per_bit = 0.0287;
  double sram_write_pj_per_bit = 0.1704;
};

struct Accelerator {
  std::string_view name;
  bool bit_serial = false;  // a weight takes one cycle per two bits, else one cycle
  size_t lanes = 1;         // products of a PE per step, along K
  PeGrid prefill, decode;   // the same PEs, arranged for the phase
  size_t kv_bits = 16;      // of keys and values, where attention is counted per head
  double pe_um2 = 0.0;
  EnergyFigures energy;
  size_t weight_buffer_bytes = 512 * 1024;
  size_t input_buffer_bytes = 512 * 1024;
  size_t dram_bits_per_cycle = 256;  // 128 wires, two transfers a cycle
  double clock_ghz = 1.0;

  const PeGrid& Grid(Phase phase) const { return phase == Phase::kPrefill ? prefill : decode; }
};

// Every number of it: lanes, prefill.outputs, ..., clock_ghz, and energy.* by their own names.
std::vector<Parameter> ParametersOf(Accelerator& accelerator);

// kBadArgument, naming the field, where one is out of range.
Status Validate(const Accelerator& accelerator);

// Cycles that a step takes for weights of that many bits: on a bit-serial array the terms of the
// whole bits (units/terms.h), INT8 4, INT6 3, BitMoD 2; else one.
uint64_t StepCycles(const Accelerator& accelerator, double weight_bits);

}  // namespace lutgemm::model::accel

#endif  // LUTGEMM_MODEL_COST_ACCEL_ACCELERATOR_H_
