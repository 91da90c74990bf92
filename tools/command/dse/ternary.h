// The table of `lutgemm dse --ternary`.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_TERNARY_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_TERNARY_H_

#include "tools/console/report.h"

#include "model/cost/ternary.h"

#include <span>

namespace lutgemm::tools {

Json TernaryJson(const model::Shape& gemm, std::span<const model::cost::TernaryRow> rows);
void PrintTernary(const model::Shape& gemm, std::span<const model::cost::TernaryRow> rows);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_TERNARY_H_
