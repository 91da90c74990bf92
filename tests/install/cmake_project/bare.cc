// Compiled without exceptions and without run-time type information, over all public headers.
#include <cstdio>
#include <lutgemm/lutgemm.hpp>
#include <utility>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this program is about their absence"
#endif

namespace {

// A pool of the program's own, whose class has no type information.
class OneThread final : public lutgemm::Threads {
 public:
  size_t count() const noexcept override { return 2; }
  void ParallelFor(size_t count, void (*task)(void* context, size_t i),
                   void* context) noexcept override {
    for (size_t i = 0; i < count; ++i) task(context, i);
    loops += count != 0;
  }
  int loops = 0;
};

int Fail(const lutgemm::Status& status) {
  const lutgemm::Status copy = status;
  std::puts(copy.text().c_str());
  return 1;
}

}  // namespace

int main() {
  using namespace lutgemm;
  std::vector<float> weights(256 * 4096, 0.5F), act(4096, 1.0F), out(256);
  OneThread threads;
  auto matrix = Quantize({.data = weights.data(), .rows = 256, .cols = 4096}, {}, &threads);
  if (!matrix.ok()) return Fail(matrix.status());
  auto packed = Pack(*matrix, LayoutId::kDefault, &threads);
  if (!packed.ok()) return Fail(packed.status());
  auto plan = MakePlan(*std::move(packed), {.mode = Mode::kExact, .threads = 2});
  if (!plan.ok()) return Fail(plan.status());
  alignas(64) static std::byte workspace[1 << 20];
  if (Status status = plan->Run(act.data(), out.data(), workspace, &threads); !status.ok()) {
    return Fail(status);
  }
  // Failures come as values too, with their texts.
  const Status refused = TensorFile::Open("no such file").status();
  auto cache = KvCache::Make({.capacity = 1});
  auto order = OrderByKeys(std::vector<double>{1, 2}, {});
  std::printf("%s: %g, expected about 2048; %d loops\n", LUTGEMM_VERSION, double(out[0]),
              threads.loops);
  return !(out[0] > 2000 && out[0] < 2100 && threads.loops > 0 && refused.code() == Code::kIo &&
           !refused.text().empty() && cache.ok() && order.ok() && Inverse(*order).size() == 2);
}
