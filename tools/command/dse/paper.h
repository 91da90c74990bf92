// The table of `lutgemm dse --paper`: published figures beside the model's.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_PAPER_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_PAPER_H_

#include "tools/console/report.h"

namespace lutgemm::tools {

Json PaperJson();
void PrintPaper();

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_PAPER_H_
