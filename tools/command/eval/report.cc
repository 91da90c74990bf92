#include "tools/command/eval/report.h"

#include <fmt/core.h>

#include <utility>

namespace lutgemm::tools {
namespace {

std::string OrDash(const std::string& text) { return text.empty() ? "-" : text; }

std::string RateText(double rate) { return rate > 0 ? NumberText(rate, 3) : "-"; }

}  // namespace

Json EvalJson(const EvalReport& report) {
  Json results = Json::array();
  for (const EvalResult& result : report.results) {
    const auto text = [](const std::string& name) { return name.empty() ? Json() : Json(name); };
    results.push_back(
        {{"weights", result.weights},
         {"group", result.group ? GroupJson(*result.group) : Json()},
         {"mode", result.mode ? Json(Name(*result.mode)) : Json()},
         {"bits_per_weight", result.bits_per_weight},
         {"bits_per_byte", result.bits_per_byte},
         {"read_tokens_per_s", result.read_rate},
         {"write_tokens_per_s", result.write_rate > 0 ? Json(result.write_rate) : Json()},
         {"write_kernel", text(result.write_kernel)},
         {"read_kernel", text(result.read_kernel)}});
  }
  const CpuFacts facts = GetCpuFacts();
  return {{"machine", {{"cpu", facts.name}, {"cores", facts.cores}}},
          {"threads", report.threads},
          {"model", report.model},
          {"text", report.text},
          {"predicted_bytes", report.bytes},
          {"tokens", report.tokens},
          {"window", report.window},
          {"results", std::move(results)}};
}

void PrintEval(const EvalReport& report) {
  fmt::print("{}, target {}, {} thread{}\n", GetCpuFacts().name, Targets().front(), report.threads,
             report.threads == 1 ? "" : "s");
  fmt::print("{} bytes predicted, {} tokens in windows of {}\n\n", report.bytes, report.tokens,
             report.window);
  Table table({"weights", "group", "<mode", "bits/weight", "bits/byte", "to first", "read/s",
               "write/s", "<write kernel", "<read kernel"});
  for (const EvalResult& result : report.results) {
    const double above = result.bits_per_byte - report.results.front().bits_per_byte;
    table.Add({result.weights, result.group ? GroupText(*result.group) : "-",
               result.mode ? std::string(Name(*result.mode)) : "f64",
               NumberText(result.bits_per_weight, 3), fmt::format("{:.4f}", result.bits_per_byte),
               fmt::format("{:+.4f}", above), RateText(result.read_rate),
               RateText(result.write_rate), OrDash(result.write_kernel),
               OrDash(result.read_kernel)});
  }
  table.Print();
}

}  // namespace lutgemm::tools
