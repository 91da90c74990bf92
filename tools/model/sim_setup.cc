#include "tools/model/sim_problem.h"

#include "format/fp.h"
#include "model/func/lanes.h"

#include <fmt/core.h>

#include <array>
#include <bit>
#include <cstring>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;

Result<std::array<size_t, 3>> ParseSides(const std::string& text) {
  std::array<size_t, 3> sides{};
  size_t side = 0;
  for (const char c : text) {
    if (c == 'x' && sides[side] != 0 && side < 2) {
      ++side;
    } else if (c >= '0' && c <= '9' && sides[side] <= kMaxK) {
      sides[side] = sides[side] * 10 + static_cast<size_t>(c - '0');
    } else {
      return Status(Code::kBadArgument, "--problem: '" + text + "' is not MxNxK");
    }
  }
  if (side != 2 || sides[2] == 0) {
    return Status(Code::kBadArgument,
                  "--problem: '" + text + "' is not MxNxK, such as 16x4096x4096");
  }
  return sides;
}

// A value of an enumeration by its name among the names of its kind.
template <class T>
Result<T> ParseType(const std::string& text, isa::Kind kind, const char* option) {
  const auto names = isa::TypeNames(kind);
  std::string all;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<T>(i);
    all += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
  }
  return Status(Code::kBadArgument, fmt::format("{}: '{}' is none of {}", option, text, all));
}

// Types that were left out follow from the others.
Status FillTypes(const SimOptions& options, model::lower::GemmSpec& spec) {
  const bool rtl = options.mode == model::func::Mode::kRtl;
  const auto act = ParseType<isa::ActType>(options.act.empty() ? (rtl ? "f16" : "i8") : options.act,
                                           isa::Kind::kAct, "--act");
  if (!act.ok()) return act.status();
  spec.act = *act;
  spec.quantised_tables = options.quantised_tables;
  const bool integer = !isa::IsFloat(spec.act) && !spec.quantised_tables;
  const char* usual_acc = integer ? "i32" : (rtl && !spec.quantised_tables) ? "f16" : "f32";
  const auto acc = ParseType<isa::SumType>(options.acc.empty() ? usual_acc : options.acc,
                                           isa::Kind::kSum, "--acc");
  if (!acc.ok()) return acc.status();
  spec.acc = *acc;
  const auto out = ParseType<isa::SumType>(
      options.out.empty() ? (integer ? "i32" : "f32") : options.out, isa::Kind::kSum, "--out");
  if (!out.ok()) return out.status();
  spec.out = *out;
  return {};
}

}  // namespace

Result<ProblemSetup> MakeSetup(const SimOptions& options) {
  ProblemSetup setup;
  const auto sides = ParseSides(options.problem);
  if (!sides.ok()) return sides.status();
  WeightOptions weights = options.weights;
  if (!weights.group) weights.group = kWholeRow;  // one group: the cycles of the formula
  const Result<QuantSpec> quant = weights.Spec();
  if (!quant.ok()) return quant.status();
  setup.info = InfoOf(*quant, (*sides)[1], (*sides)[2]);
  setup.spec.m = (*sides)[0];
  if (Status status = FillTypes(options, setup.spec); !status.ok()) return status;
  return setup;
}

SimActs MakeSimActs(isa::ActType type, size_t count, Random& random) {
  SimActs acts;
  const size_t size = isa::ActBytes(type);
  acts.bytes.resize(count * size);
  acts.values.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    uint16_t bits = static_cast<uint16_t>(random.Below(1u << 16));
    double value = 0.0;
    if (type == isa::ActType::kI16) {
      value = std::bit_cast<int16_t>(bits);
    } else if (type == isa::ActType::kI8) {
      value = static_cast<int8_t>(bits);
    } else if (type == isa::ActType::kF16) {
      bits = format::F32ToF16(static_cast<float>(random.Gaussian()));
      value = double{format::F16ToF32(bits)};
    } else {
      bits &= 0xb7u;  // finite in both FP8 types
      value = model::func::LoadActF64(reinterpret_cast<const std::byte*>(&bits), type, 0);
    }
    std::memcpy(&acts.bytes[i * size], &bits, size);
    acts.values.push_back(value);
  }
  return acts;
}

}  // namespace lutgemm::tools
