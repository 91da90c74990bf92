// What a program did, as work of a machine, and its price there.
#ifndef LUTGEMM_MODEL_API_PRICE_H_
#define LUTGEMM_MODEL_API_PRICE_H_

#include "model/cost/gemm.h"
#include "model/lower/gemm.h"

namespace lutgemm::model::api {

// A product that was compiled, and what its program counted.
struct ProgramRun {
  const Array& array;
  const lower::GemmSpec& spec;
  const WeightInfo& weights;
  const Counters& counters;
};

struct ProgramPrice {
  cost::Machine machine;  // with the program's array in place of its own
  unsigned weight_bits = 0;
  cost::GemmCost counted;   // what the program did, as if all arrays shared it evenly
  cost::GemmCost estimate;  // the cost model's, from the shape alone
};

// On all arrays of a machine. kCorruptFile where the machine's tile does not fit it.
Result<ProgramPrice> PriceOnMachine(const ProgramRun& run, const cost::Machine& machine);
// On one array, with a tile that its memories hold; all else is the machine's.
ProgramPrice PriceOnArray(const ProgramRun& run, const cost::Machine& machine);

// Which activations of the cost model those of a program are.
cost::Act CostActOf(isa::ActType act);

}  // namespace lutgemm::model::api

#endif  // LUTGEMM_MODEL_API_PRICE_H_
