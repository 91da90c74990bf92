// Activations of files as the machine stores them, and the library's own product of them.
#include "tools/command/sim/tensors.h"
#include "tools/measure/scratch.h"

#include "base/text.h"
#include "format/fp.h"
#include "format/minifloat.h"
#include "model/func/lanes.h"
#include "ref/error.h"

#include <lutgemm/plan.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;
using base::MakeStatus;

// Largest magnitudes of types.
double LargestOf(isa::ActType type) {
  switch (type) {
    case isa::ActType::kI8:
      return 127.0;
    case isa::ActType::kI16:
      return 32767.0;
    case isa::ActType::kF8e4m3:
      return 448.0;
    case isa::ActType::kF8e5m2:
      return 57344.0;
    default:
      return 65504.0;
  }
}

double RoundedTo(isa::ActType type, float value) {
  if (type == isa::ActType::kF16) return double{format::F16ToF32(format::F32ToF16(value))};
  const format::MiniFloat& f8 = type == isa::ActType::kF8e4m3 ? format::kE4M3 : format::kE5M2;
  return double{format::MiniFloatValue(f8, format::MiniFloatCode(f8, double{value}))};
}

// Whether a token's numbers are integers that the type holds.
bool HoldsAll(isa::ActType type, std::span<const float> token) {
  return std::all_of(token.begin(), token.end(), [&](float a) {
    return a == std::nearbyint(a) && a <= LargestOf(type) && a >= -LargestOf(type) - 1.0;
  });
}

// One token of integers, with a scale where they need one.
float StoreIntegers(isa::ActType type, std::span<const float> token, double* values) {
  std::copy(token.begin(), token.end(), values);
  if (HoldsAll(type, token)) return 1.0f;
  float largest = 0.0f;
  for (const float a : token) largest = std::max(largest, std::fabs(a));
  const auto scale = static_cast<float>(double{largest} / LargestOf(type));
  const float usable = std::max(scale, std::numeric_limits<float>::min());
  for (size_t i = 0; i < token.size(); ++i) {
    const double steps = std::nearbyint(values[i] / double{usable});
    values[i] = std::clamp(steps, -LargestOf(type), LargestOf(type));
  }
  return usable;
}

}  // namespace

void StoreAct(isa::ActType type, double value, std::byte* to) {
  switch (type) {
    case isa::ActType::kI8:
      return model::func::StoreAs(to, 0, static_cast<int8_t>(value));
    case isa::ActType::kI16:
      return model::func::StoreAs(to, 0, static_cast<int16_t>(value));
    case isa::ActType::kF8e4m3:
      return model::func::StoreAs(to, 0, format::MiniFloatCode(format::kE4M3, value));
    case isa::ActType::kF8e5m2:
      return model::func::StoreAs(to, 0, format::MiniFloatCode(format::kE5M2, value));
    default:
      return model::func::StoreAs(to, 0, format::F32ToF16(static_cast<float>(value)));
  }
}

Result<SimActs> StoreActsAs(isa::ActType type, const SimTensors& tensors) {
  const size_t k = tensors.weights.info().k, size = isa::ActBytes(type);
  SimActs acts;
  acts.meant = tensors.acts;
  acts.values.resize(tensors.acts.size());
  acts.bytes.resize(tensors.acts.size() * size);
  for (size_t t = 0; t < tensors.m; ++t) {
    const auto token = std::span(tensors.acts).subspan(t * k, k);
    if (!isa::IsFloat(type)) {
      acts.row_scales.push_back(StoreIntegers(type, token, &acts.values[t * k]));
      continue;
    }
    for (size_t i = 0; i < k; ++i) {
      const double value = RoundedTo(type, token[i]);
      if (!std::isfinite(value) || std::fabs(double{token[i]}) > LargestOf(type) * 1.0005) {
        return MakeStatus(Code::kBadArgument, "activation ", i, " of token ", t, " is ", token[i],
                          ", beyond ", isa::Name(type), "; --act-type i16 or i8 have a scale");
      }
      acts.values[t * k + i] = value;
    }
  }
  for (size_t i = 0; i < acts.values.size(); ++i) {
    StoreAct(type, acts.values[i], &acts.bytes[i * size]);
  }
  return acts;
}

Result<double> NmseAgainstLibrary(const SimTensors& tensors, std::span<const uint32_t> out) {
  Problem problem;
  problem.m = tensors.m;
  const Result<Plan> plan = MakePlan(tensors.weights, problem);
  if (!plan.ok()) return plan.status();
  std::vector<float> expected(out.size());
  const Result<Scratch> scratch = Scratch::Map(plan->workspace_bytes());
  if (!scratch.ok()) return scratch.status();
  const Status status = plan->Run(tensors.acts.data(), expected.data(), scratch->span());
  if (!status.ok()) return status;
  std::vector<float> values;
  for (const uint32_t bits : out) values.push_back(std::bit_cast<float>(bits));
  return ref::Nmse(values, std::vector<double>(expected.begin(), expected.end()));
}

}  // namespace lutgemm::tools
