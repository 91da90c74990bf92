// Options that several commands share, parsed and explained once.
#ifndef LUTGEMM_TOOLS_CONSOLE_OPTIONS_H_
#define LUTGEMM_TOOLS_CONSOLE_OPTIONS_H_

#include "tools/console/format_choice.h"

#include <lutgemm/threads.hpp>
#include <lutgemm/weights.hpp>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// How weights are stored: --format --group --asymmetric --zero --scale --layout.
struct WeightOptions {
  FormatChoice format;
  bool named = false;             // whether --format was given
  std::optional<uint32_t> group;  // none: the format's own
  bool asymmetric = false;
  std::optional<ZeroKind> zero;
  std::optional<Elem> scale;  // none: the format's own
  LayoutId layout = LayoutId::kDefault;

  // Adds all options but --format, which may take a list.
  void AddTo(CLI::App& command);
  void AddFormatTo(CLI::App& command);

  // The choice for one format, or what in the combination is wrong. Nothing quantises to a block
  // type.
  Result<QuantSpec> Spec(const FormatChoice& of) const;
  Result<QuantSpec> Spec() const { return Spec(format); }

  // What weights of a choice are, block types of GGUF included, which take no other option than
  // --layout. For commands that quantise nothing.
  Result<WeightInfo> Info(const FormatChoice& of, size_t n, size_t k) const;
  Result<WeightInfo> Info(size_t n, size_t k) const { return Info(format, n, k); }

  // Quantises as `spec`, which is Spec() but for its search; with f32 scales instead where those of
  // the format's own type cannot hold the weights and --scale asks for none.
  Result<QuantizedMatrix> Quantize(const Tensor2D& weights, QuantSpec spec,
                                   const QuantizeOptions& options) const;
};

// Weights of a spec: what they are, without their bytes.
WeightInfo InfoOf(const QuantSpec& spec, size_t n, size_t k);

// Throw CLI::ValidationError, which ends parsing with exit code 2.
uint32_t ParseGroup(const std::string& text);
uint64_t ParseCount(const std::string& text, const std::string& option);
// One piece per comma.
std::vector<std::string> SplitList(const std::string& text);

// Adds `--name VALUE` and parses VALUE with `parse`, a library function such as ParseElem. `Value`
// is T or an optional T.
template <class Value, class T>
CLI::Option* AddParsed(CLI::App& command, const std::string& name, Value& value,
                       Result<T> (*parse)(std::string_view) noexcept, const std::string& help) {
  return command.add_option_function<std::string>(
      name,
      [&value, parse, name](const std::string& text) {
        const Result<T> parsed = parse(text);
        if (!parsed.ok()) throw CLI::ValidationError(name, parsed.status().text());
        value = *parsed;
      },
      help);
}
Result<Mode> ParseMode(std::string_view name) noexcept;
// Elements that activations and outputs may have.
Result<Elem> ParseActElem(std::string_view name) noexcept;
Result<Elem> ParseOutElem(std::string_view name) noexcept;
Result<Elem> ParseScaleElem(std::string_view name) noexcept;

// --block and --act-bfp: activations that share a scale, and as what.
void AddBlocks(CLI::App& command, uint32_t& block, uint32_t& act_bfp);
void AddJson(CLI::App& command, bool& json);
// --target and --kernel: what a plan is forced onto.
void AddTarget(CLI::App& command, std::string& target);
void AddKernel(CLI::App& command, std::string& kernel);
// --seed; `of` says of what.
void AddSeed(CLI::App& command, uint64_t& seed, const std::string& of);
// --working-set and --min-time: on how much and for how long programs measure.
void AddWorkingSet(CLI::App& command, size_t& mib);
void AddMinTime(CLI::App& command, double& milliseconds);
// 0 means every core that the process may use.
void AddThreads(CLI::App& command, size_t& threads, const std::string& more = {});
// What --threads means as a number of at least 1.
size_t ThreadCount(size_t asked);
// Threads to measure with: exactly `count`, or an error; null for one.
Result<std::unique_ptr<Threads>> ThreadsToMeasure(size_t count);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_OPTIONS_H_
