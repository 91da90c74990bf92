#include "tools/command/demo/run.h"

#include "tools/command/demo/report.h"

namespace lutgemm::tools {

int RunDemoCommand(const DemoOptions& options) {
  const auto threads = MakeThreads(options.threads);
  if (!threads.ok()) return OptionsFailed(threads.status());
  DemoSpec spec = options.spec;
  spec.threads = threads->get();
  const auto report = RunDemo(spec);
  if (!report.ok()) return FileFailed(report.status());
  const size_t count = spec.threads->count();
  if (options.json) {
    PrintJson(DemoJson(*report, count));
  } else {
    PrintDemo(*report, count);
  }
  return report->check.ok() ? kExitOk
                            : CheckFailed("exact mode and float64 disagree on the ternary model");
}

}  // namespace lutgemm::tools
