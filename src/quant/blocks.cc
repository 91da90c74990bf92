#include "quant/blocks.h"

#include "base/text.h"
#include "format/fp.h"
#include "format/traits.h"
#include "quant/groups.h"
#include "quant/held.h"
#include "quant/importance.h"
#include "quant/quantize.h"
#include "quant/rounder.h"
#include "quant/rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace lutgemm::quant {
namespace {

constexpr double kU8Max = 255;
// The tensor factor of NVFP4 brings the largest block scale to the largest E4M3 float.
constexpr double kE4m3Max = 448, kFp4Max = 6;

class BlockQuantizer {
 public:
  BlockQuantizer(const Tensor2D& weights, const QuantSpec& spec, const QuantizeOptions& options)
      : spec_(spec),
        rows_(weights, options.threads),
        book_(spec.format == WeightFormat::kCodebook ? *options.book
                                                     : format::FixedBook(spec.format)),
        rounder_(spec, book_) {
    Allocate(weights);
    importance_ = Importance(options.importance, out_.info);
  }

  Result<QuantizedMatrix> Run() {
    if (Status status = FindTensorFactor(); !status.ok()) return status;
    Status status = rows_.ForEachRow([this](size_t, size_t row, std::span<const float> values) {
      return QuantizeRow(row, values);
    });
    if (!status.ok()) return status;
    return std::move(out_);
  }

 private:
  void Allocate(const Tensor2D& weights) {
    out_.info = {spec_.format, spec_.zero, spec_.scale, weights.rows, weights.cols, spec_.group};
    out_.book = book_;
    out_.codes.resize(weights.rows * weights.cols);
    out_.scales.resize(ScaleCount(out_.info));
    if (book_.tables > 1) out_.selectors.resize(out_.scales.size());
    out_.factors.resize(FactorCount(out_.info));
  }

  Status FindTensorFactor() {
    if (format::FactorsOf(out_.info) != format::Factors::kTensor) return {};
    std::vector<float> largest(rows_.blocks());
    Status status = rows_.ForEachRow([&](size_t block, size_t, std::span<const float> values) {
      for (const float w : values) largest[block] = std::max(largest[block], std::fabs(w));
      return Status();
    });
    const double all = *std::max_element(largest.begin(), largest.end());
    const auto factor = static_cast<float>(all / (kE4m3Max * kFp4Max));
    out_.factors[0] = factor > 0 ? factor : 1.0f;
    return status;
  }

  std::span<const float> Group(std::span<const float> row, size_t g) const {
    const size_t begin = out_.info.group_begin(g);
    return row.subspan(begin, out_.info.group_end(g) - begin);
  }

  Status QuantizeRow(size_t row, std::span<const float> values) {
    const size_t groups = out_.info.groups();
    const double factor = spec_.scale == Elem::kE4m3 ? out_.factors[0] : 1.0;
    std::vector<BlockFit> fits(groups);
    for (size_t g = 0; g < groups; ++g) {
      fits[g] = rounder_.Choose({Group(values, g), importance_.OfGroup(g)}, factor);
    }
    if (spec_.scale == Elem::kU8) {
      if (Status status = StoreIntegers(fits, row); !status.ok()) return status;
    } else if (format::IsFloatElem(spec_.scale)) {
      if (Status status = StoreFloats(fits, row); !status.ok()) return status;
    }
    for (size_t g = 0; g < groups; ++g) {
      const size_t at = row * groups + g;
      out_.scales[at] = fits[g].stored;
      if (!out_.selectors.empty()) out_.selectors[at] = fits[g].selector;
      const size_t code = row * out_.info.k + out_.info.group_begin(g);
      rounder_.Encode(Group(values, g), fits[g], &out_.codes[code]);
    }
    return LosesBits(fits, row) ? CheckRow(fits, row, values) : Status();
  }

  // Whether a scale of the row, or what multiplies all of them, is below its type's normal range.
  bool LosesBits(std::span<const BlockFit> fits, size_t row) const {
    const float factor =
        out_.factors.empty() ? 1.0f : out_.factors[out_.factors.size() == 1 ? 0 : row];
    const bool small = out_.Factor(row) < std::numeric_limits<float>::min();
    return std::ranges::any_of(fits, [&](const BlockFit& fit) {
      return quant::LosesBits(fit.exact / factor, spec_.scale) || (small && fit.exact > 0);
    });
  }

  Status CheckRow(std::span<const BlockFit> fits, size_t row, std::span<const float> values) const {
    Loss loss = LossOfRow(out_, row, values);
    for (size_t g = 0; g < fits.size(); ++g) {
      loss.exact += rounder_.ExactError(Group(values, g), fits[g]);
    }
    return CheckHeld(loss, spec_, base::Cat("row ", row));
  }

  // Rounds a row's scales to integers of a common factor that makes the largest 255. A scale that
  // is not zero stays so. Codes are chosen afterwards.
  Status StoreIntegers(std::vector<BlockFit>& fits, size_t row) {
    double largest = 0;
    for (const BlockFit& fit : fits) largest = std::max(largest, fit.scale);
    if (largest / kU8Max > std::numeric_limits<float>::max()) {
      return ScaleOverflow(largest / kU8Max, Elem::kF32, base::Cat("row ", row));
    }
    const auto factor = static_cast<float>(largest / kU8Max);
    out_.factors[row] = factor > 0 ? factor : 1.0f;
    for (BlockFit& fit : fits) {
      if (fit.scale == 0) continue;
      const double steps = format::RoundHalfEven(fit.scale / out_.factors[row]);
      fit.stored = static_cast<float>(std::min(kU8Max, std::max(1.0, steps)));
      fit.scale = static_cast<double>(fit.stored) * out_.factors[row];
    }
    return {};
  }

  Status StoreFloats(std::vector<BlockFit>& fits, size_t row) const {
    for (BlockFit& fit : fits) {
      fit.stored = format::RoundToElem(static_cast<float>(fit.scale), spec_.scale);
      if (!std::isfinite(fit.stored)) {
        const auto g = static_cast<size_t>(&fit - fits.data());
        return ScaleOverflow(fit.scale, spec_.scale, base::Cat("row ", row, ", group ", g));
      }
      if (fit.stored == 0 && fit.scale > 0) fit.stored = format::SmallestPositive(spec_.scale);
      fit.scale = fit.stored;
    }
    return {};
  }

  const QuantSpec& spec_;
  const RowReader rows_;
  const Codebook book_;
  const Rounder rounder_;
  QuantizedMatrix out_;
  Importance importance_;
};

}  // namespace

Result<QuantizedMatrix> QuantizeBlocks(const Tensor2D& weights, const QuantSpec& spec,
                                       const QuantizeOptions& options) {
  if (spec.format == WeightFormat::kCodebook && options.book == nullptr) {
    return base::MakeStatus(Code::kBadArgument,
                            "format codebook needs the codebook: see MakeCodebook");
  }
  Result<QuantizedMatrix> matrix = BlockQuantizer(weights, spec, options).Run();
  if (!matrix.ok()) return matrix;
  const Status status = CheckUnitScales(*matrix);
  return status.ok() ? std::move(matrix) : Result<QuantizedMatrix>(status);
}

}  // namespace lutgemm::quant
