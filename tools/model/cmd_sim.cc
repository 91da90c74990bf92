// lutgemm sim: the LUT Tensor Core's functional simulator.
#include "tools/commands.h"
#include "tools/model/sim.h"
#include "tools/numbers.h"

#include <memory>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\n--problem makes random weights and activations, compiles the product for the machine, runs\n"
    "the program and compares the result, bit for bit, with the scalar oracle (products above "
    "2^27\n"
    "multiplications: on a sample). array_cycles are those of one array, a plane per cycle.\n"
    "FILE is assembly text or what `lutgemm asm` wrote. Exit code 1: another result, or a trap.\n\n"
    "Examples:\n"
    "  lutgemm sim --problem 16x4096x4096 --format int2\n"
    "  lutgemm sim --problem 4x512x512 --format int4 --group 128 --mode rtl\n"
    "  lutgemm sim --problem 4x512x512 --format ternary --act f16 --quantised-tables\n"
    "  lutgemm sim program.s --global in.bin --dump out.bin";

Result<model::func::Mode> ParseSimMode(std::string_view name) noexcept {
  if (name == "exact") return model::func::Mode::kExact;
  if (name == "rtl") return model::func::Mode::kRtl;
  return Status(Code::kBadArgument, "the mode is exact or rtl, not " + std::string(name));
}

void AddProblemOptions(CLI::App& command, SimOptions& options) {
  command.add_option("--problem", options.problem, "Shape of a random product")->type_name("MxNxK");
  options.weights.AddFormatTo(command);
  options.weights.AddTo(command);
  command.remove_option(command.get_option("--layout"));  // the machine has an order of its own
  command.get_option("--group")->description(
      "Weights along K that share a scale: a multiple of 4, or 'row',\nor 'tensor' [row]");
  command
      .add_option("--act", options.act,
                  "Activations: i8, i16, f16, f8e4m3 or f8e5m2 [exact: i8, rtl: f16]")
      ->type_name("TYPE");
  command
      .add_option("--acc", options.acc,
                  "Sums of lookups: i32, f32 or f16 [integers: i32; exact: f32, rtl: f16]")
      ->type_name("TYPE");
  command.add_option("--out", options.out, "Outputs: i32 or f32 [integers: i32, else f32]")
      ->type_name("TYPE");
  command.add_flag("--quantised-tables", options.quantised_tables,
                   "Round tables to 8 bits with a scale each");
  command.add_option("--seed", options.seed, "Seed of weights and activations [1]")
      ->transform(WholeNumber(0))
      ->type_name("N");
}

void AddProgramOptions(CLI::App& command, SimOptions& options) {
  command.add_option("FILE", options.file, "Program to run instead of a problem");
  command.add_option("--global", options.global, "File that global memory begins with")
      ->type_name("FILE");
  command.add_option("--global-bytes", options.global_bytes, "Global memory [1048576]")
      ->transform(WholeNumber(1, uint64_t{1} << 31))
      ->type_name("N");
  command.add_option("--dump", options.dump, "File to write global memory to at the end")
      ->type_name("OUT");
  command.add_flag("--force", options.force, "Replace OUT if it exists");
  command
      .add_option("--max-steps", options.max_steps,
                  "Instructions after which a program is stopped [100000000]")
      ->transform(WholeNumber(1))
      ->type_name("N");
}

// Options of a problem mean nothing to a program, and the other way round.
void TellApart(CLI::App& command) {
  CLI::Option* problem = command.get_option("--problem");
  for (const char* name : {"--format", "--group", "--asymmetric", "--zero", "--scale", "--act",
                           "--acc", "--out", "--quantised-tables", "--seed"}) {
    command.get_option(name)->needs(problem);
  }
  for (const char* name : {"FILE", "--global", "--global-bytes", "--dump", "--max-steps"}) {
    command.get_option(name)->excludes(problem);
  }
  command.get_option("--force")->needs("--dump");
}

int RunSim(const SimOptions& options) {
  if (options.file.empty() == options.problem.empty()) {
    return UsageError("give a program or a problem: `lutgemm sim FILE`, or --problem MxNxK");
  }
  if (options.exponent_quirk && options.mode != model::func::Mode::kRtl) {
    return UsageError("--exponent-quirk belongs to --mode rtl");
  }
  return options.file.empty() ? SimulateProblem(options) : SimulateProgram(options);
}

}  // namespace

void AddSim(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("sim", "Run a product or a program on the LUT Tensor Core's simulator");
  command->require_subcommand(0, 1);
  auto options = std::make_shared<SimOptions>();
  AddProblemOptions(*command, *options);
  AddProgramOptions(*command, *options);
  TellApart(*command);
  command
      ->add_option("--machine", options->machine,
                   "Shape of the array, or a machine that has it: a name such as\n"
                   "a100-lut-4x, or a JSON file [m2n64k4]")
      ->type_name("SHAPE|NAME|FILE");
  AddParsed(*command, "--mode", options->mode, &ParseSimMode,
            "exact, or rtl: rounds after every plane, as the released hardware [exact]")
      ->type_name("MODE");
  command->add_flag("--exponent-quirk", options->exponent_quirk,
                    "Mode rtl: shift zero and subnormal entries as the released hardware does");
  command->add_flag("--trace", options->trace, "Write every instruction to stderr");
  AddJson(*command, options->json);
  command->footer(kFooter);
  AddSimBitmod(*command, context);
  // A subcommand of sim runs by its own callback.
  command->callback([options, command, &context] {
    if (command->get_subcommands().empty()) context.exit_code = RunSim(*options);
  });
}

}  // namespace lutgemm::tools
