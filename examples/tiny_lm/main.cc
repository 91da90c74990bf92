// A program around the engine: evaluates a model on a text, or lets it write one.
#include "tiny_lm/engine.hpp"
#include "tiny_lm/importance.hpp"
#include "tiny_lm/model.hpp"
#include "tiny_lm/text.hpp"

#include <lutgemm/lutgemm.hpp>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using lutgemm::Code;
using lutgemm::Result;
using lutgemm::Status;

constexpr const char* kUsage = R"(usage:
  tiny_lm evaluate MODEL TEXTFILE [options]   bits per byte of a text
  tiny_lm generate MODEL PROMPT [options]     continues the prompt
MODEL is a checkpoint of the tiny model, or a file that `lutgemm repack` made of one.
options:
  --format NAME      int4, bitmod4, bfp6, ...; without it f32, or as packed
  --group N          weights along K that share a scale (64, or what the format is given)
  --cache-bits N     keys and values as block floating point of 3 to 8 bits; 0: f32 (0)
  --cache-block N    channels that share an exponent: 16, 32, 64 or 128 (32)
  --cache-order NAME none, or head: channels sorted by norm within heads (none)
  --mode NAME        exact or fast (exact)
  --threads N        (1)
  --collect-importance FILE
                     evaluate: writes the mean squares of what every linear layer
                     reads, for `lutgemm repack --importance`
  --bytes N          how much to generate (300)
  --temperature T    0 picks the likeliest byte (0.7)
  --seed N           (1)
)";

struct Arguments {
  std::vector<std::string> words;
  std::map<std::string, std::string> options{{"--format", ""},
                                             {"--group", ""},
                                             {"--mode", "exact"},
                                             {"--threads", "1"},
                                             {"--bytes", "300"},
                                             {"--temperature", "0.7"},
                                             {"--seed", "1"},
                                             {"--cache-bits", "0"},
                                             {"--cache-block", "32"},
                                             {"--cache-order", "none"},
                                             {"--collect-importance", ""}};
};

Status BadArgument(const std::string& text) { return Status(Code::kBadArgument, text); }

Result<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      arguments.words.push_back(word);
    } else if (!arguments.options.contains(word)) {
      return BadArgument("unknown option " + word);
    } else if (i + 1 == argc) {
      return BadArgument(word + " needs a value");
    } else {
      arguments.options[word] = argv[++i];
    }
  }
  const auto& words = arguments.words;
  if (words.size() != 3 || (words[0] != "evaluate" && words[0] != "generate")) {
    return BadArgument("give evaluate or generate, a model and a text");
  }
  return arguments;
}

template <class T>
Result<T> Number(const Arguments& arguments, const std::string& option) {
  const std::string& text = arguments.options.at(option);
  T value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return BadArgument(option + " takes a number, not '" + text + "'");
  }
  return value;
}

Result<std::optional<lutgemm::QuantSpec>> Spec(const Arguments& arguments) {
  const std::string& name = arguments.options.at("--format");
  if (name.empty()) return std::optional<lutgemm::QuantSpec>();
  const auto format = lutgemm::ParseWeightFormat(name);
  if (!format.ok()) return format.status();
  lutgemm::QuantSpec spec;
  if (*format == lutgemm::WeightFormat::kTernary) {
    spec = tiny_lm::TrainedTernary();
  } else {
    spec = lutgemm::DefaultSpec(*format);
    if (spec.group == 128) spec.group = 64;
  }
  if (!arguments.options.at("--group").empty()) {
    const auto group = Number<uint32_t>(arguments, "--group");
    if (!group.ok()) return group.status();
    spec.group = *group;
  }
  return std::optional(spec);
}

Result<lutgemm::Mode> ParseMode(const std::string& name) {
  for (lutgemm::Mode mode : {lutgemm::Mode::kExact, lutgemm::Mode::kFast}) {
    if (name == lutgemm::Name(mode)) return mode;
  }
  return BadArgument("--mode is exact or fast, not '" + name + "'");
}

// What both commands run.
struct Setup {
  tiny_lm::Model model;
  lutgemm::Mode mode = lutgemm::Mode::kExact;
  std::optional<tiny_lm::CacheSpec> cache;
  std::unique_ptr<lutgemm::Threads> threads;
};

