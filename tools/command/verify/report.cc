#include "tools/command/verify/report.h"

#include "tools/command/common/quantised.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace lutgemm::tools {
namespace {

Json CheckJson(const ProductCheck& check) {
  return {{"mode", Name(check.mode)},
          {"activations", check.outliers ? "outliers" : "gaussian"},
          {"m", check.m},
          {"kernel", check.kernel},
          {"target", check.target},
          {"block", check.block},
          {"nmse", check.nmse},
          {"int8_nmse", check.int8_nmse},
          {"ratio", check.ratio()},
          {"of_bound", check.of_bound},
          {"bits_equal", check.bits_equal},
          {"ok", check.ok}};
}

template <class T>
Json Optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// The worst of all numbers of tokens.
const ProductCheck* Worst(const TensorReport& report, Mode mode, bool outliers) {
  const ProductCheck* worst = nullptr;
  for (const ProductCheck& check : report.checks) {
    if (check.mode != mode || check.outliers != outliers) continue;
    if (worst == nullptr || check.ratio() > worst->ratio()) worst = &check;
  }
  return worst;
}

std::string KernelsText(const TensorReport& report, Mode mode) {
  std::string kernels;
  for (const ProductCheck& check : report.checks) {
    if (check.mode != mode || check.outliers || kernels.find(check.kernel) != kernels.npos)
      continue;
    kernels += (kernels.empty() ? "" : " ") + check.kernel;
  }
  return kernels;
}

std::string TokensText(const TensorReport& report, Mode mode) {
  std::string tokens;
  for (const ProductCheck& check : report.checks) {
    if (check.mode != mode || check.outliers) continue;
    tokens += fmt::format("{}{}", tokens.empty() ? "" : " ", check.m);
  }
  return tokens;
}

double OfBound(const TensorReport& report, Mode mode) {
  double largest = 0.0;
  for (const ProductCheck& check : report.checks) {
    if (check.mode == mode) largest = std::max(largest, check.of_bound);
  }
  return largest;
}

std::string ResultText(const TensorReport& report, Mode mode) {
  for (const ProductCheck& check : report.checks) {
    if (check.mode == mode && !check.ok) return "FAILED";
  }
  if (mode == Mode::kFast || !report.integer_equal) return "ok";
  return *report.integer_equal ? "ok, int32 too" : "int32 FAILED";
}

void PrintChecks(const VerifyReport& report) {
  Table table({"tensor", "<format", "group", "<mode", "NMSE", "x int8", "outliers", "x int8",
               "of bound", "<kernels", "<tokens", "<result"});
  for (const VerifiedTensor& tensor : report.tensors) {
    for (const Mode mode : {Mode::kExact, Mode::kFast}) {
      const ProductCheck* gaussian = Worst(tensor.report, mode, false);
      const ProductCheck* outliers = Worst(tensor.report, mode, true);
      if (gaussian == nullptr || outliers == nullptr) continue;
      table.Add({tensor.name, std::string(Name(tensor.info.format)), GroupsText(tensor.info),
                 std::string(Name(mode)), ErrorText(gaussian->nmse), NumberText(gaussian->ratio()),
                 ErrorText(outliers->nmse), NumberText(outliers->ratio()),
                 NumberText(OfBound(tensor.report, mode)), KernelsText(tensor.report, mode),
                 TokensText(tensor.report, mode), ResultText(tensor.report, mode)});
    }
  }
  table.Print();
}

void PrintWeights(const VerifyReport& report) {
  fmt::print("\n");
  Table weights({"tensor", "NMSE of weights"});
  for (const VerifiedTensor& tensor : report.tensors) {
    const std::string nmse = tensor.weight_nmse ? ErrorText(*tensor.weight_nmse) : "none";
    weights.Add({tensor.name, tensor.kept ? "exact" : nmse});
  }
  weights.Print();
}

}  // namespace

Json VerifyJson(const VerifyOptions& options, const VerifyReport& report) {
  Json tensors = Json::array();
  for (const VerifiedTensor& tensor : report.tensors) {
    Json checks = Json::array();
    for (const ProductCheck& check : tensor.report.checks) checks.push_back(CheckJson(check));
    tensors.push_back({{"name", tensor.name},
                       {"shape", {tensor.info.n, tensor.info.k}},
                       {"format", Name(tensor.info.format)},
                       {"group", GroupJson(tensor.info.group)},
                       {"layout", Name(tensor.layout)},
                       {"checksum_ok", tensor.checksum_ok},
                       {"weight_nmse", Optional(tensor.weight_nmse)},
                       {"kept", tensor.kept},
                       {"table_factor", tensor.report.table_factor},
                       {"integer_equal", Optional(tensor.report.integer_equal)},
                       {"onednn_nmse", Optional(tensor.report.onednn_nmse)},
                       {"checks", std::move(checks)}});
  }
  return {{"file", options.file},
          {"against", options.against.empty() ? Json(nullptr) : Json(options.against)},
          {"seed", options.spec.seed},
          {"ok", report.failures.empty()},
          {"tensors", std::move(tensors)},
          {"passed_through", report.passed_through},
          {"unchecked", report.unchecked},
          {"failures", report.failures}};
}

void PrintVerify(const VerifyOptions& options, const VerifyReport& report) {
  PrintChecks(report);
  if (!options.against.empty()) PrintWeights(report);
  double onednn = 0.0;
  for (const VerifiedTensor& tensor : report.tensors) {
    onednn = std::max(onednn, tensor.report.onednn_nmse.value_or(0.0));
  }
  fmt::print("\n{} packed tensors, {} passed through, seed {}\n", report.tensors.size(),
             report.passed_through, options.spec.seed);
  if (report.unchecked > 0) {
    fmt::print("{} of these have no checksum: the file is of version 1\n", report.unchecked);
  }
  if (onednn > 0.0) fmt::print("oneDNN's f32 products: NMSE at most {}\n", ErrorText(onednn));
  for (const std::string& failure : report.failures) fmt::print("FAILED  {}\n", failure);
  if (report.failures.empty()) fmt::print("all checks passed\n");
}

}  // namespace lutgemm::tools
