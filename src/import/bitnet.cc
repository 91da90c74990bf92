// BitNet b1.58 as Hugging Face stores it: a byte has the codes of four outputs, each of another
// quarter of the matrix, and weight_scale is what sums are multiplied or divided by, which depends
// on the class of the linear layer.
#include "import/bitnet.h"

#include "base/bits.h"
#include "base/for_blocks.h"
#include "format/fp.h"
#include "import/tensors.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::importing {
namespace {

struct Bitnet {
  WeightInfo info;
  const FileTensor* packed = nullptr;
  float scale = 0;
};

constexpr size_t kRows = 16;  // of packed bytes, in one task

Status CodeThree(const Bitnet& bitnet, size_t row, size_t col) {
  return Corrupt(*bitnet.packed, "the code of output ", row, ", channel ", col,
                 " is 3; ternary codes are 0, 1 and 2");
}

// The codes of one row of bytes, field by field.
Status SpreadFields(const Bitnet& bitnet, size_t row, uint8_t* codes) {
  const size_t k = bitnet.info.k, quarter = bitnet.packed->shape[0];
  const std::byte* bytes = bitnet.packed->bytes.data() + row * k;
  for (unsigned field = 0; field < 4; ++field) {
    const size_t output = field * quarter + row;
    if (output >= bitnet.info.n) break;
    uint8_t* out = codes + output * k;
    uint8_t threes = 0;
    for (size_t i = 0; i < k; ++i) {
      const auto code =
          static_cast<uint8_t>(std::to_integer<unsigned>(bytes[i]) >> (2 * field) & 3);
      threes |= static_cast<uint8_t>(code & code >> 1);
      out[i] = code;
    }
    if (threes != 0) {
      return CodeThree(bitnet, output, static_cast<size_t>(std::find(out, out + k, 3) - out));
    }
  }
  return {};
}

Result<ImportedWeights> Read(const Bitnet& bitnet, Threads* threads) {
  ImportedWeights imported{Empty(bitnet.info), {}};
  imported.matrix.scales = {bitnet.scale};
  const size_t rows = bitnet.packed->shape[0];
  const Status status =
      base::ForBlocks(threads, base::CeilDiv(rows, kRows), [&](size_t block) -> Status {
        for (size_t row = block * kRows; row < std::min(rows, (block + 1) * kRows); ++row) {
          Status spread = SpreadFields(bitnet, row, imported.matrix.codes.data());
          if (!spread.ok()) return spread;
        }
        return {};
      });
  if (!status.ok()) return status;
  return imported;
}

// Scales of trained ternary weights lie here; the reciprocals of most do not.
bool IsLikely(float scale) { return scale > 0.01f && scale < 10; }

// Whether values are codes times weight_scale, or over it.
Result<BitnetScale> MeaningOf(const Source& source, const FileTensor& scale, float value) {
  if (source.options.bitnet_scale != BitnetScale::kAuto) return source.options.bitnet_scale;
  const CheckpointConfig& config = source.config;
  if (config.method == "bitnet") {
    return config.linear_class == "autobitlinear" ? BitnetScale::kMultiply : BitnetScale::kDivide;
  }
  const bool multiply = IsLikely(value), divide = IsLikely(1 / value);
  if (multiply != divide) return multiply ? BitnetScale::kMultiply : BitnetScale::kDivide;
  return Unsupported(scale, "is ", value, ", and no config says what it does: weights may be ",
                     value, " or ", 1 / value, " times their codes; options.bitnet_scale chooses");
}

// The scale of values, of the tensor's type where it is as it stands, else f32.
Status TakeScale(const Source& source, const FileTensor& scale, Bitnet* bitnet) {
  if (Status s = CheckFloats(scale, Sizes(scale.shape.size(), 1)); !s.ok()) return s;
  const Result<float> value = ScaleAt(scale, ScaleElem(scale), 0);
  if (!value.ok()) return value.status();
  const Result<BitnetScale> meaning = MeaningOf(source, scale, *value);
  if (!meaning.ok()) return meaning.status();
  const bool divide = *meaning == BitnetScale::kDivide;
  bitnet->scale = divide ? 1 / *value : *value;
  bitnet->info.scale = divide ? Elem::kF32 : ScaleElem(scale);
  if (std::isfinite(bitnet->scale)) return {};
  return About(Code::kNotFinite, scale, "is ", *value, ", which weights are divided by");
}

// Outputs: four for each row of bytes, but as many as the bias has where the last quarter is short.
size_t OutputsOf(const Source& source, const std::string& prefix, size_t rows) {
  const FileTensor* bias = source.file.Find(prefix + "bias");
  const size_t most = 4 * rows;
  if (bias == nullptr || bias->shape.size() != 1) return most;
  const uint64_t n = bias->shape[0];
  return n < most && base::CeilDiv(n, 4) == rows ? static_cast<size_t>(n) : most;
}

Result<Bitnet> PlanOf(Parts& parts, const FileTensor& packed, const FileTensor& scale) {
  if (Status s = CheckTensor(packed, {"U8"}, {kAnySize, kAnySize}); !s.ok()) return s;
  Bitnet bitnet;
  bitnet.packed = &packed;
  const size_t n =
      OutputsOf(parts.source(), *WithoutEnding(packed.name, "weight"), packed.shape[0]);
  bitnet.info = {WeightFormat::kTernary, ZeroKind::kNone, Elem::kF32, n,
                 packed.shape[1],        kWholeTensor};
  if (Status s = TakeScale(parts.source(), scale, &bitnet); !s.ok()) return s;
  if (Status s = CheckedInfo(packed, bitnet.info); !s.ok()) return s;
  return bitnet;
}

}  // namespace

Status FindBitnet(const Source& source, std::vector<Found>* found) {
  if (!Wanted(source, Convention::kBitnet, "bitnet")) return {};
  for (const FileTensor& packed : source.file.tensors()) {
    if (packed.dtype != "U8" || !WithoutEnding(packed.name, "weight")) continue;
    Parts parts(source, packed.name);
    parts.Add(packed);
    const FileTensor* scale = parts.Find(packed.name + "_scale");
    if (scale == nullptr || !scale->elem) continue;  // packed in another way
    parts.weights.type = "bitnet 2 bit";
    Result<Bitnet> plan = PlanOf(parts, packed, *scale);
    List(std::move(parts), std::move(plan), Read, found);
  }
  FindBitnetOnline(source, found);
  return {};
}

}  // namespace lutgemm::importing
