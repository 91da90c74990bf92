// The quantised weights of a checkpoint that is not packed, and what `repack` makes of them.
#ifndef LUTGEMM_TOOLS_COMMAND_INSPECT_QUANTISED_H_
#define LUTGEMM_TOOLS_COMMAND_INSPECT_QUANTISED_H_

#include "tools/command/common/quantised.h"

#include <lutgemm/import.hpp>
#include <lutgemm/io.hpp>

namespace lutgemm::tools {

Json QuantisedJson(const TensorFile& file, const Importer& importer);
// Nothing where there are none.
void PrintQuantised(const TensorFile& file, const Importer& importer);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_INSPECT_QUANTISED_H_
