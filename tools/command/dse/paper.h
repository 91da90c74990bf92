// The table of `lutgemm dse --paper`: published figures beside the model's.
#ifndef LUTGEMM_TOOLS_MODEL_PAPER_REPORT_H_
#define LUTGEMM_TOOLS_MODEL_PAPER_REPORT_H_

#include "tools/report.h"

namespace lutgemm::tools {

Json PaperJson();
void PrintPaper();

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MODEL_PAPER_REPORT_H_
