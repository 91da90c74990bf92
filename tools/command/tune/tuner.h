// The work behind `lutgemm tune`: times every kernel that could run, and decides.
#ifndef LUTGEMM_TOOLS_COMMAND_TUNE_TUNER_H_
#define LUTGEMM_TOOLS_COMMAND_TUNE_TUNER_H_

#include "plan/profile.h"
#include "tools/measure/timing.h"

#include <lutgemm/plan.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// The default choice stands unless another kernel is faster by more than this share of its time.
inline constexpr double kTuneMargin = 0.03;

struct TuneSpec {
  struct Weights {
    WeightInfo info;
    LayoutId layout = LayoutId::kDefault;
  };
  std::vector<Weights> weights;
  std::vector<size_t> tokens = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
  std::vector<Mode> modes = {Mode::kFast};
  size_t threads = 1;
  size_t working_set = size_t{64} << 20;  // bytes
  uint64_t seed = 1;
  std::string target;  // empty: best
  TimeSpec time;
};

struct KernelTime {
  std::string_view kernel;
  double seconds = 0;  // of one call for each N of the result, together
};

// All shapes of one K, for one number of tokens.
struct TuneResult {
  plan::ProfileKey key;
  size_t m = 1;
  std::vector<size_t> outputs;    // the N
  std::vector<KernelTime> times;  // one per kernel that can run
  std::string_view default_kernel, kernel;

  double SecondsOf(std::string_view kernel) const;
};

// The kernel that the profile shall have: the fastest, or the default within the margin. Sets
// result.kernel; times and default_kernel are given.
void Decide(TuneResult& result);

// Told of every product that is about to be timed: how many were, and its format.
using TuneProgress = std::function<void(size_t done, std::string_view what)>;

// `threads` are those of the spec, null for one.
Result<std::vector<TuneResult>> Tune(const TuneSpec& spec, Threads* threads,
                                     const TuneProgress& progress);

// Results in which there was a choice, as entries of a profile.
void AddTo(plan::Profile& profile, const std::vector<TuneResult>& results, size_t threads);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_TUNE_TUNER_H_
