// compressed-tensors: the tensors of a linear module are weight_packed (or weight), weight_scale
// and others that say more. Which of its formats it is, types tell. ModelOpt's NVFP4 differs in
// names, and in that its second scale multiplies.
#include "base/bits.h"
#include "import/packed_fp4.h"
#include "import/packed_ints.h"

#include <cmath>

namespace lutgemm::importing {
namespace {

constexpr std::string_view kMethod = "compressed-tensors";

// What multiplies the scales of groups: the reciprocal of weight_global_scale, rounded to f32, or
// ModelOpt's weight_scale_2 as it is.
Result<float> FactorOf(const FileTensor& tensor, bool divides) {
  if (Status s = CheckTensor(tensor, {"F32"}, Sizes(tensor.shape.size(), 1)); !s.ok()) return s;
  const Result<float> value = ScaleAt(tensor, Elem::kF32, 0);
  if (!value.ok()) return value;
  const float factor = divides ? 1 / *value : *value;
  if (*value > 0 && std::isfinite(factor)) return factor;
  return About(Code::kNotFinite, tensor, "is ", *value, "; it must be positive",
               divides ? " and its reciprocal finite" : "");
}

bool IsPowerOfTwo(float value) {
  int exponent = 0;
  return std::frexp(value, &exponent) == 0.5f;
}

// `second` is the name of the tensor of the second scale; empty for MXFP4.
Result<PackedFp4> PlanOfFp4(Parts& parts, const FileTensor& codes, const FileTensor& scales,
                            const std::string& second) {
  if (Status s = CheckTensor(codes, {"U8"}, {kAnySize, kAnySize}); !s.ok()) return s;
  PackedFp4 packed;
  packed.codes = &codes;
  packed.scales = &scales;
  const bool mx = second.empty();
  packed.info.format = mx ? WeightFormat::kMxfp4 : WeightFormat::kNvfp4;
  packed.info.scale = mx ? Elem::kE8m0 : Elem::kE4m3;
  packed.info.group = mx ? 32 : 16;
  packed.info.n = codes.shape[0];
  packed.info.k = codes.shape[1] * 2;
  const size_t groups = base::CeilDiv(packed.info.k, size_t{packed.info.group});
  const Sizes shape = {packed.info.n, groups};
  if (Status s = CheckTensor(scales, {"U8", "F8_E8M0", "F8_E4M3"}, shape); !s.ok()) return s;
  if (!mx) {
    const Result<const FileTensor*> tensor = parts.Need(second);
    if (!tensor.ok()) return tensor.status();
    const Result<float> factor = FactorOf(**tensor, second.ends_with("global_scale"));
    if (!factor.ok()) return factor.status();
    packed.factor = *factor;
  }
  if (Status s = CheckedInfo(codes, packed.info); !s.ok()) return s;
  return packed;
}

void ListFp4(const Source& source, const FileTensor& codes, const std::string& prefix,
             std::vector<Found>* found) {
  Parts parts(source, prefix + "weight");
  parts.Add(codes);
  const bool modelopt = codes.name == parts.weights.name;
  const Result<const FileTensor*> scales = parts.Need(prefix + "weight_scale");
  if (!scales.ok())
    return List(std::move(parts), Result<PackedFp4>(scales.status()), ReadFp4, found);
  const bool mx = (*scales)->dtype != "F8_E4M3";
  parts.weights.type = modelopt ? "modelopt nvfp4"
                       : mx     ? "mxfp4-pack-quantized"
                                : "nvfp4-pack-quantized";
  const std::string second = modelopt ? "weight_scale_2" : "weight_global_scale";
  Result<PackedFp4> plan = PlanOfFp4(parts, codes, **scales, mx ? "" : prefix + second);
  if (!modelopt && !mx && plan.ok() && !IsPowerOfTwo(plan->factor)) {
    parts.weights.note = "1 / weight_global_scale is rounded to f32, and multiplies";
  }
  List(std::move(parts), std::move(plan), ReadFp4, found);
}

void ListInts(const Source& source, const FileTensor& codes, const std::string& prefix,
              std::vector<Found>* found) {
  Parts parts(source, prefix + "weight");
  parts.Add(codes);
  parts.weights.type = codes.dtype == "I8" ? "int-quantized" : "pack-quantized";
  Result<PackedInts> plan = PlanOfInts(parts, prefix, codes);
  List(std::move(parts), std::move(plan), ReadInts, found);
}

// Formats whose tensors have these names and another meaning.
Status CheckFormat(const Source& source, const FileTensor& codes) {
  const CheckpointConfig& config = source.config;
  const bool known = config.method != kMethod || config.format.empty() ||
                     config.format.find("-quantized") != config.format.npos ||
                     config.format == "mixed-precision";
  if (known) return {};
  return Unsupported(codes, config.path, " says that the format is ", base::Quote(config.format),
                     "; pack-quantized, int-quantized, nvfp4-pack-quantized and "
                     "mxfp4-pack-quantized are read");
}

void ListRefused(const Source& source, const FileTensor& codes, const Status& status,
                 std::vector<Found>* found) {
  Parts parts(source, *WithoutEnding(codes.name, "_packed"));
  parts.Add(codes);
  parts.weights.type = source.config.format;
  List(std::move(parts), Result<PackedInts>(status), ReadInts, found);
}

// weight_packed: 4-bit floats are in bytes, integers in words.
void ListPacked(const Source& source, const FileTensor& codes, const std::string& prefix,
                std::vector<Found>* found) {
  if (Status s = CheckFormat(source, codes); !s.ok()) return ListRefused(source, codes, s, found);
  return codes.dtype == "U8" ? ListFp4(source, codes, prefix, found)
                             : ListInts(source, codes, prefix, found);
}

bool Has(const Source& source, const std::string& name, std::string_view dtype) {
  const FileTensor* tensor = source.file.Find(name);
  return tensor != nullptr && (dtype.empty() ? tensor->elem.has_value() : tensor->dtype == dtype);
}

}  // namespace

Status FindCompressedTensors(const Source& source, std::vector<Found>* found) {
  const bool wanted = Wanted(source, Convention::kCompressedTensors, kMethod) ||
                      Wanted(source, Convention::kCompressedTensors, "modelopt");
  if (!wanted) return {};
  for (const FileTensor& codes : source.file.tensors()) {
    if (const auto packed = WithoutEnding(codes.name, "weight_packed")) {
      ListPacked(source, codes, *packed, found);
      continue;
    }
    const auto prefix = WithoutEnding(codes.name, "weight");
    if (!prefix) continue;
    if (codes.dtype == "I8" && Has(source, codes.name + "_scale", "")) {
      ListInts(source, codes, *prefix, found);
    } else if (codes.dtype == "U8" && Has(source, codes.name + "_scale", "F8_E4M3")) {
      ListFp4(source, codes, *prefix, found);
    }
  }
  return {};
}

}  // namespace lutgemm::importing
