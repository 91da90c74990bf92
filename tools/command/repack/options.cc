#include "tools/command/repack/options.h"

#include "tools/command/common/import_options.h"
#include "tools/command/repack/run.h"
#include "tools/console/numbers.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "repack", "Quantise and pack a checkpoint's matrices into one file",
    R"(Which tensors are packed: float matrices (F32, F16, BF16) whose name ends in '.weight' or
'_proj', with both sides at least 32, except embeddings (name contains 'embed' or 'embd').
Stacked experts, [experts][N][K] by the name of a '_proj', '_exps' or 'experts.' tensor, are
packed one by one as NAME[0], NAME[1] and so on. --include replaces that choice by your
patterns (any float matrix or stack), --exclude takes away from either. Everything else passes
through unchanged; what is large and does is listed with the reason. Metadata of a GGUF that is an
array, such as a tokenizer's tokens, is not kept; a note says how many keys.

Weights that the checkpoint has quantised (docs/imports.md: GGUF, GPTQ, AWQ, BitNet and others)
are packed as what they are, with exactly their values, and floats beside them pass through.
With --format they are quantised anew, NMSE being the error against their values; embeddings keep
what they have, and float matrices are packed as above. --include and --exclude choose among them,
too. What has no format here passes through and is named with the reason; blocks of GGUF then as
U8, with their type and shape in the metadata (gguf.blocks.NAME). Where a matrix has its channels
in another order, as GPTQ with act order, channel_order.NAME is the order: Problem::act_order.

Weights too small or too large for the format's own scales get f32 scales, with a note, unless
--scale names a type. OUT is a safetensors file that every CPU target reads; it appears only
when it is complete.

What passes through although it is large, at least a MiB or a hundredth of the model, has a table
of its own with the reason; --json has all of it. Before anything is quantised the folder, the
name and the room for OUT are looked at, and whether the file can keep all that is to be in it:
exit code 2 where a file is there already or the name is never written, 3 where the system
refused it. docs/files.md says how files are written.)",
    R"(  lutgemm repack model.safetensors -o model.int4.safetensors
  lutgemm repack model.safetensors.index.json -o model.int2.safetensors --format int2
      --group 64 --asymmetric --scale-search --exclude 'lm_head*'
  lutgemm repack model.safetensors -o model.int3.safetensors --format int3 --group 64
      --importance imatrix.dat
  lutgemm repack bitnet.gguf -o bitnet.ternary.safetensors --format ternary
  lutgemm repack model.Q4_K_M.gguf -o model.safetensors
  lutgemm repack model-gptq.safetensors -o model.int3.safetensors --format int3 --group 64
  lutgemm repack model.safetensors -o model.bitmod4.safetensors --format bitmod4 --scale-grid
  lutgemm repack model.safetensors -o model.bfp.safetensors --format bfp6b32 --order global
  lutgemm repack model.safetensors -o unused.safetensors --format int3 --dry-run)"};

// Which tensors are packed, and in which order their channels stand.
void AddChoice(CLI::App& command, RepackOptions& options) {
  AddParsed(command, "--order", options.order, &ParseOrderScope,
            "Sort channels by norm, so that blocks of bfp hold like ones, and\n"
            "fold the order into a Llama checkpoint: none, head (values within\n"
            "heads, MLP channels) or global (and the residual stream) [none]")
      ->type_name("SCOPE");
  command
      .add_option("--head-dim", options.head_dim,
                  "Channels per attention head, for --order [of IN's metadata]")
      ->transform(WholeNumber(1, kMaxK))
      ->type_name("N");
  command
      .add_option("--include", options.filter.include,
                  "Pack only float matrices whose name matches; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  command
      .add_option("--exclude", options.filter.exclude,
                  "Do not pack tensors whose name matches; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
}

void Declare(CLI::App& command, RepackOptions& options) {
  command
      .add_option("IN", options.in,
                  "Checkpoint: .safetensors, .safetensors.index.json (shards) or .gguf")
      ->required();
  command.add_option("-o,--output", options.out, "File to write")->required()->type_name("OUT");
  options.weights.AddFormatTo(command);
  options.weights.AddTo(command);
  command.add_flag("--scale-search,--scale-grid", options.scale_search,
                   "Search each group's clipping scale for the least squared\n"
                   "error: a grid per format; slower, 10 % better for BitMoD");
  command
      .add_option("--importance", options.importance,
                  "Weigh each channel's error in that search, which this implies, by\n"
                  "an importance matrix of llama.cpp, GGUF or .dat; tensors without\n"
                  "an entry are named in the report and quantised without")
      ->type_name("FILE");
  AddChoice(command, options);
  AddImportOptions(command, options.import);
  AddThreads(command, options.threads);
  command.add_flag("--dry-run", options.dry_run, "Do everything but write OUT");
  command.add_flag("--force", options.force, "Replace OUT if it exists");
  AddJson(command, options.json);
}

}  // namespace

void AddRepack(CLI::App& app, Context& context) {
  AddSubcommand<RepackOptions>(app, context, kTexts, &Declare, &RunRepack);
}

}  // namespace lutgemm::tools
