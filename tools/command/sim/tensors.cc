#include "tools/command/sim/tensors.h"

#include "tools/console/input_file.h"

#include "base/names.h"
#include "base/text.h"
#include "format/fp.h"
#include "format/minifloat.h"
#include "model/func/lanes.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

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

// "FILE:TENSOR" at the last colon before which there is a file, as names of both may have colons;
// "FILE" has no tensor.
struct Place {
  std::string file, tensor;
};
Place ParsePlace(const std::string& text) {
  std::error_code ignored;
  if (std::filesystem::exists(text, ignored)) return {text, {}};
  const size_t last = text.rfind(':');
  for (size_t colon = last; colon != text.npos && colon > 0; colon = text.rfind(':', colon - 1)) {
    const std::string file = text.substr(0, colon);
    if (std::filesystem::exists(file, ignored)) return {file, text.substr(colon + 1)};
  }
  if (last == text.npos) return {text, {}};
  return {text.substr(0, last), text.substr(last + 1)};
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

}  // namespace

std::vector<std::string> TensorPaths(const std::string& weights, const std::string& acts) {
  std::vector<std::string> paths = {acts};  // numbers of no safetensors file have no colon's tensor
  for (const std::string& text : {weights, acts}) {
    paths.push_back(ParsePlace(text).file);
    const Result<TensorFile> file = TensorFile::Open(paths.back());
    if (file.ok()) paths.insert(paths.end(), file->paths().begin(), file->paths().end());
  }
  return paths;
}

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

}  // namespace lutgemm::tools
