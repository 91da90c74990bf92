// The work behind `lutgemm demo`: the tiny language model in every format, measured and checked.
#ifndef LUTGEMM_TOOLS_COMMAND_DEMO_EVALUATION_H_
#define LUTGEMM_TOOLS_COMMAND_DEMO_EVALUATION_H_

#include "tiny_lm/cache.hpp"

#include <lutgemm/lutgemm.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

struct DemoSpec {
  std::string data;           // folder of full.safetensors, ternary.safetensors and heldout.txt
  size_t text_bytes = 16384;  // of the held-out text, from its beginning
  double seconds = 0.2;       // spent on each timing; three per row
  // For evaluation. Timings take one thread: the model is too small to share out.
  Threads* threads = nullptr;
};

// One row of the table: a checkpoint, and how its linear layers are stored and run.
struct DemoCase {
  bool ternary_trained = false;
  std::optional<QuantSpec> spec;  // none: f32, without the library
  Mode mode = Mode::kFast;
  std::optional<tiny_lm::CacheSpec> cache = {};  // of keys and values; none: f32
};

// Rows of the table. Either checkpoint begins with f32, and the exact mode comes before the fast
// one. The matrices are 176 or 468 long in K: groups of 128, 64 and 32 have a shorter last one.
std::vector<DemoCase> DemoCases();

struct DemoResult {
  DemoCase what;
  double bits_per_weight = 0;
  double cache_bits = 0;  // per element of keys and values
  double bits_per_byte = 0;
  double above_f32 = 0;     // bits per byte more than the same checkpoint in f32
  double decode_rate = 0;   // tokens per second one at a time
  double prefill_rate = 0;  // tokens per second many at a time
  double weight_gbps = 0;   // bytes of linear layers per second spent in them while decoding, 10^9
  double read_gbps = 0;     // what the same thread reads of a buffer of that size
  std::string decode_kernel, prefill_kernel, target;
};

// Bits per byte of the ternary checkpoint.
struct DemoCheck {
  static constexpr double kLimit = 1e-4;
  double exact = 0;    // integer products by the library's exact mode, the rest in float64
  double float64 = 0;  // without the library
  std::optional<double> stored;  // of reference.json, where it stands for the same windows
  // The engine in exact mode, which rounds to f32 between the products. That moves activations to
  // the next int8 code here and there, and nothing follows from how far it is from the others.
  double engine = 0;

  bool ok() const;
};

inline constexpr std::string_view kDemoPrompt = "In the beginning ";

struct DemoReport {
  size_t text_bytes = 0;
  std::vector<DemoResult> results;
  DemoCheck check;
  std::string sample;  // what the first quantised model writes after kDemoPrompt
  double seconds = 0;
};

Result<DemoReport> RunDemo(const DemoSpec& spec);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DEMO_EVALUATION_H_
