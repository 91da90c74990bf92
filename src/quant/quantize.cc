// int1 to int4 and ternary: one scale and zero point per group, row or tensor.
#include "quant/quantize.h"

#include "base/text.h"
#include "format/traits.h"
#include "quant/blocks.h"
#include "quant/fit.h"
#include "quant/groups.h"
#include "quant/held.h"
#include "quant/importance.h"
#include "quant/rows.h"
#include "quant/spec.h"

#include <algorithm>
#include <string>
#include <utility>

namespace lutgemm::quant {
namespace {

class Quantizer {
 public:
  Quantizer(const Tensor2D& weights, const QuantSpec& spec, const QuantizeOptions& options)
      : weights_(weights), spec_(spec), rows_(weights, options.threads) {
    Allocate();
    importance_ = Importance(options.importance, out_.info);
  }

  Result<QuantizedMatrix> Run() {
    Status status = spec_.group == kWholeTensor ? QuantizeWhole() : QuantizeGroups();
    if (!status.ok()) return status;
    return std::move(out_);
  }

 private:
  void Allocate() {
    out_.info = {spec_.format, spec_.zero, spec_.scale, weights_.rows, weights_.cols, spec_.group};
    out_.codes.resize(weights_.rows * weights_.cols);
    const size_t scales = ScaleCount(out_.info);
    out_.scales.resize(scales);
    if (spec_.zero == ZeroKind::kInteger) out_.zeros.resize(scales);
    if (spec_.zero == ZeroKind::kFloat) out_.offsets.resize(scales);
  }

  // Groups and rows: every scale depends on one row only.
  Status QuantizeGroups() {
    return rows_.ForEachRow([this](size_t, size_t row, std::span<const float> values) {
      bool loses_bits = false;
      for (size_t g = 0; g < out_.info.groups(); ++g) {
        Status status = QuantizeGroup(GroupOfRow(values, g), row, g, loses_bits);
        if (!status.ok()) return status;
      }
      return loses_bits ? CheckHeld(LossOf(row, values), spec_, base::Cat("row ", row)) : Status();
    });
  }

  std::span<const float> GroupOfRow(std::span<const float> values, size_t g) const {
    const size_t begin = out_.info.group_begin(g);
    return values.subspan(begin, out_.info.group_end(g) - begin);
  }

  // Of a row with scales of its own.
  Loss LossOf(size_t row, std::span<const float> values) const {
    Loss loss = LossOfRow(out_, row, values);
    for (size_t g = 0; g < out_.info.groups(); ++g) {
      const auto group = GroupOfRow(values, g);
      Stats stats;
      stats.Add(group);
      loss.exact += SquaredError(group, spec_, Unrounded(stats, spec_));
    }
    return loss;
  }

  Status QuantizeGroup(std::span<const float> group, size_t row, size_t g, bool& loses_bits) {
    Stats stats;
    stats.Add(group);
    const Candidates candidates = MakeCandidates(stats, spec_);
    if (candidates.count == 0) {
      return ScaleOverflow(candidates.overflow, spec_.scale, base::Cat("row ", row, ", group ", g));
    }
    loses_bits = loses_bits || candidates.loses_bits;
    std::array<double, kMaxCandidates> errors = {};
    if (candidates.count > 1) AddErrors(group, g, candidates, errors);
    const Fit& fit = Best(candidates, errors);
    StoreFit(ScaleIndex(out_.info, row, g), fit);
    const size_t at = row * weights_.cols + out_.info.group_begin(g);
    Encode(group, spec_, fit, out_.codes.data() + at);
    return {};
  }

