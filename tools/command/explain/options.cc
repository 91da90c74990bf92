#include "tools/command/explain/options.h"

#include "tools/command/explain/run.h"
#include "tools/console/numbers.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "explain", "Tell which kernel would run a product, and why",
    R"(Plans O[M,N] = A[M,K] x W[N,K]^T without computing it: no weights are needed.)",
    R"(  lutgemm explain --m 1 --n 4096 --k 4096 --format int4
  lutgemm explain --m 128 --n 11008 --k 4096 --format ternary --group row --mode exact
  lutgemm explain --m 1 --n 4096 --k 4096 --format int2 --group 64 --target AVX2)"};

void Declare(CLI::App& command, ExplainOptions& options) {
  command.add_option("--m", options.m, "Tokens (rows of activations) [1]")
      ->transform(WholeNumber(1, kMostRows))
      ->type_name("M");
  command.add_option("--n", options.n, "Outputs (rows of weights)")
      ->transform(WholeNumber(1, kMostRows))
      ->required()
      ->type_name("N");
  command.add_option("--k", options.k, "Summed dimension")
      ->transform(WholeNumber(1, kMaxK))
      ->required()
      ->type_name("K");
  options.weights.AddFormatTo(command);
  options.weights.AddTo(command);
  AddParsed(command, "--mode", options.mode, &ParseMode,
            "fast (8-bit tables) or exact (integer product) [fast]")
      ->type_name("MODE");
  AddParsed(command, "--act", options.act, &ParseActElem, "Activations: f32, f16, bf16 or i8 [f32]")
      ->type_name("TYPE");
  AddParsed(command, "--out", options.out, &ParseOutElem,
            "Outputs: f32, f16, bf16, or i32 (with i8, exact) [f32]")
      ->type_name("TYPE");
  AddBlocks(command, options.block, options.act_bfp);
  AddThreads(command, options.threads);
  AddTarget(command, options.target);
  AddKernel(command, options.kernel);
  AddJson(command, options.json);
}

}  // namespace

void AddExplain(CLI::App& app, Context& context) {
  AddSubcommand<ExplainOptions>(app, context, kTexts, &Declare, &RunExplain);
}

}  // namespace lutgemm::tools
