// Area and energy of a design, term by term.
#ifndef LUTGEMM_MODEL_COST_TERMS_H_
#define LUTGEMM_MODEL_COST_TERMS_H_

#include "model/cost/design.h"
#include "model/cost/technology.h"

#include <array>
#include <numeric>

namespace lutgemm::model::cost {

enum class Term : uint8_t {
  kTableRegisters,
  kWeightRegisters,
  kActRegisters,
  kAccumulators,
  kMux,
  kSign,
  kIndexComplement,
  kAdders,
  kMultipliers,
  kPrecompute,
  kBroadcast,     // ours: buffers and wires from one table or weight to its units
  kRegisterFile,  // ours: growth of the processor's register file, this array's share
};
inline constexpr size_t kTerms = 12;
std::string_view Name(Term term) noexcept;  // "table_registers"

struct Terms {
  std::array<double, kTerms> value{};

  double& operator[](Term term) { return value[static_cast<size_t>(term)]; }
  double operator[](Term term) const { return value[static_cast<size_t>(term)]; }
  double Total() const { return std::accumulate(value.begin(), value.end(), 0.0); }
  // What the paper's figures cover: neither broadcast nor register file.
  double PaperScope() const {
    return Total() - (*this)[Term::kBroadcast] - (*this)[Term::kRegisterFile];
  }
};

// Bits of register file added for one array, on top of what the processor has anyway.
struct Extra {
  double register_file_bits = 0.0;
};

// um2. The design must be valid.
Terms Area(const Design& design, const Technology& technology = {}, const Extra& extra = {});
// fJ per cycle in steady state. What is written once per step counts 1 / CyclesPerStep. The
// register file's energy is that of the bytes it moves, see gemm.h, and 0 here.
Terms EnergyPerCycle(const Design& design, const Technology& technology = {});

// GE of one lookup-accumulate per 1-bit MAC, tables and weights amortised: the quantity whose
// minimum over K decides the length of a group (paper, Fig 11).
double UnitGePerMac(const Design& design, const Technology& technology = {});

// Figures of a design. A MAC is one of W_BIT bits: a bit-serial array does macs() / W_BIT per
// cycle.
struct Figures {
  Terms area;    // um2
  Terms energy;  // fJ per cycle
  double macs_per_cycle = 0;
  double area_per_mac = 0;    // um2 per MAC/cycle
  double energy_per_mac = 0;  // fJ
  double tops_per_mm2 = 0;    // at `clock_ghz`, 2 operations per MAC
  double tops_per_watt = 0;
};
Figures Evaluate(const Design& design, const Technology& technology = {}, const Extra& extra = {},
                 double clock_ghz = 1.0);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_TERMS_H_