Result<std::optional<tiny_lm::CacheSpec>> Cache(const Arguments& arguments) {
  const auto bits = Number<unsigned>(arguments, "--cache-bits");
  const auto block = Number<uint32_t>(arguments, "--cache-block");
  const std::string& order = arguments.options.at("--cache-order");
  if (!bits.ok()) return bits.status();
  if (!block.ok()) return block.status();
  if (order != "none" && order != "head") return BadArgument("--cache-order is none or head");
  if (*bits == 0) return std::optional<tiny_lm::CacheSpec>();
  return std::optional(tiny_lm::CacheSpec{*bits, *block, order == "head"});
}

Result<Setup> Prepare(const Arguments& arguments) {
  const auto count = Number<size_t>(arguments, "--threads");
  if (!count.ok()) return count.status();
  auto threads = lutgemm::MakeThreads(*count);
  if (!threads.ok()) return threads.status();
  const auto spec = Spec(arguments);
  if (!spec.ok()) return spec.status();
  const auto mode = ParseMode(arguments.options.at("--mode"));
  if (!mode.ok()) return mode.status();
  auto model = tiny_lm::LoadModel(arguments.words[1], *spec, threads->get());
  if (!model.ok()) return model.status();
  const auto cache = Cache(arguments);
  if (!cache.ok()) return cache.status();
  return Setup{*std::move(model), *mode, *cache, *std::move(threads)};
}

// Evaluates the model and writes what its linear layers read meanwhile.
Result<tiny_lm::Score> Collect(const Setup& setup, std::span<const uint8_t> text,
                               const Arguments& arguments) {
  tiny_lm::InputEnergy energy(setup.model);
  tiny_lm::EngineSpec spec;
  spec.mode = setup.mode;
  spec.threads = setup.threads.get();
  spec.cache = setup.cache;
  spec.energy = &energy;
  auto score = tiny_lm::EvaluateAlone(setup.model, spec, text);
  if (!score.ok()) return score;
  const Status status =
      energy.Write(arguments.options.at("--collect-importance"), arguments.words[2]);
  if (!status.ok()) return status;
  return score;
}

Status EvaluateFile(const Setup& setup, const Arguments& arguments) {
  const std::string& path = arguments.words[2];
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kIo, "cannot open " + path);
  const std::vector<uint8_t> text{std::istreambuf_iterator<char>(file), {}};
  const size_t window = setup.model.config.context;
  if (text.size() < window) {
    return BadArgument(path + " is shorter than one window of " + std::to_string(window));
  }
  const bool collects = !arguments.options.at("--collect-importance").empty();
  const auto score =
      collects ? Collect(setup, text, arguments)
               : tiny_lm::Evaluate(setup.model, setup.mode, text, setup.threads.get(), setup.cache);
  if (!score.ok()) return score.status();
  std::printf("%.6f bits per byte over %zu windows of %zu bytes\n", score->bits_per_byte(),
              score->window_bits.size(), window);
  return {};
}

Status GenerateText(const Setup& setup, const Arguments& arguments) {
  const auto bytes = Number<size_t>(arguments, "--bytes");
  const auto temperature = Number<double>(arguments, "--temperature");
  const auto seed = Number<uint64_t>(arguments, "--seed");
  if (!bytes.ok()) return bytes.status();
  if (!temperature.ok()) return temperature.status();
  if (!seed.ok()) return seed.status();
  const std::string& prompt = arguments.words[2];
  if (prompt.empty()) return BadArgument("the prompt is empty");
  tiny_lm::EngineSpec spec;
  spec.mode = setup.mode;
  spec.threads = setup.threads.get();
  spec.cache = setup.cache;
  auto engine = tiny_lm::Engine::Make(setup.model, spec);
  if (!engine.ok()) return engine.status();
  if (const auto* plan = engine->decode_plan()) {
    const std::string why = plan->Explain();
    std::fprintf(stderr, "decode: %.*s\n", int(why.size()), why.data());
  }
  tiny_lm::Sampler sampler(*temperature, *seed);
  const auto text = tiny_lm::Generate(*engine, prompt, *bytes, sampler);
  if (!text.ok()) return text.status();
  std::printf("%s%s\n", prompt.c_str(), text->c_str());
  return {};
}

Status RunCommand(const Arguments& arguments) {
  const auto setup = Prepare(arguments);
  if (!setup.ok()) return setup.status();
  return arguments.words[0] == "evaluate" ? EvaluateFile(*setup, arguments)
                                          : GenerateText(*setup, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = Parse(argc, argv);
  if (!arguments.ok()) {
    std::fprintf(stderr, "tiny_lm: %s\n%s", arguments.status().text().c_str(), kUsage);
    return 2;
  }
  const Status status = RunCommand(*arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "tiny_lm: %s\n", status.text().c_str());
  return status.code() == Code::kBadArgument ? 2 : 3;
}
