// What `lutgemm verify` found, as JSON and as tables.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_REPORT_H_

#include "tools/command/verify/options.h"

#include <lutgemm/weights.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct VerifiedTensor {
  std::string name;
  WeightInfo info;
  LayoutId layout = LayoutId::kDefault;
  bool checksum_ok = false;
  std::optional<double> weight_nmse;
  bool kept = false;                // as the original has them quantised
  std::vector<uint32_t> act_order;  // of the original's channels, or empty
  TensorReport report;
};

struct VerifyReport {
  std::vector<VerifiedTensor> tensors;
  size_t passed_through = 0;
  size_t unchecked = 0;               // of these, without a checksum: files of version 1
  std::vector<std::string> failures;  // texts with the tensor's name
};

Json VerifyJson(const VerifyOptions& options, const VerifyReport& report);
void PrintVerify(const VerifyOptions& options, const VerifyReport& report);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_REPORT_H_