  // One scale: statistics of all rows, errors of all rows if there is a choice, then codes.
  Status QuantizeWhole() {
    std::vector<Stats> stats(rows_.blocks());
    Status status = rows_.ForEachRow([&](size_t block, size_t, std::span<const float> values) {
      stats[block].Add(values);
      return Status();
    });
    if (!status.ok()) return status;
    for (size_t block = 1; block < rows_.blocks(); ++block) stats[0].Add(stats[block]);

    const Candidates candidates = MakeCandidates(stats[0], spec_);
    if (candidates.count == 0)
      return ScaleOverflow(candidates.overflow, spec_.scale, "the whole tensor");
    std::vector<std::array<double, kMaxCandidates>> errors(rows_.blocks());
    if (candidates.count > 1) {
      status = rows_.ForEachRow([&](size_t block, size_t, std::span<const float> values) {
        AddErrors(values, 0, candidates, errors[block]);
        return Status();
      });
      if (!status.ok()) return status;
      for (size_t block = 1; block < rows_.blocks(); ++block) {
        for (size_t i = 0; i < kMaxCandidates; ++i) errors[0][i] += errors[block][i];
      }
    }
    const Fit fit = Best(candidates, errors[0]);
    StoreFit(0, fit);
    std::vector<Loss> losses(rows_.blocks());
    const Fit exact = Unrounded(stats[0], spec_);
    status = rows_.ForEachRow([&](size_t block, size_t row, std::span<const float> values) {
      Encode(values, spec_, fit, out_.codes.data() + row * weights_.cols);
      if (!candidates.loses_bits) return Status();
      losses[block].Add(LossOfRow(out_, row, values));
      losses[block].exact += SquaredError(values, spec_, exact);
      return Status();
    });
    if (!status.ok() || !candidates.loses_bits) return status;
    for (size_t block = 1; block < rows_.blocks(); ++block) losses[0].Add(losses[block]);
    return CheckHeld(losses[0], spec_, "the whole tensor");
  }

  // Of weights of group g.
  void AddErrors(std::span<const float> values, size_t g, const Candidates& candidates,
                 std::array<double, kMaxCandidates>& errors) const {
    const std::span<const float> importance = importance_.OfGroup(g);
    for (size_t i = 0; i < candidates.count; ++i) {
      errors[i] += SquaredError(values, spec_, candidates.fits[i], importance);
    }
  }

  // The least error; the plain fit where nothing beats it.
  static const Fit& Best(const Candidates& candidates,
                         const std::array<double, kMaxCandidates>& errors) {
    const auto end = errors.begin() + static_cast<ptrdiff_t>(candidates.count);
    return candidates
        .fits[static_cast<size_t>(std::min_element(errors.begin(), end) - errors.begin())];
  }

  void StoreFit(size_t at, const Fit& fit) {
    out_.scales[at] = static_cast<float>(fit.scale);
    if (spec_.zero == ZeroKind::kInteger) out_.zeros[at] = fit.zero;
    if (spec_.zero == ZeroKind::kFloat) out_.offsets[at] = static_cast<float>(fit.offset);
  }

  const Tensor2D& weights_;
  const QuantSpec& spec_;
  const RowReader rows_;
  QuantizedMatrix out_;
  Importance importance_;
};

}  // namespace

Result<QuantizedMatrix> QuantizeTensor(const Tensor2D& weights, const QuantSpec& spec,
                                       const QuantizeOptions& options) {
  if (Status status = CheckSpec(spec); !status.ok()) return status;
  if (Status status = CheckTensor(weights); !status.ok()) return status;
  Status status = CheckImportance(options.importance, weights.cols);
  if (!status.ok()) return status;
  if (format::IsBook(spec.format) || format::BfpBits(spec.format) != 0) {
    return QuantizeBlocks(weights, spec, options);
  }
  return Quantizer(weights, spec, options).Run();
}

Status ScaleOverflow(double value, Elem scale, std::string_view where) noexcept {
  return base::MakeStatus(Code::kOverflow, "the scale or offset of ", where, " is ", value,
                          ", more than ", Name(scale), " can store; ",
                          scale == Elem::kF16   ? "use bf16 or f32 scales"
                          : scale == Elem::kF32 ? "multiply the weights by a power of two"
                                                : "use f32 scales");
}

}  // namespace lutgemm::quant
