// Float weights that BitNet's layers round at each call, as transformers does it (its WeightQuant):
//   s = 1 / max(mean |w|, 1e-5),  w' = clamp(round(w * s), -1, 1) / s,  in the weights' type
// all in f32. That sums the mean in an order of its own, which no checkpoint holds; here it is
// summed in double and rounded once.
#include "format/fp.h"
#include "import/bitnet.h"
#include "import/tensors.h"
#include "quant/rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lutgemm::importing {
namespace {

struct Online {
  WeightInfo info;
  const FileTensor* weights = nullptr;
};

constexpr float kLeastMean = 1e-5f;

Result<float> MeanOf(const quant::RowReader& rows, const WeightInfo& info) {
  std::vector<double> sums(info.n);
  const Status status = rows.ForEachRow([&](size_t, size_t row, std::span<const float> weights) {
    for (const float weight : weights) sums[row] += std::fabs(weight);
    return Status();
  });
  if (!status.ok()) return status;
  const double all = std::accumulate(sums.begin(), sums.end(), 0.0);
  return static_cast<float>(all / (static_cast<double>(info.n) * static_cast<double>(info.k)));
}

// Products above a half round to 1 or are clamped to it; a half rounds to 0, the even one.
uint8_t CodeOf(float product) {
  return static_cast<uint8_t>(1 + (product > 0.5f) - (product < -0.5f));
}

Result<ImportedWeights> Read(const Online& online, Threads* threads) {
  const Tensor2D tensor = online.weights->AsMatrix().value_or(Tensor2D());
  const quant::RowReader rows(tensor, threads);
  const auto named = [&](const Status& s) { return About(s.code(), *online.weights, s.text()); };
  const Result<float> mean = MeanOf(rows, online.info);
  if (!mean.ok()) return named(mean.status());
  const float s = 1 / std::max(*mean, kLeastMean);
  ImportedWeights imported{Empty(online.info), {}};
  imported.matrix.scales = {format::RoundToElem(1 / s, online.info.scale)};
  if (!std::isfinite(imported.matrix.scales[0])) {
    return About(Code::kNotFinite, *online.weights, "the mean of magnitudes is ", *mean,
                 ", which its type does not hold");
  }
  uint8_t* codes = imported.matrix.codes.data();
  const Status status =
      rows.ForEachRow([&](size_t, size_t row, std::span<const float> weights) -> Status {
        uint8_t* out = codes + row * online.info.k;
        for (size_t k = 0; k < weights.size(); ++k) out[k] = CodeOf(weights[k] * s);
        return {};
      });
  if (!status.ok()) return named(status);
  return imported;
}

bool IsKept(const Source& source, std::string_view name) {
  static const std::vector<std::string> kUsual = {"lm_head"};
  const std::vector<std::string>& kept = source.config.kept.empty() ? kUsual : source.config.kept;
  return name.find("embed") != name.npos || std::ranges::any_of(kept, [&](const std::string& part) {
           return name.find(part) != name.npos;
         });
}

}  // namespace

void FindBitnetOnline(const Source& source, std::vector<Found>* found) {
  const CheckpointConfig& config = source.config;
  const bool online = config.method == "bitnet" && config.linear_class == "autobitlinear" &&
                      config.quantization_mode == "online";
  if (!online) return;
  for (const FileTensor& tensor : source.file.tensors()) {
    const std::optional<Tensor2D> matrix = tensor.AsMatrix();
    if (!matrix || !WithoutEnding(tensor.name, ".weight") || IsKept(source, tensor.name)) continue;
    Parts parts(source, tensor.name);
    parts.Add(tensor);
    parts.weights.type = "bitnet " + std::string(Name(matrix->elem)) + ", rounded";
    const WeightInfo info{WeightFormat::kTernary, ZeroKind::kNone, matrix->elem,
                          matrix->rows,           matrix->cols,    kWholeTensor};
    const Status sound = CheckedInfo(tensor, info);
    Result<Online> plan = sound.ok() ? Result<Online>(Online{info, &tensor}) : sound;
    List(std::move(parts), std::move(plan), Read, found);
  }
}

}  // namespace lutgemm::importing
