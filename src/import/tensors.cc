#include "import/tensors.h"

#include "base/bits.h"
#include "base/huge_pages.h"
#include "format/codebook.h"
#include "format/fp.h"
#include "import/config.h"
#include "io/dtype.h"
#include "quant/groups.h"
#include "quant/spec.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lutgemm::importing {
namespace {

std::string ShapeText(const Sizes& shape) {
  std::string text = "[";
  for (const uint64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += size == kAnySize ? "any" : std::to_string(size);
  }
  return text + "]";
}

bool Fits(const Sizes& have, const Sizes& want) {
  return std::ranges::equal(have, want,
                            [](uint64_t h, uint64_t w) { return w == kAnySize || h == w; });
}

constexpr std::array<float, 256> kE4m3Values = [] {
  std::array<float, 256> values{};
  for (unsigned code = 0; code < 256; ++code) {
    values[code] = format::MiniFloatValue(format::kE4M3, code);
  }
  return values;
}();

constexpr std::array<float, 256> kE8m0Values = [] {
  std::array<float, 256> values{};
  for (unsigned code = 0; code < 256; ++code) {
    values[code] = format::E8M0Value(static_cast<uint8_t>(code));
  }
  return values;
}();

// As format::LoadElem, which computes what one byte means anew each time.
float Load(const FileTensor& scales, Elem elem, size_t i) {
  if (elem == Elem::kE4m3) return kE4m3Values[std::to_integer<uint8_t>(scales.bytes[i])];
  if (elem == Elem::kE8m0) return kE8m0Values[std::to_integer<uint8_t>(scales.bytes[i])];
  return format::LoadElem(scales.bytes.data(), elem, i);
}

Status BadScale(const FileTensor& scales, Elem elem, size_t i, float value) {
  if (std::isfinite(value)) {
    return Corrupt(scales, "element ", i, " is ", value, "; ", Name(elem),
                   " scales are not negative");
  }
  return About(Code::kNotFinite, scales, "element ", i, " is ", value, "; scales must be finite");
}

bool IsBad(Elem elem, float value) {
  return !std::isfinite(value) || (elem == Elem::kE4m3 && value < 0);
}

}  // namespace

std::optional<std::string> WithoutEnding(std::string_view name, std::string_view ending) {
  if (!name.ends_with(ending)) return std::nullopt;
  return std::string(name.substr(0, name.size() - ending.size()));
}

Status CheckTensor(const FileTensor& tensor, std::initializer_list<std::string_view> dtypes,
                   const Sizes& shape) {
  if (std::ranges::find(dtypes, tensor.dtype) == dtypes.end()) {
    std::string wanted;
    for (const std::string_view dtype : dtypes) {
      wanted += wanted.empty() ? "" : ", ";
      wanted += dtype;
    }
    return Corrupt(tensor, "has the type ", tensor.dtype, "; it must be ", wanted);
  }
  if (!Fits(tensor.shape, shape) || tensor.bytes.empty()) {
    return Corrupt(tensor, "has the shape ", ShapeText(tensor.shape), "; it must be ",
                   ShapeText(shape), tensor.bytes.empty() ? " and not empty" : "");
  }
  return {};
}

Status CheckFloats(const FileTensor& tensor, const Sizes& shape) {
  return CheckTensor(tensor, {"F16", "BF16", "F32"}, shape);
}

void Parts::Add(const FileTensor& tensor) {
  weights.tensors.push_back(tensor.name);
  weights.bytes += tensor.bytes.size();
}

const FileTensor* Parts::Find(const std::string& name) {
  const FileTensor* tensor = source_.file.Find(name);
  if (tensor != nullptr) Add(*tensor);
  return tensor;
}

Result<const FileTensor*> Parts::Need(const std::string& name) {
  const FileTensor* tensor = Find(name);
  if (tensor != nullptr) return tensor;
  return base::MakeStatus(Code::kCorruptFile, "tensor ", base::Quote(name), " is missing, which ",
                          base::Quote(weights.tensors.front()), " needs");
}

bool Wanted(const Source& source, Convention convention, std::string_view method) {
  if (source.file.container() != "safetensors") return false;
  if (source.options.convention != Convention::kAuto) {
    return source.options.convention == convention;
  }
  return !source.config.HasMethod() || source.config.method == method;
}

std::optional<WeightFormat> IntFormat(uint64_t bits) {
  switch (bits) {
    case 2:
      return WeightFormat::kInt2;
    case 3:
      return WeightFormat::kInt3;
    case 4:
      return WeightFormat::kInt4;
    case 5:
      return WeightFormat::kInt5;
    case 6:
      return WeightFormat::kInt6;
    case 8:
      return WeightFormat::kInt8;
    default:
      return std::nullopt;
  }
}

QuantizedMatrix Empty(const WeightInfo& info) {
  QuantizedMatrix matrix;
  matrix.info = info;
  base::ReserveHuge(matrix.codes, info.n * info.k);
  matrix.codes.resize(info.n * info.k);
  matrix.scales.resize(quant::ScaleCount(info));
  if (info.zero == ZeroKind::kInteger) matrix.zeros.resize(quant::ScaleCount(info));
  matrix.factors.resize(quant::FactorCount(info));
  matrix.book = format::FixedBook(info.format);
  return matrix;
}

Status CheckedInfo(const FileTensor& codes, const WeightInfo& info) {
  const Status status = quant::CheckInfo(info);
  if (status.ok()) return status;
  return About(status.code(), codes, status.text());
}

Result<uint32_t> GroupOf(const Source& source, const FileTensor& scales, size_t k, size_t groups) {
  if (groups == 1) return kWholeRow;
  if (groups == 0 || groups > k) {
    return Corrupt(scales, "has ", groups, " groups for ", k, " channels");
  }
  for (const uint64_t group : source.config.groups) {
    if (group != 0 && group < k && base::CeilDiv(k, static_cast<size_t>(group)) == groups) {
      return static_cast<uint32_t>(group);
    }
  }
  if (k % groups == 0 && k / groups < kWholeTensor) return static_cast<uint32_t>(k / groups);
  return Corrupt(scales, "has ", groups, " groups, which do not divide ", k,
                 " channels, and the config names no group_size that makes so many");
}

Elem ScaleElem(const FileTensor& scales) {
  if (scales.dtype == "F8_E4M3") return Elem::kE4m3;
  if (scales.dtype == "U8" || scales.dtype == "F8_E8M0") return Elem::kE8m0;
  return io::FloatElem(scales.dtype).value_or(Elem::kF32);
}

Status LoadScales(const FileTensor& scales, Elem elem, size_t first, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = Load(scales, elem, first + i);
    if (IsBad(elem, out[i])) return BadScale(scales, elem, first + i, out[i]);
  }
  return {};
}

Result<float> ScaleAt(const FileTensor& scales, Elem elem, size_t i) {
  float value = 0;
  if (Status s = LoadScales(scales, elem, i, {&value, 1}); !s.ok()) return s;
  return value;
}

Status TransposeScales(const FileTensor& scales, size_t begin, size_t end,
                       QuantizedMatrix* matrix) {
  const size_t n = matrix->info.n, groups = matrix->info.groups();
  const Elem elem = matrix->info.scale;
  for (size_t g = 0; g < groups; ++g) {
    for (size_t row = begin; row < end; ++row) {
      const float value = Load(scales, elem, g * n + row);
      if (IsBad(elem, value)) return BadScale(scales, elem, g * n + row, value);
      matrix->scales[row * groups + g] = value;
    }
  }
  return {};
}

}  // namespace lutgemm::importing
