#include "tools/console/options.h"

#include "tools/console/gen/format_lists.h"
#include "tools/console/numbers.h"
#include "tools/console/report.h"

#include "format/group_text.h"
#include "format/traits.h"

#include <fmt/core.h>
#include <lutgemm/plan.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace lutgemm::tools {
namespace {

constexpr size_t kMostThreads = 1024;  // of MakeThreads

// `name` as one of the elements, or a text that lists them.
Result<Elem> ParseElemOf(std::string_view name, std::initializer_list<Elem> allowed) noexcept {
  const Result<Elem> elem = ParseElem(name);
  std::string known;
  for (const Elem other : allowed) {
    if (elem.ok() && *elem == other) return other;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", Name(other));
  }
  return Status(Code::kBadArgument, fmt::format("'{}' is not one of {}", name, known));
}

// A help text in lines as short as those of the others.
std::string Wrapped(std::string_view text) {
  constexpr size_t kWidth = 66;
  std::string lines;
  size_t width = 0;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    const bool next = width != 0 && width + 1 + word.size() > kWidth;
    lines += width == 0 ? "" : next ? "\n" : " ";
    lines += word;
    width = next || width == 0 ? word.size() : width + 1 + word.size();
    text.remove_prefix(space == text.npos ? text.size() : space + 1);
  }
  return lines;
}

// Whether a layout holds weights of a spec.
Status CheckLayout(const QuantSpec& spec, LayoutId layout) {
  if (layout == LayoutId::kDefault || PackedBytes(InfoOf(spec, 1, 4), layout) != 0) return {};
  return {Code::kBadArgument,
          fmt::format("--layout {} cannot hold {} with group {}; layouts are {}", Name(layout),
                      Name(spec.format), GroupText(spec.group), kLayoutList)};
}

}  // namespace

void WeightOptions::AddFormatTo(CLI::App& command) {
  command
      .add_option_function<std::string>(
          kFormatNames,
          [this](const std::string& text) {
            format = ParseFormatChoice(text, "--format");
            named = true;
          },
          Wrapped(fmt::format("Number format: {} [int4]", kFormatList)))
      ->type_name("FORMAT");
}

void WeightOptions::AddTo(CLI::App& command) {
  command
      .add_option_function<std::string>(
          "--group", [this](const std::string& text) { group = ParseGroup(text); },
          Wrapped(fmt::format("Weights along K that share a scale: a multiple of 4, or 'row', or "
                              "'tensor' [{}]",
                              kGroupDefaults)))
      ->type_name("N|row|tensor");
  command.add_flag(
      "--asymmetric", asymmetric,
      Wrapped(fmt::format("Give every group a zero point ({}), for weights not centred "
                          "on zero; the same as --zero integer",
                          format::kZeroFormats)));
  AddParsed(command, "--zero", zero, &ParseZeroKind,
            "Zero points: none, integer (one byte per group) or float (an offset\n"
            "of the scale's type per group) [none]")
      ->type_name("KIND");
  AddParsed(command, "--scale", scale, &ParseScaleElem,
            Wrapped(fmt::format("Stored type of scales: f32, f16, bf16, or for codebooks u8 with a "
                                "factor per row [{}]",
                                kScaleDefaults)))
      ->type_name("TYPE");
  AddParsed(command, "--layout", layout, &ParseLayout,
            Wrapped(fmt::format("Packed layout: default, {} [default]", kLayoutList)))
      ->type_name("LAYOUT");
}

Result<QuantSpec> WeightOptions::Spec(const FormatChoice& choice) const {
  if (choice.gguf) {
    return Status(
        Code::kBadArgument,
        fmt::format("{} is a type of blocks that GGUF files hold; nothing is quantised to "
                    "it here",
                    choice.gguf_name));
  }
  const WeightFormat of = choice.format;
  QuantSpec spec = DefaultSpec(of);
  spec.scale = scale.value_or(spec.scale);
  spec.group = group.value_or(choice.group.value_or(spec.group));
  if (choice.group && group && *group != *choice.group) {
    return Status(Code::kBadArgument, fmt::format("--group {} contradicts the format's {}",
                                                  GroupText(*group), GroupText(*choice.group)));
  }
  if (asymmetric && zero && *zero == ZeroKind::kNone) {
    return Status(Code::kBadArgument, "--asymmetric and --zero none contradict each other");
  }
  spec.zero = zero.value_or(asymmetric ? ZeroKind::kInteger : ZeroKind::kNone);
  if (spec.zero != ZeroKind::kNone && !format::HasZeros(of)) {
    return Status(Code::kBadArgument,
                  fmt::format("{} has no zero points, as {} have: leave out --asymmetric and "
                              "--zero",
                              Name(of), format::kZeroFormats));
  }
  if (!format::TakesGroup(of, spec.group) || !format::TakesScale(of, spec.scale)) {
    return Status(Code::kBadArgument,
                  fmt::format("{} takes groups of {} and scales of {}", Name(of),
                              format::GroupsText(of), format::ScalesText(of)));
  }
  if (Status status = CheckLayout(spec, layout); !status.ok()) return status;
  return spec;
}

Result<WeightInfo> WeightOptions::Info(const FormatChoice& of, size_t n, size_t k) const {
  if (!of.gguf) {
    const Result<QuantSpec> spec = Spec(of);
    if (!spec.ok()) return spec.status();
    return InfoOf(*spec, n, k);
  }
  if (group || asymmetric || zero || scale) {
    return Status(
        Code::kBadArgument,
        fmt::format("{} has groups, scales and zero points of its own: leave out --group, "
                    "--asymmetric, --zero and --scale",
                    of.gguf_name));
  }
  const Result<WeightInfo> info = GgufInfo(*of.gguf, n, k);
  if (!info.ok() || layout == LayoutId::kDefault || PackedBytes(*info, layout) != 0) return info;
  return Status(Code::kBadArgument,
                fmt::format("--layout {} cannot hold {}", Name(layout), of.gguf_name));
}

