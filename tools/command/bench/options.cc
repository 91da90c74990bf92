#include "tools/command/bench/options.h"

#include "tools/command/bench/run.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "bench", "Time products against what this machine can do at best",
    R"(Weights are random and rotate through copies nearest to the working set, so that M = 1 reads
memory as decoding a model does. A time is the median of whole calls: activations to int8 or
tables, lookups, epilogue. Between rounds of calls the same threads read weights (read
GB/s) and sum int8 products in registers (dot GMAC/s); ratios compare each round with the
moments before and after it, and are medians. 1 = as fast as the machine could, just then.
The line `calibration` has the best that the whole run has seen.

  weight GB/s = all packed bytes / time      read ratio = weight GB/s / read GB/s
  GMAC/s      = M x N x K / time             dot ratio  = GMAC/s / dot GMAC/s
  NMSE        = error of sampled outputs against float64 (weights count as exact)

--baseline onednn adds oneDNN's f32 matmul and its u8 x s8 matmul (whose time leaves the
quantisation of activations out).

--producer times RMSNorm, or SiLU times a second input: apart (into a buffer, then tables of
the buffer) and fused (tables with the producer); overheads are shares of producer + lookups,
as in Table 4 of the LUT Tensor Core paper.)",
    R"(  lutgemm bench
  lutgemm bench --formats int2,int4:64,ternary:row --shapes 1x4096x4096,64x4096x4096
  lutgemm bench --formats ternary --mode exact --threads 2 --working-set 1024 --json
  lutgemm bench --formats int4 --target AVX2 --baseline onednn
  lutgemm bench --formats int2 --shapes 1x12288x4096 --producer rmsnorm)"};

std::vector<BenchShape> ParseShapes(const std::string& text) {
  std::vector<BenchShape> shapes;
  for (const auto& dims : ParseDims(text, {"--shapes", "MxNxK, as 1x4096x4096,", 3})) {
    shapes.push_back({dims[0], dims[1], dims[2]});
  }
  return shapes;
}

void AddProducts(CLI::App& command, BenchOptions& options) {
  AddFormatList(command, options.formats);
  command
      .add_option_function<std::string>(
          "--shapes", [&](const std::string& text) { options.shapes = ParseShapes(text); },
          "Comma-separated MxNxK: tokens x outputs x summed dimension\n"
          "[1x4096x4096,64x4096x4096]")
      ->type_name("LIST");
  AddModeList(command, options.modes,
              "fast (8-bit tables), exact (integer product) or both [fast]");
  AddThreads(command, options.settings.threads);
  AddWorkingSet(command, options.settings.working_set_mib);
  AddTarget(command, options.target);
  AddKernel(command, options.kernel);
  options.weights.AddTo(command);
  AddParsed(command, "--act", options.settings.act, &ParseActElem,
            "Activations: f32, f16, bf16 or i8 [f32]")
      ->type_name("TYPE");
  AddBlocks(command, options.settings.block, options.settings.act_bfp);
}

void Declare(CLI::App& command, BenchOptions& options) {
  AddProducts(command, options);
  command
      .add_option_function<std::string>(
          "--baseline",
          [&](const std::string& text) {
            if (text != "onednn") throw CLI::ValidationError("--baseline", "only onednn is known");
            options.baseline = true;
          },
          "Also time oneDNN's f32 and int8 matmul: onednn")
      ->type_name("NAME");
  AddParsed(command, "--producer", options.producer, &ParseProducer,
            "Time an operator in front of the product, apart and fused into\n"
            "the packing of activations: rmsnorm or silu")
      ->type_name("KIND")
      ->excludes("--baseline");
  AddMinTime(command, options.settings.min_time_ms);
  AddSeed(command, options.settings.seed, "Seed of the random weights and activations");
  AddJson(command, options.json);
}

}  // namespace

void AddBench(CLI::App& app, Context& context) {
  AddSubcommand<BenchOptions>(app, context, kTexts, &Declare, [&context](BenchOptions options) {
    options.settings.command = context.command_line;
    return RunBenchCommand(std::move(options));
  });
}

}  // namespace lutgemm::tools
