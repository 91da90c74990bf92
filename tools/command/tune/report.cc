#include "tools/command/tune/report.h"

#include "tools/command/common/quantised.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <utility>

namespace lutgemm::tools {
namespace {

std::string GroupsOf(const plan::ProfileKey& key) {
  WeightInfo info;
  info.group = key.group, info.super_group = key.super_group;
  return GroupsText(info);
}

Json ResultJson(const TuneResult& result, size_t threads) {
  Json rows = Json::array();
  for (const KernelTime& time : result.times) {
    rows.push_back({{"kernel", time.kernel}, {"time_us", time.seconds * 1e6}});
  }
  const bool supers = result.key.super_group != 0;
  return {{"format", Name(result.key.format)},
          {"group", GroupJson(result.key.group)},
          {"super_group", supers ? Json(result.key.super_group) : Json()},
          {"zero", Name(result.key.zero)},
          {"layout", Name(result.key.layout)},
          {"mode", Name(result.key.mode)},
          {"m", result.m},
          {"n", result.outputs},
          {"k", result.key.k},
          {"threads", threads},
          {"target", result.key.target},
          {"kernel", result.kernel},
          {"default_kernel", result.default_kernel},
          {"kernels", std::move(rows)}};
}

// "lut4_gemv_fast_b2 91.3, dot_gemm_planes_b2 120.4"
std::string TimesText(const TuneResult& result) {
  std::vector<std::string> texts;
  for (const KernelTime& time : result.times) {
    texts.push_back(fmt::format("{} {}", time.kernel, NumberText(time.seconds * 1e6, 3)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

Json TuneJson(const TuneOptions& options, const TunedProfile& profile,
              const std::vector<TuneResult>& results) {
  Json list = Json::array();
  for (const TuneResult& result : results) {
    list.push_back(ResultJson(result, options.spec.threads));
  }
  return {{"file", profile.path},
          {"written", !options.dry_run},
          {"entries", profile.entries},
          {"results", std::move(list)}};
}

void PrintTune(const TuneOptions& options, const TunedProfile& profile,
               const std::vector<TuneResult>& results) {
  Table table({"format", "group", "<mode", "K", "N", "M", "<kernel", "speed-up", "<times us"});
  for (const TuneResult& result : results) {
    const bool choice = result.times.size() > 1;
    const double gain = result.SecondsOf(result.default_kernel) / result.SecondsOf(result.kernel);
    table.Add({std::string(Name(result.key.format)), GroupsOf(result.key),
               std::string(Name(result.key.mode)), fmt::format("{}", result.key.k),
               fmt::format("{}", fmt::join(result.outputs, ",")), fmt::format("{}", result.m),
               std::string(result.kernel),
               result.kernel == result.default_kernel ? "-" : NumberText(gain),
               choice ? TimesText(result) : "the only kernel"});
  }
  table.Print();
  fmt::print("\n{} {}: {} measured choices\n", options.dry_run ? "not written:" : "profile",
             Printable(profile.path), profile.entries);
  if (!options.dry_run) {
    fmt::print("followed where LUTGEMM_PROFILE={}\n",
               options.output.empty() ? "default" : Printable(profile.path));
  }
}

}  // namespace lutgemm::tools