Result<QuantizedMatrix> WeightOptions::Quantize(const Tensor2D& weights, QuantSpec spec,
                                                const QuantizeOptions& options) const {
  Result<QuantizedMatrix> matrix = format.Quantize(weights, spec, options);
  const bool wider = matrix.status().code() == Code::kOverflow && !scale &&
                     spec.scale != Elem::kF32 && format::TakesScale(spec.format, Elem::kF32);
  if (!wider) return matrix;
  spec.scale = Elem::kF32;
  return format.Quantize(weights, spec, options);
}

WeightInfo InfoOf(const QuantSpec& spec, size_t n, size_t k) {
  WeightInfo info;
  info.format = spec.format;
  info.zero = spec.zero;
  info.scale = spec.scale;
  info.n = n;
  info.k = k;
  info.group = spec.group;
  return info;
}

uint64_t ParseCount(const std::string& text, const std::string& option) {
  const std::optional<uint64_t> value = ReadCount(text);
  if (!value) {
    throw CLI::ValidationError(option, fmt::format("'{}' is not a whole number of 64 bits", text));
  }
  return *value;
}

uint32_t ParseGroup(const std::string& text) {
  const std::optional<uint32_t> group = format::ReadGroup(text);
  const bool whole = group == kWholeRow || group == kWholeTensor;
  if (group && (whole || (*group % 4 == 0 && *group <= kMaxK))) return *group;
  throw CLI::ValidationError(
      "--group",
      fmt::format("'{}' is not 'row', 'tensor' or a multiple of 4 up to {}", text, kMaxK));
}

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> pieces;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return pieces;
}

Result<Mode> ParseMode(std::string_view name) noexcept {
  for (const Mode mode : {Mode::kFast, Mode::kExact}) {
    if (name == Name(mode)) return mode;
  }
  return Status(Code::kBadArgument, fmt::format("'{}' is not a mode: fast or exact", name));
}

Result<Elem> ParseActElem(std::string_view name) noexcept {
  return ParseElemOf(name, {Elem::kF32, Elem::kF16, Elem::kBF16, Elem::kI8});
}
Result<Elem> ParseOutElem(std::string_view name) noexcept {
  return ParseElemOf(name, {Elem::kF32, Elem::kF16, Elem::kBF16, Elem::kI32});
}
Result<Elem> ParseScaleElem(std::string_view name) noexcept {
  return ParseElemOf(name,
                     {Elem::kF32, Elem::kF16, Elem::kBF16, Elem::kU8, Elem::kE8m0, Elem::kE4m3});
}

void AddBlocks(CLI::App& command, uint32_t& block, uint32_t& act_bfp) {
  command
      .add_option("--block", block,
                  "Activations that share a scale: a multiple of 16; 0 = the\n"
                  "library's choice [0]")
      ->transform(WholeNumber(0, kMaxK))
      ->type_name("N");
  command
      .add_option("--act-bfp", act_bfp,
                  "Activations as block floating point of so many bits, 3 to 8, in\n"
                  "blocks of 16, 32 (--block 0), 64 or 128; in mode exact [none]")
      ->transform(WholeNumber(3, 8))
      ->type_name("BITS");
}

void AddJson(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print one JSON document instead of tables");
}

void AddTarget(CLI::App& command, std::string& target) {
  command.add_option("--target", target, "Force a target of `lutgemm cpu` [best]")
      ->type_name("NAME");
}

void AddKernel(CLI::App& command, std::string& kernel) {
  command.add_option("--kernel", kernel, "Force a kernel of `lutgemm kernels` [the plan's]")
      ->type_name("NAME");
}

void AddSeed(CLI::App& command, uint64_t& seed, const std::string& of) {
  command.add_option("--seed", seed, fmt::format("{} [{}]", of, seed))
      ->transform(WholeNumber(0))
      ->type_name("N");
}

void AddWorkingSet(CLI::App& command, size_t& mib) {
  command
      .add_option("--working-set", mib,
                  fmt::format("MiB of weights to rotate through; at least one copy [{}]", mib))
      ->transform(WholeNumber(1, 1 << 20))
      ->type_name("MiB");
}

void AddMinTime(CLI::App& command, double& milliseconds) {
  command
      .add_option(
          "--min-time", milliseconds,
          fmt::format("Milliseconds per measurement, at least five rounds [{}]", milliseconds))
      ->transform(RealNumber(1.0, 600000.0))
      ->type_name("MS");
}

void AddThreads(CLI::App& command, size_t& threads, const std::string& more) {
  command
      .add_option("--threads", threads,
                  fmt::format("Threads; 0 = every usable core{} [{}]", more, threads))
      ->transform(WholeNumber(0, kMostThreads))
      ->type_name("N");
}

size_t ThreadCount(size_t asked) {
  return asked != 0 ? asked : std::min(GetCpuFacts().cores, kMostThreads);
}

Result<std::unique_ptr<Threads>> ThreadsToMeasure(size_t count) {
  if (count <= 1) return std::unique_ptr<Threads>();
  Result<std::unique_ptr<Threads>> pool = MakeThreads(count);
  if (pool.ok() && (*pool)->count() != count) {
    return Status(Code::kOutOfMemory, fmt::format("the system lets only {} of {} threads start; "
                                                  "choose --threads accordingly",
                                                  (*pool)->count(), count));
  }
  return pool;
}

}  // namespace lutgemm::tools
