#include "tools/command/sim/problem.h"

#include "format/fp.h"
#include "model/cost/shape.h"
#include "model/func/lanes.h"
#include "tools/command/common/simulator.h"

#include <fmt/core.h>

#include <bit>
#include <cstring>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;

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
Status FillTypes(const SimOptions& options, const SimTensors* tensors,
                 model::lower::GemmSpec& spec) {
  const bool rtl = options.mode != SimMode::kExact;
  const bool given = tensors == nullptr ? !options.act.empty() : !options.act_type.empty();
  spec.act = tensors != nullptr ? tensors->type : rtl ? isa::ActType::kF16 : isa::ActType::kI8;
  if (given) {
    const auto act = tensors == nullptr
                         ? ParseType<isa::ActType>(options.act, isa::Kind::kAct, "--act")
                         : ParseType<isa::ActType>(options.act_type, isa::Kind::kAct, "--act-type");
    if (!act.ok()) return act.status();
    spec.act = *act;
  }
  spec.quantised_tables = options.quantised_tables;
  const bool integer = !isa::IsFloat(spec.act) && !spec.quantised_tables;
  const char* usual_acc = integer ? "i32" : (rtl && !spec.quantised_tables) ? "f16" : "f32";
  const auto acc = ParseType<isa::SumType>(options.acc.empty() ? usual_acc : options.acc,
                                           isa::Kind::kSum, "--acc");
  if (!acc.ok()) return acc.status();
  spec.acc = *acc;
  const auto out = ParseType<isa::SumType>(
      options.out.empty() ? (integer && tensors == nullptr ? "i32" : "f32") : options.out,
      isa::Kind::kSum, "--out");
  if (!out.ok()) return out.status();
  spec.out = *out;
  return {};
}

}  // namespace

Result<ProblemSetup> MakeSetup(const SimOptions& options, const SimTensors* tensors) {
  ProblemSetup setup;
  if (tensors != nullptr) {
    setup.info = tensors->weights.info();
    setup.spec.m = tensors->m;
    if (Status status = FillTypes(options, tensors, setup.spec); !status.ok()) return status;
    return setup;
  }
  const Result<model::Shape> gemm = model::cost::ParseProduct(options.problem);
  if (!gemm.ok()) return Status(Code::kBadArgument, "--problem: " + gemm.status().text());
  WeightOptions weights = options.weights;
  const Status known = CheckMachineFormat(weights.format.format);
  if (!known.ok()) return known;
  if (!weights.group) weights.group = kWholeRow;  // one group: the cycles of the formula
  const Result<QuantSpec> quant = weights.Spec();
  if (!quant.ok()) return quant.status();
  setup.info = InfoOf(*quant, gemm->n, gemm->k);
  setup.spec.m = gemm->m;
  if (Status status = FillTypes(options, nullptr, setup.spec); !status.ok()) return status;
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
