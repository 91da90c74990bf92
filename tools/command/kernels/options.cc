#include "tools/command/kernels/options.h"

#include "tools/command/kernels/run.h"
#include "tools/console/numbers.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "kernels", "Show which kernels can run a product, and which is chosen",
    R"(A kernel is a method in a regime: gemv takes tokens one by one, small_m a few that share
decoded weights, gemm many that share a panel of expanded weights. `chosen for M` are those
of 1, 2, 4, 8, 16, 64 and 512 tokens, or of --m, at which a plan takes the kernel.)",
    R"(  lutgemm kernels
  lutgemm kernels --format int4 --m 4
  lutgemm kernels --format ternary:row,int2 --target AVX2 --json)"};

void Declare(CLI::App& command, KernelsOptions& options) {
  AddFormatList(command, options.formats);
  options.weights.AddTo(command);
  command
      .add_option_function<std::string>(
          "--m", [&](const std::string& text) { options.tokens = ParseTokens(text, "--m"); },
          "Comma-separated numbers of tokens [1,2,4,8,16,64,512]")
      ->type_name("LIST");
  command.add_option("--n", options.n, "Outputs [4096]")
      ->transform(WholeNumber(1, kMostRows))
      ->type_name("N");
  command.add_option("--k", options.k, "Summed dimension [4096]")
      ->transform(WholeNumber(1, kMaxK))
      ->type_name("N");
  AddModeList(command, options.modes, "fast, exact or both [both]");
  AddThreads(command, options.threads);
  AddTarget(command, options.target);
  AddJson(command, options.json);
}

}  // namespace

void AddKernels(CLI::App& app, Context& context) {
  AddSubcommand<KernelsOptions>(app, context, kTexts, &Declare, &RunKernels);
}

}  // namespace lutgemm::tools
