#include "tools/command/sim/options.h"

#include "tools/command/common/simulator.h"
#include "tools/command/sim/bitmod/options.h"
#include "tools/command/sim/emit.h"
#include "tools/command/sim/run.h"
#include "tools/console/numbers.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "sim", "Run a product or a program on the LUT Tensor Core's simulator",
    R"(--problem makes random weights and activations, --weights and --act take those of files. The
product is compiled for the machine, its program runs, and the result is compared, bit for
bit, with the scalar oracle (products above 2^27 multiplications: on a sample). array_cycles
are those of one array, a plane per cycle. --emit keeps the program, --emit-global the memory
that it starts with; FILE runs it again, or any other: assembly text, or what `lutgemm asm`
wrote. --dump is written after a trap too. Exit code 1: another result, or a trap.

`cost` prices what the program did (counted) beside what the cost model expects of the shape
(estimate), on `single` with the array of --machine, or on the machine of data/machines that it
names; docs/model.md says how. JSON has both under `cost`, the counted bound and energy also as
`bound` and `energy_pj`.

--mode released is what the released hardware computes (docs/model.md): mode rtl with
--exponent-quirk and --adder flush. JSON has `mode`, `exponent_quirk` and `adder`.

--emit writes the product's program, with both parts, as text (.s, its first lines say what lies
where in memory) or as a program file (.bin). With the memory of --emit-global it runs again; the
report's last line, `emitted`, is the command. Global memory then ends with the digest that JSON
gives as `memory_digest`.

--weights takes a packed tensor instead of a random one: int1 to int4 or ternary. --act then names
activations: a tensor of F32, F16, BF16, I8, I16, F8_E4M3 or F8_E5M2 whose last dimension is K, or
raw little-endian numbers [M][K] whose type is the end of the file's name. They become --act-type:
floats by rounding to nearest, and numbers that a float type cannot hold are refused; i8 and i16
hold a token's integers as they are, and anything else divided by the token's scale, its largest
magnitude over 127 or 32767. Outputs are compared with the oracle bit for bit, as random ones are;
every NaN is 0x7fc00000 there. `error` is against float64 of the activations as they were,
`library` against the library's own plan of the same weights and activations (`library_nmse`); an
error that is no number is `none`, in JSON null.)",
    R"(  lutgemm sim --problem 16x4096x4096 --format int2
  lutgemm sim --problem 4x512x512 --format int4 --group 128 --mode rtl
  lutgemm sim --problem 4x512x512 --format ternary --act f16 --quantised-tables
  lutgemm sim --problem 4x512x512 --mode released --emit linear.s --emit-global linear.bin
  lutgemm sim --weights packed.safetensors:w --act acts.safetensors:x --mode released
  lutgemm sim program.s --global in.bin --dump out.bin)"};

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
  command.get_option("--format")
      ->description(fmt::format("Number format: {} [int4]", kMachineFormats));
  options.weights.AddTo(command);
  command.remove_option(command.get_option("--layout"));  // the machine has an order of its own
  command.get_option("--group")->description(
      "Weights along K that share a scale: a multiple of 4, or 'row',\nor 'tensor' [row]");
  command
      .add_option("--act", options.act,
                  "Activations: i8, i16, f16, f8e4m3 or f8e5m2; with --weights a file,\n"
                  "FILE:TENSOR (safetensors) or raw numbers in a file whose name ends in\n"
                  ".f32, .f16, .bf16, .i8, .i16, .f8e4m3, .f8e5m2 [exact: i8, others: f16]")
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
  AddSeed(command, options.seed, "Seed of weights and activations");
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

void Declare(CLI::App& command, SimOptions& options) {
  AddProblemOptions(command, options);
  AddTensorOptions(command, options);
  AddProgramOptions(command, options);
  TellApart(command);
  AddMachine(command, options.machine);
  AddParsed(command, "--mode", options.mode, &ParseSimMode,
            "exact; rtl: rounds after every plane; or released: rtl with the quirk and\n"
            "the adder of the released hardware, bit for bit [exact]")
      ->type_name("MODE");
  command.add_flag("--exponent-quirk", options.exponent_quirk,
                   "Mode rtl: shift zero and subnormal entries as the released hardware does");
  AddParsed(command, "--adder", options.adder, &ParseAdder,
            "Mode rtl: ieee, or flush: subnormal numbers are zero, NaN is infinity [ieee]")
      ->type_name("NAME");
  command.add_flag("--trace", options.trace, "Write every instruction to stderr");
  AddJson(command, options.json);
}

}  // namespace

void AddSim(CLI::App& app, Context& context) {
  CLI::App& command = AddSubcommand<SimOptions>(app, context, kTexts, &Declare, &RunSim);
  command.require_subcommand(0, 1);
  AddSimBitmod(command, context);
}

}  // namespace lutgemm::tools
