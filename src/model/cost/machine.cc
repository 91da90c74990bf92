#include "model/cost/machine.h"

namespace lutgemm::model::cost {

Design DesignFor(const Machine& machine, unsigned weight_bits) {
  Design design = machine.design;
  design.weight_bits = weight_bits;
  return design;
}

double PeakMacsPerCycle(const Machine& machine, unsigned weight_bits) {
  const Design design = DesignFor(machine, weight_bits);
  return double(Macs(design.shape)) / CyclesPerStep(design) * double(machine.arrays_per_sm) *
         double(machine.sms);
}

double PeakTops(const Machine& machine, unsigned weight_bits) {
  return 2 * PeakMacsPerCycle(machine, weight_bits) * machine.clock_mhz * 1e-6;
}

}  // namespace lutgemm::model::cost
