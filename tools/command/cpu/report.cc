#include "tools/command/cpu/report.h"

#include "tools/command/common/profile_report.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

namespace lutgemm::tools {

Json CpuJson(const CpuFacts& facts, std::span<const CpuChoice> choices) {
  Json chosen = Json::array();
  for (const CpuChoice& choice : choices) {
    chosen.push_back({{"format", Name(choice.info.format)},
                      {"group", GroupJson(choice.info.group)},
                      {"m", choice.m},
                      {"n", choice.info.n},
                      {"k", choice.info.k},
                      {"mode", Name(choice.mode)},
                      {"kernel", choice.kernel},
                      {"target", choice.target}});
  }
  const std::vector<std::string_view> targets = Targets();
  return {{"name", facts.name},
          {"cores", facts.cores},
          {"l1d_bytes", facts.l1d_bytes},
          {"l2_bytes", facts.l2_bytes},
          {"l3_bytes", facts.l3_bytes},
          {"targets", targets},
          {"target", targets.empty() ? "" : targets.front()},
          {"profile", ProfileJson()},
          {"choices", std::move(chosen)}};
}

void PrintCpu(const CpuFacts& facts, std::span<const CpuChoice> choices) {
  const std::vector<std::string_view> targets = Targets();
  fmt::print("cpu      {}\ncores    {} usable\n", facts.name, facts.cores);
  fmt::print("caches   L1d {}, L2 {}, L3 {}\n", ShortBytes(facts.l1d_bytes),
             ShortBytes(facts.l2_bytes), ShortBytes(facts.l3_bytes));
  fmt::print("targets  {} (best first)\nused     {}\nprofile  {}\n\n", fmt::join(targets, " "),
             targets.empty() ? "" : targets.front(), ProfileText());
  fmt::print("What runs for N = K = {}:\n", kCpuSide);
  Table used({"format", "group", "<mode", "M", "<kernel", "<target"});
  for (const CpuChoice& choice : choices) {
    used.Add({std::string(Name(choice.info.format)), GroupText(choice.info.group),
              std::string(Name(choice.mode)), fmt::format("{}", choice.m), choice.kernel,
              choice.target});
  }
  used.Print();
}

}  // namespace lutgemm::tools
