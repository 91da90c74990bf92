#include <cstdio>
#include <lutgemm/lutgemm.hpp>

int main() {
  using namespace lutgemm;
  const float weights[16] = {1, -1, 1, -1, 1, -1, 1, -1, 1, 1, 1, 1, -1, -1, -1, -1};
  const float act[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  float out[2] = {};
  auto matrix = Quantize({.data = weights, .rows = 2, .cols = 8}, {WeightFormat::kTernary, 8});
  if (!matrix.ok()) return std::puts(matrix.status().text().c_str()), 1;
  auto packed = Pack(*matrix);
  if (!packed.ok()) return std::puts(packed.status().text().c_str()), 1;
  auto plan = MakePlan(*packed, {.mode = Mode::kExact});
  if (!plan.ok()) return std::puts(plan.status().text().c_str()), 1;
  alignas(64) static std::byte workspace[1 << 20];
  const Status status = plan->Run(act, out, workspace);
  std::printf("%s on %s: %g %g, expected about -4 -16\n", std::string(plan->kernel()).c_str(),
              std::string(plan->target()).c_str(), double(out[0]), double(out[1]));
  return !(status.ok() && packed->info().groups() == 1 && out[0] > -4.4F && out[0] < -3.6F &&
           out[1] > -16.4F && out[1] < -15.6F);
}
