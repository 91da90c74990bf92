#include "tools/command/tune/options.h"

#include "tools/command/tune/run.h"
#include "tools/console/numbers.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "tune", "Time the kernels that could run, and remember the fastest",
    R"(For every format, mode, K and number of tokens all kernels that can run are timed as
by `lutgemm bench`, and the fastest is written into the profile; the default choice stands
unless another kernel is faster by more than 3 %. A choice holds for that K and any N, since
weights that read the same activations share tables only if they take the same kernel: times
of several N are added up. It holds up to twice and down to half as many tokens.

Programs follow a profile if the environment variable LUTGEMM_PROFILE is 'default' or a path
when they make their first plan. One of another CPU or version is ignored; `lutgemm cpu`
tells. Choices that the file has for other products stay. A plan reads it once per process, and
`lutgemm explain` tells of a kernel that comes from it.

--weights measures what the weights of a packed file are: every format with its groups and every
shape once, with random weights in their place.

The profile is a text file of form 3: the machine and library that it was measured with, a line
for each choice, which begins with `kernel`, and their number. Form 2, which had no super-groups,
is still read; a profile of form 1 is not followed: measure again. A file that -o names and that
is something else, even the profile of another machine, is left alone without --force.)",
    R"(  lutgemm tune
  lutgemm tune --formats int2,ternary:row --shapes 4096x4096,14336x4096,4096x14336
  lutgemm tune --formats Q4_K,Q6_K --shapes 4096x4096
  lutgemm tune --weights model.packed.safetensors --tokens 1,64
  lutgemm tune --formats int3 --tokens 1,4,16 --mode both --dry-run --json
  LUTGEMM_PROFILE=default lutgemm explain --n 4096 --k 4096 --format int2)"};

std::vector<TuneOptions::Shape> ParseShapes(const std::string& text) {
  std::vector<TuneOptions::Shape> shapes;
  for (const auto& dims : ParseDims(text, {"--shapes", "NxK, as 4096x14336,", 2})) {
    shapes.push_back({dims[0], dims[1]});
  }
  return shapes;
}

void AddLists(CLI::App& command, TuneOptions& options) {
  AddFormatList(command, options.formats);
  command
      .add_option_function<std::string>(
          "--shapes", [&](const std::string& text) { options.shapes = ParseShapes(text); },
          "Comma-separated NxK: outputs x summed dimension [4096x4096]")
      ->type_name("LIST");
  command
      .add_option_function<std::string>(
          "--tokens",
          [&](const std::string& text) { options.spec.tokens = ParseTokens(text, "--tokens"); },
          "Comma-separated M [1,2,4,8,16,32,64,128,256,512]")
      ->type_name("LIST");
  AddModeList(command, options.spec.modes,
              "fast (8-bit tables), exact (integer product) or both [fast]");
}

// Instead of everything that says what weights are.
void AddPackedFile(CLI::App& command, std::string& path) {
  CLI::Option* option = command
                            .add_option("--weights", path,
                                        "Packed file whose weights' formats and shapes to measure\n"
                                        "[those of --formats and --shapes]")
                            ->type_name("FILE");
  for (const char* other :
       {"--format", "--shapes", "--group", "--asymmetric", "--zero", "--scale", "--layout"}) {
    option->excludes(other);
  }
}

void Declare(CLI::App& command, TuneOptions& options) {
  AddLists(command, options);
  AddThreads(command, options.spec.threads);
  AddWorkingSet(command, options.working_set_mib);
  AddTarget(command, options.spec.target);
  options.weights.AddTo(command);
  AddPackedFile(command, options.packed);
  AddMinTime(command, options.min_time_ms);
  AddSeed(command, options.spec.seed, "Seed of the random weights and activations");
  command
      .add_option("-o,--output", options.output,
                  "Profile to write [lutgemm/profile below $XDG_CACHE_HOME or\n"
                  "~/.cache]")
      ->type_name("FILE");
  command.add_flag("--force", options.force,
                   "Replace a FILE that is no profile of this machine and version");
  command.add_flag("--dry-run", options.dry_run, "Measure, but write nothing");
  AddJson(command, options.json);
}

}  // namespace

void AddTune(CLI::App& app, Context& context) {
  AddSubcommand<TuneOptions>(app, context, kTexts, &Declare, &RunTune);
}

}  // namespace lutgemm::tools
