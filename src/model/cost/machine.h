// A machine that runs GEMMs on arrays: processors (SMs), arrays in each, memory levels. Files
// describe them: see model/machine/machine_file.h.
#ifndef LUTGEMM_MODEL_COST_MACHINE_H_
#define LUTGEMM_MODEL_COST_MACHINE_H_

#include "model/cost/design.h"
#include "model/cost/technology.h"

#include <string>
#include <string_view>

namespace lutgemm::model::cost {

// Rates are per SM, except of DRAM and L2, which all SMs share.
struct MemoryLevel {
  double bytes = 0;  // capacity; 0 for DRAM: as much as needed
  double bytes_per_cycle = 0;
  double pj_per_byte = 0;  // ours, everywhere
};

// Tile of a thread block and of a warp in it: tokens, outputs. K runs inside, `block_k` at a time,
// with `stages` such slabs in shared memory.
struct Tile {
  size_t block_m = 128, block_n = 512;
  size_t warp_m = 64, warp_n = 256;
  size_t block_k = 32, stages = 2;
};

struct Machine {
  std::string name;
  std::string about;
  double clock_mhz = 0;
  size_t sms = 0;
  Design design;  // of one array; weight_bits is the problem's, not the machine's
  size_t arrays_per_sm = 0;
  double fill_cycles = 0;            // of a tile, beside its steps
  double vector_adds_per_cycle = 0;  // per SM, for the precompute operator
  Tile tile;
  MemoryLevel dram, l2, shared, registers;
  double register_growth = 1;  // the register file is this many times registers.bytes
  Technology technology;
};

// The machine's array with weights of `weight_bits` planes.
Design DesignFor(const Machine& machine, unsigned weight_bits);

// b-bit multiply-accumulates per cycle of all arrays, and as 10^12 operations per second.
double PeakMacsPerCycle(const Machine& machine, unsigned weight_bits);
double PeakTops(const Machine& machine, unsigned weight_bits);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_MACHINE_H_
