#include "tiny_lm/loader.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace tiny_lm {
namespace {

using lutgemm::Code;
using lutgemm::Elem;

float HalfToF32(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  float value = 0;
  if (exponent == 0) {
    value = std::ldexp(float(fraction), -24);
  } else if (exponent == 31) {
    value = fraction == 0 ? INFINITY : NAN;
  } else {
    value = std::ldexp(float(1024 + fraction), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

std::vector<float> ToF32(const lutgemm::FileTensor& tensor) {
  const size_t size = lutgemm::ElemBytes(*tensor.elem);
  std::vector<float> out(tensor.bytes.size() / size);
  if (tensor.elem == Elem::kF32) {
    if (!out.empty()) std::memcpy(out.data(), tensor.bytes.data(), out.size() * size);
    return out;
  }
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t bits = 0;
    std::memcpy(&bits, tensor.bytes.data() + i * size, size);
    out[i] =
        tensor.elem == Elem::kF16 ? HalfToF32(bits) : std::bit_cast<float>(uint32_t{bits} << 16);
  }
  return out;
}

}  // namespace

std::string ShapeText(std::span<const uint64_t> shape) {
  std::string text;
  for (uint64_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

void Loader::Fail(Code code, std::string text) {
  if (status_.ok()) status_ = lutgemm::Status(code, std::move(text));
}

const std::string* Loader::Text(const std::string& key) {
  const auto found = file_.metadata().find(key);
  if (found != file_.metadata().end()) return &found->second;
  Fail(Code::kNotFound, "the checkpoint's metadata has no " + key);
  return nullptr;
}

double Loader::Positive(const std::string& key) {
  const auto value = Number<double>(key);
  if (!(value > 0 && std::isfinite(value))) {
    Fail(Code::kCorruptFile, "metadata " + key + " must be finite and above 0");
  }
  return value;
}

const lutgemm::FileTensor* Loader::Find(const std::string& name,
                                        const std::vector<uint64_t>& shape) {
  const lutgemm::FileTensor* tensor = file_.Find(name);
  if (tensor == nullptr) {
    Fail(Code::kNotFound, "the checkpoint has no tensor " + name);
    return nullptr;
  }
  if (tensor->shape != shape) {
    Fail(Code::kBadShape,
         name + " is " + ShapeText(tensor->shape) + ", should be " + ShapeText(shape));
    return nullptr;
  }
  return tensor;
}

std::vector<float> Loader::Floats(const std::string& name, const std::vector<uint64_t>& shape) {
  if (!ok()) return {};
  const lutgemm::FileTensor* tensor = Find(name, shape);
  if (tensor == nullptr) return {};
  if (!tensor->elem) {
    Fail(Code::kUnsupportedFormat, name + " is " + tensor->dtype + ", not F32, F16 or BF16");
    return {};
  }
  return ToF32(*tensor);
}

}  // namespace tiny_lm
