// lutgemm sim: the LUT Tensor Core's functional simulator.
#include "tools/command/commands.h"
#include "tools/command/common/streams.h"
#include "tools/command/sim/emit.h"
#include "tools/command/sim/sim.h"
#include "tools/console/numbers.h"

#include <memory>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\n--problem makes random weights and activations, --weights and --act take those of files. "
    "The\n"
    "product is compiled for the machine, its program runs, and the result is compared, bit for\n"
    "bit, with the scalar oracle (products above 2^27 multiplications: on a sample). array_cycles\n"
    "are those of one array, a plane per cycle. --emit keeps the program, --emit-global the "
    "memory\n"
    "that it starts with; FILE runs it again, or any other: assembly text, or what `lutgemm asm`\n"
    "wrote. --dump is written after a trap too. Exit code 1: another result, or a trap.\n\n"
    "Examples:\n"
    "  lutgemm sim --problem 16x4096x4096 --format int2\n"
    "  lutgemm sim --problem 4x512x512 --format int4 --group 128 --mode rtl\n"
    "  lutgemm sim --problem 4x512x512 --format ternary --act f16 --quantised-tables\n"
    "  lutgemm sim --problem 4x512x512 --mode released --emit linear.s --emit-global linear.bin\n"
    "  lutgemm sim --weights packed.safetensors:w --act acts.safetensors:x --mode released\n"
    "  lutgemm sim program.s --global in.bin --dump out.bin";

Result<SimMode> ParseSimMode(std::string_view name) noexcept {
  for (const SimMode mode : {SimMode::kExact, SimMode::kRtl, SimMode::kReleased}) {
    if (name == Name(mode)) return mode;
  }
  return Status(Code::kBadArgument, "the mode is exact, rtl or released, not " + std::string(name));
}

Result<model::func::Adder> ParseAdder(std::string_view name) noexcept {
  for (const auto adder : {model::func::Adder::kIeee, model::func::Adder::kFlush}) {
    if (name == AdderName(adder)) return adder;
  }
  return Status(Code::kBadArgument, "the adder is ieee or flush, not " + std::string(name));
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
                  "Activations: i8, i16, f16, f8e4m3 or f8e5m2 [exact: i8, others: f16];\n"
                  "with --weights a file, FILE:TENSOR (safetensors) or raw numbers in a\n"
                  "file whose name ends in .f32, .f16, .bf16, .i8, .i16, .f8e4m3, .f8e5m2")
      ->type_name("TYPE|FILE");
  command
      .add_option("--act-type", options.act_type,
                  "Type that those numbers become [what they are; f32, bf16: f16]")
      ->type_name("TYPE");
  command
      .add_option("--acc", options.acc,
                  "Sums of lookups: i32, f32 or f16 [integers: i32; exact: f32, else f16]")
      ->type_name("TYPE");
  command.add_option("--out", options.out, "Outputs: i32 or f32 [random integers: i32, else f32]")
      ->type_name("TYPE");
  command.add_flag("--quantised-tables", options.quantised_tables,
                   "Round tables to 8 bits with a scale each");
  command.add_option("--seed", options.seed, "Seed of weights and activations [1]")
      ->transform(WholeNumber(0))
      ->type_name("N");
}

void AddTensorOptions(CLI::App& command, SimOptions& options) {
  command
      .add_option("--weights", options.weights_file,
                  "Packed weights of `lutgemm repack` instead of random ones: a file and,\n"
                  "where it has several, the tensor")
      ->type_name("FILE:TENSOR");
  command
      .add_option("--emit", options.emit,
                  "Program to write: assembly text (.s), or a program file (.bin)")
      ->type_name("OUT");
  command
      .add_option("--emit-global", options.emit_global,
                  "File to write the global memory to that the program starts with")
      ->type_name("OUT");
}

