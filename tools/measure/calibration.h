// What this machine can do at best, measured in the same run as what is compared with it.
#ifndef LUTGEMM_TOOLS_MEASURE_CALIBRATION_H_
#define LUTGEMM_TOOLS_MEASURE_CALIBRATION_H_

#include <lutgemm/threads.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace lutgemm::tools {

struct CalibrationSpec {
  size_t working_set = size_t{64} << 20;  // bytes that are read over and over
  double min_seconds = 0.3;               // per measurement
};

// Each with one core, with the threads of the run, and with every usable core.
struct Rates {
  double one_core = 0.0, run = 0.0, all_cores = 0.0;
};
struct Calibration {
  Rates read_gbps;       // bytes read per second, 10^9
  Rates dot_peak_gmacs;  // int8 products summed per second, 10^9
};

// `threads` are those of the run, null for one.
Result<Calibration> Calibrate(const CalibrationSpec& spec, Threads* threads);

// The larger of each rate: what was reached once can be reached.
Calibration Best(const Calibration& a, const Calibration& b);

// The same bounds for a moment each, before and after every round of timed calls: machines that
// others share change their speed from second to second, and with them calls and bounds alike.
class Yardstick {
 public:
  // Pieces of memory that are read in turn, none of them empty; they must stay. `threads` as above.
  Yardstick(const std::vector<std::span<const std::byte>>& pieces, Threads* threads);

  // To follow a round of calls that took `seconds` each; the first one only starts the comparison.
  void Measure(double seconds);

  // Medians over rounds: of a call's bytes per second over those that were read beside it, and of
  // its products over those that were summed.
  double ReadRatio(double bytes) const;
  double DotRatio(double macs) const;

 private:
  struct Round {
    double seconds, read_rate, dot_rate;
  };
  std::vector<std::span<const std::byte>> windows_;
  Threads* threads_;
  size_t next_ = 0;
  bool started_ = false;
  double read_rate_ = 0.0, dot_rate_ = 0.0;  // of the last moment
  std::vector<Round> rounds_;
};

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_CALIBRATION_H_
