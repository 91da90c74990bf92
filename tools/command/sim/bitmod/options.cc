#include "tools/command/sim/bitmod/options.h"

#include "tools/command/sim/bitmod/run.h"
#include "tools/console/numbers.h"
#include "tools/console/options.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "bitmod", "A language model on the bit-serial BitMoD accelerator: cycles and energy",
    R"(Accelerators of about one area: FP16 multiply-accumulate, the bit-serial BitMoD array, ANT and
OliVe (HPCA 2025). 'paper' stands over published figures, everything else is our model's;
notes below the tables say on what the published ones rest. docs/model-cost.md explains both.
  dtypes  fp16 int8 int6 bitmod4 bitmod3 ant olive, and lossy = bitmod4 prefill, bitmod3 decode
  models  llama2-7b llama2-13b llama3-8b
--set takes numbers of the model (hidden intermediate layers heads kv_heads vocabulary ant_bits
olive_bits) and of the arrays, all of them or one (as bitmod.pe_pj): lanes prefill.outputs
prefill.tokens decode.outputs decode.tokens kv_bits weight_buffer_bytes input_buffer_bytes
dram_bits_per_cycle clock_ghz pe_um2 pe_pj place_and_route dram_pj_per_bit sram_access_pj
sram_read_pj_per_bit sram_write_pj_per_bit. Sizes are 1..2^32, other numbers 1e-12..1e12.)",
    R"(  lutgemm sim bitmod --model llama2-7b
  lutgemm sim bitmod --dtype lossy,int6 --context 2048 --decode 256 --attention per-head
  lutgemm sim bitmod --dtype bitmod3 --selectors --json
  lutgemm sim bitmod --set dram_bits_per_cycle=1024 --set bitmod.lanes=8)"};

void Declare(CLI::App& command, bitmod::Settings& settings) {
  command.add_option("--model", settings.model, "Language model [llama2-7b]")->type_name("NAME");
  command.add_option("--dtype", settings.dtypes, "Comma-separated dtypes, or all [all]")
      ->type_name("LIST");
  command
      .add_option("--context", settings.context,
                  "Tokens of the prefill, and those that a decoded token attends\nto [256]")
      ->type_name("N")
      ->transform(WholeNumber(1, model::accel::kMaxContext));
  command.add_option("--decode", settings.decode_tokens, "Decoded tokens after it [20]")
      ->type_name("N")
      ->transform(WholeNumber(0, model::accel::kMaxContext));
  command
      .add_option("--attention", settings.attention,
                  "How attention is counted: merged or per-head [merged]")
      ->type_name("KIND");
  command.add_flag("--selectors", settings.selectors,
                   "Count the 2-bit selector of a BitMoD group too");
  command.add_option("--set", settings.set, "A number of the model or the arrays; may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  AddJson(command, settings.json);
}

}  // namespace

void AddSimBitmod(CLI::App& sim, Context& context) {
  AddSubcommand<bitmod::Settings>(sim, context, kTexts, &Declare, &bitmod::RunAndReport);
}

}  // namespace lutgemm::tools
