#include "tiny_lm/loader.hpp"

#include <algorithm>
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

bool HasPacked(const lutgemm::PackedFile& file, const std::string& name) {
  return std::ranges::find(file.names(), name) != file.names().end();
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

Linear Loader::Packed(const lutgemm::PackedFile& packed, const std::string& name, size_t n,
                      size_t k) {
  Linear linear{n, k, Take(packed.Get(name)), {}};
  if (!linear.packed) return linear;
  const lutgemm::WeightInfo& info = linear.packed->info();
  if (info.n != n || info.k != k) {
    Fail(Code::kBadShape, name + " is " + ShapeText(std::vector<uint64_t>{info.n, info.k}) +
                              ", should be " + ShapeText(std::vector<uint64_t>{n, k}));
  }
  linear.act_order = OrderOf(packed, name, k);
  return linear;
}

lutgemm::ChannelOrder Loader::OrderOf(const lutgemm::PackedFile& packed, const std::string& name,
                                      size_t k) {
  lutgemm::ChannelOrder order;
  const std::string order_name = "channel_order." + name;
  const lutgemm::FileTensor* tensor = packed.file().Find(order_name);
  if (tensor == nullptr) return order;
  order.from.resize(k);
  const bool fits = tensor->dtype == "I32" && tensor->bytes.size() == k * sizeof(uint32_t);
  if (fits) std::memcpy(order.from.data(), tensor->bytes.data(), tensor->bytes.size());
  if (!fits || !lutgemm::Validate(order).ok()) {
    Fail(Code::kCorruptFile, order_name + " is no order of the " + std::to_string(k) +
                                 " channels of " + name + ": I32, each once");
  }
  return order;
}

}  // namespace tiny_lm
