#include "tools/command/eval/options.h"

#include "tools/command/common/language_model.h"
#include "tools/command/eval/run.h"
#include "tools/console/numbers.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "eval", "Measure how well a language model of a GGUF file predicts a text",
    R"(Runs the models that `lutgemm run` does. The text is cut into windows of --context tokens that
do not overlap; every token but a window's first is predicted from those before it. Columns:
  weights      as the file has them, packed as what they are, or as --weights has them; formats
               of --format, into which the layers were quantised anew, with the tokens' rows and
               the output as in the file; with --reference first the file's values in float64,
               without the library
  bits/weight  stored bits of all linear layers, the output included
  bits/byte    bits spent on the predicted tokens over the bytes of text that they stand for:
               lower is better; then the difference to the first line
  read/s       tokens per second many at a time, each thread its own windows
  write/s      tokens per second one at a time, all threads together
  kernels      that ran the first layer, one token at a time and many)",
    R"(  lutgemm eval model.gguf --text text.txt
  lutgemm eval model.gguf --text text.txt --bytes 16384 --reference
  lutgemm eval model.gguf --weights model.int4.safetensors --text text.txt
  lutgemm eval model.gguf --text text.txt --mode fast --format int4,int4:32,int3:32 --json)"};

void Declare(CLI::App& command, EvalOptions& options) {
  AddModelFiles(command, options.files);
  command.add_option("--text", options.text, "File of the text to predict")
      ->required()
      ->type_name("FILE");
  command.add_option("--bytes", options.bytes, "Bytes of it to use, from its beginning [all]")
      ->transform(WholeNumber(1))
      ->type_name("N");
  command
      .add_option("--context", options.context,
                  "Tokens of a window, up to what the model was made for [512]")
      ->transform(WholeNumber(2, kMostRows))
      ->type_name("N");
  AddModeList(command, options.modes, "fast, exact or both [both]");
  command
      .add_option_function<std::string>(
          kFormatNames,
          [&options](const std::string& text) { options.formats = ParseFormats(text); },
          "Comma-separated formats to quantise into as well, each with a\n"
          "group of its own if you like: int4,int4:32 [none]")
      ->type_name("LIST");
  AddRequantising(command, options.weights);
  command.add_flag("--reference", options.reference,
                   "Begin with the file's values in float64: slow");
  AddThreads(command, options.threads);
  AddJson(command, options.json);
}

}  // namespace

void AddEval(CLI::App& app, Context& context) {
  AddSubcommand<EvalOptions>(app, context, kTexts, &Declare, &RunEval);
}

}  // namespace lutgemm::tools
