// Times one product while its weights rotate through a working set.
#ifndef LUTGEMM_TOOLS_MEASURE_PRODUCT_H_
#define LUTGEMM_TOOLS_MEASURE_PRODUCT_H_

#include "tools/measure/calibration.h"
#include "tools/measure/onednn.h"
#include "tools/measure/random.h"
#include "tools/measure/scratch.h"
#include "tools/measure/timing.h"

#include <lutgemm/plan.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace lutgemm::tools {

// Random weights, packed once; their copies come nearest to the working set.
class BenchWeights {
 public:
  struct Spec {
    WeightInfo info;
    LayoutId layout = LayoutId::kDefault;
    size_t working_set = size_t{64} << 20;  // bytes
    uint64_t seed = 1;
  };
  static Result<BenchWeights> Make(const Spec& spec);

  const QuantizedMatrix& matrix() const { return matrix_; }
  const std::vector<PackedWeights>& copies() const { return copies_; }

 private:
  QuantizedMatrix matrix_;
  std::vector<PackedWeights> copies_;
};

struct BenchResult {
  std::string format;
  std::string group;
  double bits_per_weight = 0.0;
  size_t m = 0, n = 0, k = 0;
  std::string mode;
  size_t threads = 1;
  std::string target, kernel, layout;
  size_t copies = 0;
  size_t weight_bytes = 0;  // of one copy
  double seconds = 0.0;     // median of one call
  // Of what reading and summing products reached beside the calls; see Yardstick.
  double read_ratio = 0.0, dot_ratio = 0.0;
  double nmse = 0.0;

  double macs() const { return double(m) * double(n) * double(k); }
  double gmacs() const { return macs() / seconds * 1e-9; }
  double weight_gbps() const { return double(weight_bytes) / seconds * 1e-9; }
};

// What is measured: everything but times and the error.
BenchResult Describe(const PackedWeights& weights, const Problem& problem, const Plan& plan);
// A yardstick that reads a buffer in `pieces` parts, for weights that only their library sees.
Yardstick YardstickOn(const Scratch& buffer, size_t pieces, Threads* threads);
// Times call(i), which multiplies with copy i % copies: seconds and ratios.
void TimeBeside(TimeSpec time, const std::function<void(size_t)>& call, Yardstick yardstick,
                BenchResult& result);
// One plan for each copy of the weights.
Result<std::vector<Plan>> MakePlans(const BenchWeights& weights, const Problem& problem);

// How many copies of `bytes` come nearest to the working set; at least one, and not too many tiny
// ones.
size_t CopiesFor(size_t working_set, size_t bytes);

// `problem` tells everything but the weights. NMSE is measured against float64 on sampled outputs.
Result<BenchResult> RunBench(const BenchWeights& weights, const Problem& problem,
                             const TimeSpec& time, Threads* threads);

// The same product in oneDNN: f32, or u8 x s8 with activations quantised beforehand, which the time
// leaves out.
struct BaselineSpec {
  OneDnnShape shape;
  size_t threads = 1;
  size_t working_set = size_t{64} << 20;
  uint64_t seed = 1;
};
Result<BenchResult> RunBaseline(const BaselineSpec& spec, const TimeSpec& time, Threads* threads);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_PRODUCT_H_
