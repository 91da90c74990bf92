// What a simulated product costs: the work that the simulator counted, priced by the cost model,
// beside the model's own estimate of the same product.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_COST_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_COST_H_

#include "tools/console/report.h"

#include "model/api/price.h"
#include "model/lower/simulate.h"

#include <string>

namespace lutgemm::tools {

using SimCost = model::api::ProgramPrice;

// A product of `target`, priced on --machine; where that only describes an array and its memories,
// on the machine `single` with these.
Result<SimCost> PriceSimulation(const std::string& machine, const model::Array& target,
                                const model::lower::GemmSpec& spec, const WeightInfo& info,
                                const model::func::Counters& counters);

Json SimCostJson(const SimCost& cost);
void PrintSimCost(const SimCost& cost);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_COST_H_
