#include "model/cost/accel/accelerator.h"

#include "base/text.h"
#include "model/units/terms.h"

namespace lutgemm::model::accel {

std::string_view Name(Phase phase) noexcept {
  return phase == Phase::kPrefill ? "prefill" : "decode";
}

std::vector<Parameter> ParametersOf(Accelerator& accelerator) {
  EnergyFigures& energy = accelerator.energy;
  return {{"lanes", &accelerator.lanes},
          {"prefill.outputs", &accelerator.prefill.outputs},
          {"prefill.tokens", &accelerator.prefill.tokens},
          {"decode.outputs", &accelerator.decode.outputs},
          {"decode.tokens", &accelerator.decode.tokens},
          {"kv_bits", &accelerator.kv_bits},
          {"weight_buffer_bytes", &accelerator.weight_buffer_bytes},
          {"input_buffer_bytes", &accelerator.input_buffer_bytes},
          {"dram_bits_per_cycle", &accelerator.dram_bits_per_cycle},
          {"clock_ghz", &accelerator.clock_ghz},
          {"pe_um2", &accelerator.pe_um2},
          {"pe_pj", &energy.pe_pj},
          {"place_and_route", &energy.place_and_route},
          {"dram_pj_per_bit", &energy.dram_pj_per_bit},
          {"sram_access_pj", &energy.sram_access_pj},
          {"sram_read_pj_per_bit", &energy.sram_read_pj_per_bit},
          {"sram_write_pj_per_bit", &energy.sram_write_pj_per_bit}};
}

Status Validate(const Accelerator& accelerator) {
  Accelerator copy = accelerator;
  return CheckParameters(base::Cat("accelerator ", accelerator.name), ParametersOf(copy));
}

uint64_t StepCycles(const Accelerator& accelerator, double weight_bits) {
  if (!accelerator.bit_serial) return 1;
  return units::TermsOfBits(static_cast<uint64_t>(weight_bits));
}

}  // namespace lutgemm::model::accel
