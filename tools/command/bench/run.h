// lutgemm bench: times products against what the machine can do at best. Its report is that of
// tools/measure/report.h, which other programs that measure write, too.
#ifndef LUTGEMM_TOOLS_COMMAND_BENCH_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_BENCH_RUN_H_

#include "tools/command/bench/options.h"

namespace lutgemm::tools {

int RunBenchCommand(BenchOptions options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_BENCH_RUN_H_
