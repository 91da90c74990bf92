#include "tools/command/verify/options.h"

#include "tools/command/common/import_options.h"
#include "tools/command/verify/run.h"
#include "tools/console/options.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{"verify", "Check a packed file by multiplying with every tensor",
                              R"(Checks every packed tensor:
  checksum  of the stored bytes, and of tensors passed through and of the header
  exact     outputs equal, bit for bit, the integer product of int8 activations; int32
            outputs too, also at the extremes
  fast      outputs equal, bit for bit, the scalar loops that define the mode
  both      with every kernel, tile and cut of K that plans of 1 to 288 tokens choose; no
            output is farther from float64 than rounding can bring it (docs/numerics.md).
            NMSE, plain and with 0.5 % of the activations 20 times larger, is reported
            together with that of int8 activations with the same blocks
  oneDNN    its f32 product agrees with float64 (where built with oneDNN)
Of large tensors 256 evenly spread outputs are compared, and all outputs of one token in mode
exact. --against also quantises the checkpoint that was packed again, and finds every code,
scale and zero and every passed-through tensor that differs; what was packed with an importance
matrix needs that as --importance. Tensors that the checkpoint lacks are
failures, but for the channel orders of `repack --order`. Weights that the checkpoint has quantised
must have every code, scale, zero, offset and factor that they have there, or be what quantising
their values gives; their channel orders must be the checkpoint's. Exit code 1 if anything fails.

`tokens` are the calls that were made: the first number of tokens of each way in which plans
differ here, so that every kernel, tile and part of K is multiplied with at least once. Calls
repeat 16 different tokens, and every output of every token is compared. `of bound` is the largest
error of an output as a share of what rounding can do at worst (docs/numerics.md); above 1 the
check fails. The columns `x int8` are for judging a format, not for passing: weights whose rows
resemble each other, or that are zero but for a few, may have any ratio.)",
                              R"(  lutgemm verify model.int4.safetensors
  lutgemm verify model.int4.safetensors --against model.safetensors --json
  lutgemm verify model.int3.safetensors --against model.safetensors --importance imatrix.dat)"};

void Declare(CLI::App& command, VerifyOptions& options) {
  command.add_option("PACKED", options.file, "File that `lutgemm repack` wrote")->required();
  command.add_option("--against", options.against, "The checkpoint it was made from")
      ->type_name("ORIGINAL");
  command
      .add_option("--importance", options.importance,
                  "The importance matrix that repack was given [none]")
      ->type_name("FILE")
      ->needs("--against");
  AddImportOptions(command, options.import);
  AddSeed(command, options.spec.seed, "Seed of the random activations");
  AddTarget(command, options.spec.target);
  AddThreads(command, options.spec.threads);
  AddJson(command, options.json);
}

}  // namespace

void AddVerify(CLI::App& app, Context& context) {
  AddSubcommand<VerifyOptions>(app, context, kTexts, &Declare, &RunVerify);
}

}  // namespace lutgemm::tools
