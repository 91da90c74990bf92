#include "tools/command/run/options.h"

#include "tools/command/common/language_model.h"
#include "tools/command/run/run.h"
#include "tools/console/numbers.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "run", "Let a language model of a GGUF file go on with a text",
    R"(Runs Llama models with a byte-level tokenizer. Everything comes from the file: sizes, rotary
embedding, vocabulary, merges. Blocks are packed as what they are, so that the weights are exactly
the file's; float tensors are multiplied in f32. --format quantises the layers anew; the tokens'
rows and the output stay as the file has them. --weights takes what repack made of the model,
however it did; where that file has an order of channels, it is followed. The text appears on standard output as it is made;
what the prompt and the tokens after it took follows on standard error.

Special tokens such as <|im_end|> may be written in the prompt, but for --chat. The text ends after
-n tokens or with the file's token for it.)",
    R"(  lutgemm run model.gguf -p "Once upon a time"
  lutgemm run model.gguf -p "What is a lookup table?" --chat -n 100
  lutgemm run model.gguf --weights model.int4.safetensors -p "Once upon a time"
  lutgemm run model.gguf -p "Once upon a time" --format int4 --group 32 --temp 0.8 --seed 7)"};

void Declare(CLI::App& command, RunOptions& options) {
  AddModelFiles(command, options.files);
  command.add_option("-p,--prompt", options.prompt, "The text to go on with")
      ->required()
      ->type_name("TEXT");
  command.add_option("-n,--tokens", options.tokens, "Most tokens to write [200]")
      ->transform(WholeNumber(1, kMostRows))
      ->type_name("N");
  command
      .add_option("--temp", options.temperature,
                  "Temperature: 0 takes the likeliest token, more draws among\n"
                  "others as well [0]")
      ->transform(RealNumber(0.0, 100.0))
      ->type_name("X");
  AddSeed(command, options.seed, "Equal seeds draw equal tokens");
  command.add_flag("--chat", options.chat,
                   "The prompt is a message to the model, which answers it");
  AddParsed(command, "--mode", options.mode, &ParseMode,
            "fast (8-bit tables) or exact (integer product) [fast]")
      ->type_name("MODE");
  command
      .add_option_function<std::string>(
          kFormatNames,
          [&options](const std::string& text) {
            options.format = ListedFormat{ParseFormatChoice(text, "--format"), std::nullopt};
          },
          "Quantise the layers anew: int2, int3, int4, ... as for repack\n[as the file has them]")
      ->type_name("FORMAT");
  AddRequantising(command, options.weights);
  AddThreads(command, options.threads);
}

}  // namespace

void AddRun(CLI::App& app, Context& context) {
  AddSubcommand<RunOptions>(app, context, kTexts, &Declare, &RunRun);
}

}  // namespace lutgemm::tools