void AddProgramOptions(CLI::App& command, SimOptions& options) {
  command.add_option("FILE", options.file, "Program to run instead of a problem");
  command.add_option("--global", options.global, "File that global memory begins with")
      ->type_name("FILE");
  command
      .add_option("--global-bytes", options.global_bytes,
                  "Global memory [1048576, FILE's size if larger]")
      ->transform(WholeNumber(1, uint64_t{1} << 31))
      ->type_name("N");
  command.add_option("--dump", options.dump, "File to write global memory to at the end or trap")
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
  CLI::Option* weights = command.get_option("--weights");
  for (const char* name : {"--format", "--group", "--asymmetric", "--zero", "--scale", "--seed"}) {
    command.get_option(name)->needs(problem);
  }
  for (const char* name : {"FILE", "--global", "--global-bytes", "--dump", "--max-steps"}) {
    command.get_option(name)->excludes(problem)->excludes(weights);
  }
  CLI::Option* file = command.get_option("FILE");
  for (const char* name :
       {"--act", "--acc", "--out", "--quantised-tables", "--emit", "--emit-global"}) {
    command.get_option(name)->excludes(file);
  }
  weights->excludes(problem)->needs(command.get_option("--act"));
  command.get_option("--act-type")->needs(weights);
}

// Which options of the arithmetic do not go together; empty where they do.
std::string_view ArithmeticError(const SimOptions& options) {
  const bool exact = options.mode == SimMode::kExact;
  if (options.exponent_quirk && exact) return "--exponent-quirk belongs to --mode rtl";
  if (options.adder && exact) return "--adder belongs to --mode rtl";
  if (options.mode == SimMode::kReleased && options.adder == model::func::Adder::kIeee) {
    return "--mode released has --adder flush; for another one say --mode rtl --exponent-quirk";
  }
  return {};
}

int RunSim(const SimOptions& options) {
  const int sources =
      !options.file.empty() + !options.problem.empty() + !options.weights_file.empty();
  if (sources != 1) {
    return UsageError(
        "give a program or a product: `lutgemm sim FILE`, --problem MxNxK, or --weights and --act");
  }
  if (const auto error = ArithmeticError(options); !error.empty()) return UsageError(error);
  const bool writes =
      !options.dump.empty() || !options.emit.empty() || !options.emit_global.empty();
  if (options.force && !writes) return UsageError("--force belongs to --dump and --emit");
  if (!options.emit.empty() && !IsBinaryName(options.emit) && !options.emit.ends_with(".s")) {
    return UsageError("--emit writes assembly text (.s) or a program file (.bin), not " +
                      options.emit);
  }
  if (options.trace) ReportOnStderr();
  return options.file.empty() ? SimulateProblem(options) : SimulateProgram(options);
}

}  // namespace

void AddSim(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("sim", "Run a product or a program on the LUT Tensor Core's simulator");
  command->require_subcommand(0, 1);
  auto options = std::make_shared<SimOptions>();
  AddProblemOptions(*command, *options);
  AddTensorOptions(*command, *options);
  AddProgramOptions(*command, *options);
  TellApart(*command);
  command
      ->add_option("--machine", options->machine,
                   "Shape of the array, or a machine that has it: a name such as\n"
                   "a100-lut-4x, or a JSON file [m2n64k4]")
      ->type_name("SHAPE|NAME|FILE");
  AddParsed(*command, "--mode", options->mode, &ParseSimMode,
            "exact; rtl: rounds after every plane; or released: rtl with the quirk and\n"
            "the adder of the released hardware, bit for bit [exact]")
      ->type_name("MODE");
  command->add_flag("--exponent-quirk", options->exponent_quirk,
                    "Mode rtl: shift zero and subnormal entries as the released hardware does");
  AddParsed(*command, "--adder", options->adder, &ParseAdder,
            "Mode rtl: ieee, or flush: subnormal numbers are zero, NaN is infinity [ieee]")
      ->type_name("NAME");
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
