#include "tools/command/demo/report.h"

#include <fmt/core.h>

#include <string>
#include <utility>

namespace lutgemm::tools {
namespace {

std::string FormatText(const DemoCase& what) {
  if (!what.spec) return "f32";
  const bool asymmetric = what.spec->zero != ZeroKind::kNone;
  return fmt::format("{}{}", Name(what.spec->format), asymmetric ? " asym" : "");
}

// Bits and block of a cache in BFP.
std::string CacheText(const DemoCase& what) {
  if (!what.cache) return "f32";
  return fmt::format("bfp{}b{}{}", what.cache->bits, what.cache->block,
                     what.cache->sorted ? " sorted" : "");
}

const char* TrainedText(const DemoCase& what) { return what.ternary_trained ? "ternary" : "full"; }

void PrintTable(const DemoReport& report) {
  Table table({"trained", "<format", "group", "<mode", "<K/V", "bits/weight", "bits/byte", "to f32",
               "decode/s", "prefill/s", "GB/s", "share", "<decode kernel", "<prefill kernel"});
  for (const DemoResult& result : report.results) {
    const DemoCase& what = result.what;
    const auto if_packed = [&](std::string_view text) {
      return what.spec ? std::string(text) : std::string("-");
    };
    table.Add({TrainedText(what), FormatText(what), what.spec ? GroupText(what.spec->group) : "-",
               if_packed(Name(what.mode)), CacheText(what), NumberText(result.bits_per_weight, 3),
               fmt::format("{:.4f}", result.bits_per_byte),
               fmt::format("{:+.4f}", result.above_f32), NumberText(result.decode_rate, 3),
               NumberText(result.prefill_rate, 3), NumberText(result.weight_gbps, 3),
               NumberText(100 * result.weight_gbps / result.read_gbps, 1) + " %",
               if_packed(result.decode_kernel), if_packed(result.prefill_kernel)});
  }
  table.Print();
}

Json ResultJson(const DemoResult& result) {
  const DemoCase& what = result.what;
  Json json = {{"trained", TrainedText(what)},
               {"format", what.spec ? Name(what.spec->format) : "f32"},
               {"group", what.spec ? GroupJson(what.spec->group) : Json()},
               {"zero", what.spec ? Json(Name(what.spec->zero)) : Json()},
               {"mode", what.spec ? Json(Name(what.mode)) : Json()},
               {"cache", CacheText(what)},
               {"cache_bits", result.cache_bits},
               {"bits_per_weight", result.bits_per_weight},
               {"bits_per_byte", result.bits_per_byte},
               {"above_f32", result.above_f32},
               {"decode_tokens_per_s", result.decode_rate},
               {"prefill_tokens_per_s", result.prefill_rate},
               {"weight_gbps", result.weight_gbps},
               {"read_gbps", result.read_gbps},
               {"read_ratio", result.weight_gbps / result.read_gbps}};
  json["decode_kernel"] = what.spec ? Json(result.decode_kernel) : Json();
  json["prefill_kernel"] = what.spec ? Json(result.prefill_kernel) : Json();
  json["target"] = what.spec ? Json(result.target) : Json();
  return json;
}

}  // namespace

void PrintDemo(const DemoReport& report, size_t threads) {
  fmt::print("{}, target {}, {} thread{}, {} bytes of held-out text\n\n", GetCpuFacts().name,
             Targets().front(), threads, threads == 1 ? "" : "s", report.text_bytes);
  PrintTable(report);
  const DemoCheck& check = report.check;
  fmt::print("\nThe ternary checkpoint's bits per byte:\n");
  fmt::print("  exact mode, float64 between layers  {:.6f}\n", check.exact);
  fmt::print("  float64 without the library         {:.6f}\n", check.float64);
  if (check.stored) fmt::print("  float64 of reference.json           {:.6f}\n", *check.stored);
  fmt::print("  equal to 1e-4                       {}\n", check.ok() ? "yes" : "NO");
  fmt::print("  exact mode, f32 between layers      {:.6f}\n", check.engine);
  fmt::print("\nint4 writes: {}{}\n\n{} seconds\n", kDemoPrompt, report.sample,
             NumberText(report.seconds, 2));
}

Json DemoJson(const DemoReport& report, size_t threads) {
  Json results = Json::array();
  for (const DemoResult& result : report.results) results.push_back(ResultJson(result));
  const DemoCheck& check = report.check;
  const CpuFacts facts = GetCpuFacts();
  return {{"machine", {{"cpu", facts.name}, {"cores", facts.cores}}},
          {"threads", threads},
          {"text_bytes", report.text_bytes},
          {"results", std::move(results)},
          {"check",
           {{"exact", check.exact},
            {"float64", check.float64},
            {"stored", check.stored ? Json(*check.stored) : Json()},
            {"f32_between_layers", check.engine},
            {"limit", DemoCheck::kLimit},
            {"ok", check.ok()}}},
          {"sample", {{"prompt", kDemoPrompt}, {"text", report.sample}}},
          {"seconds", report.seconds}};
}

}  // namespace lutgemm::tools
