// Work is split into blocks of rows whose number depends on the shape only, and sums are joined in
// block order: so the result is the same for any number of threads.
#include "quant/quantize.h"

#include "base/bits.h"
#include "base/text.h"
#include "format/fp.h"
#include "quant/fit.h"
#include "quant/groups.h"
#include "quant/spec.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace lutgemm::quant {
namespace {

constexpr size_t kBlockWeights = size_t{1} << 16;

class Quantizer {
 public:
  Quantizer(const Tensor2D& weights, const QuantSpec& spec, Threads* threads)
      : weights_(weights), spec_(spec), threads_(threads) {
    block_rows_ = std::max<size_t>(1, kBlockWeights / weights.cols);
    blocks_ = base::CeilDiv(weights.rows, block_rows_);
  }

  Result<QuantizedMatrix> Run() {
    Allocate();
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

  // Runs body(block, row, weights of the row) over all rows and reports the first row's failure.
  template <class Body>
  Status ForEachRow(const Body& body) {
    std::vector<Status> statuses(blocks_);
    const auto block_task = [&](size_t block) {
      statuses[block] = base::Guarded([&] { return RunBlock(block, body); });
    };
    if (threads_ != nullptr) {
      threads_->ParallelFor(
          blocks_, [](void* task, size_t i) { (*static_cast<decltype(&block_task)>(task))(i); },
          const_cast<void*>(static_cast<const void*>(&block_task)));
    } else {
      for (size_t block = 0; block < blocks_; ++block) block_task(block);
    }
    const auto bad = std::ranges::find_if(statuses, [](const Status& s) { return !s.ok(); });
    return bad != statuses.end() ? std::move(*bad) : Status();
  }

  template <class Body>
  Status RunBlock(size_t block, const Body& body) const {
    std::vector<float> row_weights(weights_.cols);
    const size_t end = std::min(weights_.rows, (block + 1) * block_rows_);
    for (size_t row = block * block_rows_; row < end; ++row) {
      if (Status status = LoadRow(row, row_weights); !status.ok()) return status;
      if (Status status = body(block, row, row_weights); !status.ok()) return status;
    }
    return {};
  }

  Status LoadRow(size_t row, std::span<float> out) const {
    const size_t stride = weights_.stride != 0 ? weights_.stride : weights_.cols;
    const size_t bytes = ElemBytes(weights_.elem);
    const auto* from = static_cast<const std::byte*>(weights_.data) + row * stride * bytes;
    if (weights_.elem == Elem::kF32) {
      std::memcpy(out.data(), from, out.size_bytes());
    } else {
      for (size_t i = 0; i < out.size(); ++i) out[i] = format::LoadElem(from, weights_.elem, i);
    }
    for (size_t i = 0; i < out.size(); ++i) {
      if (!std::isfinite(out[i])) {
        return base::MakeStatus(Code::kNotFinite, "weight [", row, ", ", i, "] is ", out[i],
                                "; weights must be finite");
      }
    }
    return {};
  }

  // Groups and rows: every scale depends on one row only.
  Status QuantizeGroups() {
    return ForEachRow([this](size_t, size_t row, std::span<const float> values) {
      const WeightInfo& info = out_.info;
      for (size_t g = 0; g < info.groups(); ++g) {
        const size_t begin = info.group_begin(g);
        const auto group = values.subspan(begin, info.group_end(g) - begin);
        if (Status status = QuantizeGroup(group, row, g); !status.ok()) return status;
      }
      return Status();
    });
  }

  Status QuantizeGroup(std::span<const float> group, size_t row, size_t g) {
    Stats stats;
    stats.Add(group);
    const Candidates candidates = MakeCandidates(stats, spec_);
    if (candidates.count == 0) {
      return Overflow(candidates.overflow, base::Cat("row ", row, ", group ", g));
    }
    std::array<double, kMaxCandidates> errors = {};
    if (candidates.count > 1) AddErrors(group, candidates, errors);
    const Fit& fit = Best(candidates, errors);
    StoreFit(ScaleIndex(out_.info, row, g), fit);
    const size_t at = row * weights_.cols + out_.info.group_begin(g);
    Encode(group, spec_, fit, out_.codes.data() + at);
    return {};
  }

  // One scale: statistics of all rows, errors of all rows if there is a choice, then codes.
  Status QuantizeWhole() {
    std::vector<Stats> stats(blocks_);
    Status status = ForEachRow([&](size_t block, size_t, std::span<const float> values) {
      stats[block].Add(values);
      return Status();
    });
    if (!status.ok()) return status;
    for (size_t block = 1; block < blocks_; ++block) stats[0].Add(stats[block]);

    const Candidates candidates = MakeCandidates(stats[0], spec_);
    if (candidates.count == 0) return Overflow(candidates.overflow, "the whole tensor");
    std::vector<std::array<double, kMaxCandidates>> errors(blocks_);
    if (candidates.count > 1) {
      status = ForEachRow([&](size_t block, size_t, std::span<const float> values) {
        AddErrors(values, candidates, errors[block]);
        return Status();
      });
      if (!status.ok()) return status;
      for (size_t block = 1; block < blocks_; ++block) {
        for (size_t i = 0; i < kMaxCandidates; ++i) errors[0][i] += errors[block][i];
      }
    }
    const Fit fit = Best(candidates, errors[0]);
    StoreFit(0, fit);
    return ForEachRow([&](size_t, size_t row, std::span<const float> values) {
      Encode(values, spec_, fit, out_.codes.data() + row * weights_.cols);
      return Status();
    });
  }

  void AddErrors(std::span<const float> values, const Candidates& candidates,
                 std::array<double, kMaxCandidates>& errors) const {
    for (size_t i = 0; i < candidates.count; ++i) {
      errors[i] += SquaredError(values, spec_, candidates.fits[i]);
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
    out_.scales[at] = fit.scale;
    if (spec_.zero == ZeroKind::kInteger) out_.zeros[at] = fit.zero;
    if (spec_.zero == ZeroKind::kFloat) out_.offsets[at] = fit.offset;
  }

  Status Overflow(double value, std::string_view where) const {
    return base::MakeStatus(Code::kOverflow, "the scale or offset of ", where, " is ", value,
                            ", more than ", Name(spec_.scale), " can store; use ",
                            spec_.scale == Elem::kF16 ? "bf16 or f32 scales" : "f32 scales");
  }

  const Tensor2D& weights_;
  const QuantSpec& spec_;
  Threads* threads_;
  size_t block_rows_ = 1;
  size_t blocks_ = 0;
  QuantizedMatrix out_;
};

}  // namespace

Result<QuantizedMatrix> QuantizeTensor(const Tensor2D& weights, const QuantSpec& spec,
                                       Threads* threads) {
  if (Status status = CheckSpec(spec); !status.ok()) return status;
  if (Status status = CheckTensor(weights); !status.ok()) return status;
  return Quantizer(weights, spec, threads).Run();
}

}  // namespace lutgemm::quant
