#include "tools/model/sim_tensors.h"

#include "tools/model/files.h"
#include "tools/scratch.h"

#include "base/names.h"
#include "base/text.h"
#include "format/fp.h"
#include "format/minifloat.h"
#include "model/func/lanes.h"
#include "ref/error.h"

#include <lutgemm/plan.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;
using base::MakeStatus;

// A type that activations of a file may have.
struct Stored {
  std::string_view dtype;   // of a tensor
  std::string_view suffix;  // of a file of raw numbers
  size_t bytes;
  float (*load)(const std::byte* at);
  isa::ActType type;  // what the machine takes it as
};

template <class T>
T Load(const std::byte* at) {
  return model::func::LoadAs<T>(at, 0);
}

constexpr Stored kStored[] = {
    {"F32", ".f32", 4, [](const std::byte* at) { return Load<float>(at); }, isa::ActType::kF16},
    {"F16", ".f16", 2, [](const std::byte* at) { return format::F16ToF32(Load<uint16_t>(at)); },
     isa::ActType::kF16},
    {"BF16", ".bf16", 2, [](const std::byte* at) { return format::Bf16ToF32(Load<uint16_t>(at)); },
     isa::ActType::kF16},
    {"I8", ".i8", 1, [](const std::byte* at) { return static_cast<float>(Load<int8_t>(at)); },
     isa::ActType::kI8},
    {"I16", ".i16", 2, [](const std::byte* at) { return static_cast<float>(Load<int16_t>(at)); },
     isa::ActType::kI16},
    {"F8_E4M3", ".f8e4m3", 1,
     [](const std::byte* at) { return format::MiniFloatValue(format::kE4M3, Load<uint8_t>(at)); },
     isa::ActType::kF8e4m3},
    {"F8_E5M2", ".f8e5m2", 1,
     [](const std::byte* at) { return format::MiniFloatValue(format::kE5M2, Load<uint8_t>(at)); },
     isa::ActType::kF8e5m2},
};

// "FILE:TENSOR" at its last colon; without one the tensor is empty.
struct Place {
  std::string file, tensor;
};
Place ParsePlace(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// The name, or the only one there is.
Result<std::string> Choose(const Place& place, std::span<const std::string> names) {
  if (!place.tensor.empty()) return place.tensor;
  if (names.size() == 1) return names.front();
  std::string some;
  for (size_t i = 0; i < std::min<size_t>(names.size(), 3); ++i) {
    some += base::Cat(i == 0 ? "" : ", ", names[i]);
  }
  return MakeStatus(Code::kNotFound, place.file, " has ", names.size(), " tensors (", some,
                    names.size() > 3 ? ", ..." : "", "); say which, as ", place.file, ":TENSOR");
}

Result<PackedWeights> ReadWeights(const std::string& text) {
  const Place place = ParsePlace(text);
  const Result<PackedFile> file = PackedFile::Open(place.file);
  if (!file.ok()) return file.status();
  const Result<std::string> name = Choose(place, file->names());
  if (!name.ok()) return name.status();
  return file->Get(*name);
}

// Numbers as they are stored.
struct Numbers {
  const Stored* stored = nullptr;
  std::span<const std::byte> bytes;
};

Status Fill(const std::string& where, const Numbers& numbers, SimTensors& tensors) {
  const size_t k = tensors.weights.info().k, size = numbers.stored->bytes;
  const size_t row = k * size;
  if (numbers.bytes.empty() || numbers.bytes.size() % row != 0) {
    return MakeStatus(Code::kBadShape, where, " has ", numbers.bytes.size(),
                      " bytes; the weights take tokens of ", k, " activations, ", row, " bytes");
  }
  tensors.m = numbers.bytes.size() / row;
  tensors.type = numbers.stored->type;
  tensors.acts.resize(tensors.m * k);
  for (size_t i = 0; i < tensors.acts.size(); ++i) {
    tensors.acts[i] = numbers.stored->load(numbers.bytes.data() + i * size);
    if (!std::isfinite(tensors.acts[i])) {
      return MakeStatus(Code::kCorruptFile, where, ": activation ", i % k, " of token ", i / k,
                        " is infinite or NaN");
    }
  }
  return {};
}

Status FillFromTensor(const Place& place, SimTensors& tensors) {
  const Result<TensorFile> file = TensorFile::Open(place.file);
  if (!file.ok()) return file.status();
  std::vector<std::string> names;
  for (const FileTensor& tensor : file->tensors()) names.push_back(tensor.name);
  const Result<std::string> name = Choose(place, names);
  if (!name.ok()) return name.status();
  const FileTensor* tensor = file->Find(*name);
  if (tensor == nullptr) {
    return MakeStatus(Code::kNotFound, place.file, " has no tensor ", base::Quote(*name));
  }
  const std::string where = base::Cat(place.file, ": tensor ", base::Quote(*name));
  const Stored* stored = std::find_if(std::begin(kStored), std::end(kStored),
                                      [&](const Stored& s) { return s.dtype == tensor->dtype; });
  if (stored == std::end(kStored)) {
    return MakeStatus(Code::kUnsupportedFormat, where, " is of dtype ", tensor->dtype,
                      "; activations are F32, F16, BF16, I8, I16, F8_E4M3 or F8_E5M2");
  }
  const size_t k = tensors.weights.info().k;
  if (tensor->shape.empty() || tensor->shape.back() != k) {
    return MakeStatus(Code::kBadShape, where, " has rows of ",
                      tensor->shape.empty() ? 1 : tensor->shape.back(), "; the weights take ", k);
  }
  return Fill(where, {stored, tensor->bytes}, tensors);
}

Status FillFromRaw(const std::string& path, const Stored& stored, SimTensors& tensors) {
  const Result<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  return Fill(path, {&stored, std::as_bytes(std::span(*text))}, tensors);
}

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

Result<SimTensors> ReadTensors(const std::string& weights, const std::string& acts) {
  SimTensors tensors;
  Result<PackedWeights> packed = ReadWeights(weights);
  if (!packed.ok()) return packed.status();
  tensors.weights = *std::move(packed);
  for (const Stored& stored : kStored) {
    if (!acts.ends_with(stored.suffix)) continue;
    if (Status status = FillFromRaw(acts, stored, tensors); !status.ok()) return status;
    return tensors;
  }
  if (Status status = FillFromTensor(ParsePlace(acts), tensors); !status.ok()) return status;
  return tensors;
}

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
