// What `lutgemm eval` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_EVAL_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_EVAL_REPORT_H_

#include "tools/console/report.h"

#include <lutgemm/lutgemm.hpp>

#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct EvalResult {
  std::string weights;  // "reference", "as in file", or a format
  std::optional<uint32_t> group;
  std::optional<Mode> mode;  // none: float64
  double bits_per_weight = 0;
  double bits_per_byte = 0;
  double read_rate = 0;   // tokens per second, many at a time
  double write_rate = 0;  // one at a time; 0: not measured
  std::string write_kernel, read_kernel;
};

struct EvalReport {
  std::string model, text;
  size_t bytes = 0;   // of text that were predicted
  size_t tokens = 0;  // of all windows
  size_t window = 0;
  size_t threads = 1;
  std::vector<EvalResult> results;
};

Json EvalJson(const EvalReport& report);
void PrintEval(const EvalReport& report);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_EVAL_REPORT_H_
