#include "tools/measure/report.h"

#include <lutgemm/version.h>

#include <fmt/core.h>

#include <ctime>
#include <utility>

namespace lutgemm::tools {
namespace {

// "2026-11-21T14:05:09Z"
std::string Now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text, length};
}

Json MachineJson() {
  const CpuFacts facts = GetCpuFacts();
  return {{"name", facts.name},           {"cores", facts.cores},
          {"l1d_bytes", facts.l1d_bytes}, {"l2_bytes", facts.l2_bytes},
          {"l3_bytes", facts.l3_bytes},   {"targets", Targets()}};
}

Json SettingsJson(const BenchSettings& settings) {
  return {{"threads", settings.threads}, {"working_set_mib", settings.working_set_mib},
          {"act", Name(settings.act)},   {"act_bfp", settings.act_bfp},
          {"block", settings.block},     {"min_time_ms", settings.min_time_ms},
          {"seed", settings.seed},       {"command", settings.command}};
}

Json CalibrationJson(const BenchReport& report) {
  const Calibration& rates = report.calibration;
  return {{"read_gbps", rates.read_gbps.run},
          {"dot_peak_gmacs", rates.dot_peak_gmacs.run},
          {"threads", report.settings.threads},
          {"read_gbps_one_core", rates.read_gbps.one_core},
          {"read_gbps_all_cores", rates.read_gbps.all_cores},
          {"dot_peak_gmacs_one_core", rates.dot_peak_gmacs.one_core},
          {"dot_peak_gmacs_all_cores", rates.dot_peak_gmacs.all_cores}};
}

Json ResultJson(const BenchResult& result) {
  return {{"format", result.format},
          {"group", result.group},
          {"bits_per_weight", result.bits_per_weight},
          {"m", result.m},
          {"n", result.n},
          {"k", result.k},
          {"mode", result.mode},
          {"threads", result.threads},
          {"target", result.target},
          {"kernel", result.kernel},
          {"layout", result.layout},
          {"copies", result.copies},
          {"time_us", result.seconds * 1e6},
          {"gmacs", result.gmacs()},
          {"weight_gbps", result.weight_gbps()},
          {"read_ratio", result.read_ratio},
          {"dot_ratio", result.dot_ratio},
          {"nmse", result.nmse}};
}

}  // namespace

std::string CompilerText() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

Json ToJson(const BenchReport& report) {
  Json results = Json::array();
  for (const BenchResult& result : report.results) results.push_back(ResultJson(result));
  Json json = {{"date", Now()},
               {"build", {{"version", LUTGEMM_VERSION}, {"compiler", CompilerText()}}},
               {"machine", MachineJson()},
               {"settings", SettingsJson(report.settings)},
               {"calibration", CalibrationJson(report)},
               {"results", std::move(results)}};
  if (!report.producers.empty()) json["producers"] = ProducersJson(report.producers);
  return json;
}

void Print(const BenchReport& report) {
  const CpuFacts facts = GetCpuFacts();
  const Calibration& rates = report.calibration;
  fmt::print("machine      {}, {} cores\n", facts.name, facts.cores);
  fmt::print("calibration  {} thread(s), working set {} MiB: read {} GB/s, dot {} GMAC/s\n",
             report.settings.threads, report.settings.working_set_mib,
             NumberText(rates.read_gbps.run), NumberText(rates.dot_peak_gmacs.run));
  fmt::print(
      "             one core {} GB/s, {} GMAC/s; all {} cores {} GB/s, {} "
      "GMAC/s\n\n",
      NumberText(rates.read_gbps.one_core), NumberText(rates.dot_peak_gmacs.one_core), facts.cores,
      NumberText(rates.read_gbps.all_cores), NumberText(rates.dot_peak_gmacs.all_cores));
  if (!report.producers.empty()) return PrintProducers(report.producers);
  Table table({"format", "group", "bits", "M", "N", "K", "<mode", "<kernel", "<target", "time us",
               "GMAC/s", "weight GB/s", "read ratio", "dot ratio", "NMSE"});
  for (const BenchResult& result : report.results) {
    table.Add({result.format, result.group, NumberText(result.bits_per_weight),
               fmt::format("{}", result.m), fmt::format("{}", result.n),
               fmt::format("{}", result.k), result.mode, result.kernel, result.target,
               NumberText(result.seconds * 1e6), NumberText(result.gmacs()),
               NumberText(result.weight_gbps()), NumberText(result.read_ratio),
               NumberText(result.dot_ratio), ErrorText(result.nmse)});
  }
  table.Print();
}

}  // namespace lutgemm::tools
