// lutgemm demo: a small language model in every format, measured on held-out text.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/common/share.h"
#include "tools/command/demo/run.h"
#include "tools/console/numbers.h"
#include "tools/console/report.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nTwo byte-level Llama models, one trained in full precision, one with ternary weights and\n"
    "int8 activations, are packed in memory to every format and run by the example engine.\n"
    "docs/tiny_lm.md explains models and protocol. Speeds are of one thread: the models are too\n"
    "small to share out. Columns:\n"
    "  K/V        keys and values: f32, or block floating point of so many bits in blocks of so\n"
    "             many channels, which may be sorted by norm\n"
    "  bits/byte  how well the model predicts the held-out text: lower is better; then the\n"
    "             difference to the same checkpoint in f32\n"
    "  decode/s   tokens per second one at a time, attention and everything else included\n"
    "  prefill/s  tokens per second 128 at a time\n"
    "  GB/s       packed bytes of the linear layers over the time spent in them while decoding,\n"
    "             and as a share of the rate at which one thread reads as many bytes\n"
    "  kernels    that ran the first layer in decode and prefill\n"
    "The exact mode must give the ternary model the bits per byte that float64 gives, to 1e-4, or\n"
    "the exit code is 1. Its line and that check keep float64 between the integer products.\n\n"
    "Examples:\n"
    "  lutgemm demo\n"
    "  lutgemm demo --threads 1 --bytes 16384\n"
    "  lutgemm demo --json > demo.json";

struct DemoOptions {
  DemoSpec spec;
  size_t threads = 0;
  bool json = false;
};

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

void Print(const DemoReport& report, size_t threads) {
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

Json ToJson(const DemoResult& result) {
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

Json ToJson(const DemoReport& report, size_t threads) {
  Json results = Json::array();
  for (const DemoResult& result : report.results) results.push_back(ToJson(result));
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

int RunDemoCommand(const DemoOptions& options) {
  const auto threads = MakeThreads(options.threads);
  if (!threads.ok()) return OptionsFailed(threads.status());
  DemoSpec spec = options.spec;
  spec.threads = threads->get();
  const auto report = RunDemo(spec);
  if (!report.ok()) return FileFailed(report.status());
  const size_t count = spec.threads->count();
  if (options.json) {
    PrintJson(ToJson(*report, count));
  } else {
    Print(*report, count);
  }
  return report->check.ok() ? kExitOk
                            : CheckFailed("exact mode and float64 disagree on the ternary model");
}

}  // namespace

void AddDemo(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "demo", "Run a small language model in every format: quality, speed, check");
  auto options = std::make_shared<DemoOptions>();
  options->spec.data = SharePath("data/tiny_lm");
  command
      ->add_option("--data", options->spec.data,
                   "Folder of full.safetensors, ternary.safetensors, heldout.txt and\n"
                   "reference.json [data/tiny_lm that came along]")
      ->type_name("DIR");
  AddThreads(*command, options->threads, "; they share out the held-out text");
  command
      ->add_option("--bytes", options->spec.text_bytes,
                   "Bytes of held-out text to measure on [16384; all: 65536]")
      ->transform(WholeNumber(1))
      ->type_name("N");
  command
      ->add_option("--seconds", options->spec.seconds,
                   "Seconds for each timing, three per line [0.2]")
      ->transform(RealNumber(0.0, 60.0))
      ->type_name("S");
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunDemoCommand(*options); });
}

}  // namespace lutgemm::tools
