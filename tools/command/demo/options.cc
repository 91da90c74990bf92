#include "tools/command/demo/options.h"

#include "tools/command/common/share.h"
#include "tools/command/demo/run.h"
#include "tools/console/numbers.h"
#include "tools/console/options.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "demo", "Run a small language model in every format: quality, speed, check",
    R"(Two byte-level Llama models, one trained in full precision, one with ternary weights and
int8 activations, are packed in memory to every format and run by the example engine.
examples/tiny_lm/README.md explains models and protocol. Speeds are of one thread: the models are
too small to share out. Columns:
  K/V        keys and values: f32, or block floating point of so many bits in blocks of so
             many channels, which may be sorted by norm
  bits/byte  how well the model predicts the held-out text: lower is better; then the
             difference to the same checkpoint in f32
  decode/s   tokens per second one at a time, attention and everything else included
  prefill/s  tokens per second 128 at a time
  GB/s       packed bytes of the linear layers over the time spent in them while decoding,
             and as a share of the rate at which one thread reads as many bytes
  kernels    that ran the first layer in decode and prefill
The exact mode must give the ternary model the bits per byte that float64 gives, to 1e-4, or
the exit code is 1. Its line and that check keep float64 between the integer products.)",
    R"(  lutgemm demo
  lutgemm demo --threads 1 --bytes 16384
  lutgemm demo --json > demo.json)"};

void Declare(CLI::App& command, DemoOptions& options) {
  options.spec.data = SharePath("data/tiny_lm");
  command
      .add_option("--data", options.spec.data,
                  "Folder of full.safetensors, ternary.safetensors, heldout.txt and\n"
                  "reference.json [data/tiny_lm that came along]")
      ->type_name("DIR");
  AddThreads(command, options.threads, "; they share out the held-out text");
  command
      .add_option("--bytes", options.spec.text_bytes,
                  "Bytes of held-out text to measure on [16384; all: 65536]")
      ->transform(WholeNumber(1))
      ->type_name("N");
  command
      .add_option("--seconds", options.spec.seconds,
                  "Seconds for each timing, three per line [0.2]")
      ->transform(RealNumber(0.0, 60.0))
      ->type_name("S");
  AddJson(command, options.json);
}

}  // namespace

void AddDemo(CLI::App& app, Context& context) {
  AddSubcommand<DemoOptions>(app, context, kTexts, &Declare, &RunDemoCommand);
}

}  // namespace lutgemm::tools
