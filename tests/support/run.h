// Runs one problem through the public API with guard bytes around output and workspace.
#ifndef LUTGEMM_SUPPORT_RUN_H_
#define LUTGEMM_SUPPORT_RUN_H_

#include <doctest/doctest.h>
#include <lutgemm/plan.hpp>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace lutgemm::test {

// 64-byte aligned memory with poisoned bytes on both sides.
class Guarded {
 public:
  explicit Guarded(size_t bytes, unsigned char fill = 0)
      : bytes_(bytes),
        memory_(
            static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 2 * kGuard + 63) / 64 * 64)),
            std::free) {
    std::memset(memory_.get(), kPoison, bytes + 2 * kGuard);
    std::memset(data(), fill, bytes);
  }
  std::byte* data() const { return memory_.get() + kGuard; }
  std::span<std::byte> span() const { return {data(), bytes_}; }
  bool intact() const {
    for (size_t i = 0; i < kGuard; ++i) {
      if (memory_.get()[i] != std::byte{kPoison}) return false;
      if (data()[bytes_ + i] != std::byte{kPoison}) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 128;
  static constexpr unsigned char kPoison = 0xa5;
  size_t bytes_;
  std::unique_ptr<std::byte, decltype(&std::free)> memory_;
};

inline PackedWeights MustPack(const QuantizedMatrix& matrix, LayoutId layout = LayoutId::kDefault) {
  auto packed = Pack(matrix, layout);
  REQUIRE_MESSAGE(packed.ok(), packed.status().text());
  return *packed;
}

inline Plan MustPlan(const PackedWeights& weights, const Problem& problem) {
  auto plan = MakePlan(weights, problem);
  REQUIRE_MESSAGE(plan.ok(), plan.status().text());
  return std::move(*plan);
}

template <class Out = float, class Act>
std::vector<Out> RunPlan(const Plan& plan, const std::vector<Act>& act, size_t outputs,
                         Threads* threads = nullptr) {
  const Guarded in(act.size() * sizeof(Act)), out(outputs * sizeof(Out), 0x7f);
  const Guarded workspace(plan.workspace_bytes(), 0xcc);
  std::memcpy(in.data(), act.data(), act.size() * sizeof(Act));
  const Status status = plan.Run(in.data(), out.data(), workspace.span(), threads);
  REQUIRE_MESSAGE(status.ok(), status.text());
  CHECK(out.intact());
  CHECK(workspace.intact());
  std::vector<Out> result(outputs);
  std::memcpy(result.data(), out.data(), outputs * sizeof(Out));
  return result;
}

// First index where bits differ, or the size.
template <class T>
size_t FirstDifference(const std::vector<T>& a, const std::vector<T>& b) {
  size_t i = 0;
  while (i < a.size() && std::memcmp(&a[i], &b[i], sizeof(T)) == 0) ++i;
  return i;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_RUN_H_
