// Memory for weights that commands make up: mapped, zero, touched only where used.
#ifndef LUTGEMM_TOOLS_MEASURE_SCRATCH_H_
#define LUTGEMM_TOOLS_MEASURE_SCRATCH_H_

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace lutgemm::tools {

// Pages of zeros, in huge pages where the system has them and the size is worth it.
class Scratch {
 public:
  static Result<Scratch> Map(size_t bytes);

  std::byte* data() const { return static_cast<std::byte*>(pages_.get()); }
  size_t size() const { return size_; }
  std::span<std::byte> span() const { return {data(), size_}; }
  // The pages live as long as a copy of this.
  std::shared_ptr<void> keep_alive() const { return pages_; }

 private:
  std::shared_ptr<void> pages_;
  size_t size_ = 0;
};

// Weights of any size whose pages are never read or written: enough to plan for.
Result<PackedWeights> PlanOnlyWeights(const WeightInfo& info, LayoutId layout);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_SCRATCH_H_
