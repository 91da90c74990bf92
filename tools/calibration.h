// What this machine can do at best, measured in the same run as what is compared with it.
#ifndef LUTGEMM_TOOLS_CALIBRATION_H_
#define LUTGEMM_TOOLS_CALIBRATION_H_

#include <lutgemm/threads.hpp>

#include <cstddef>

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

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CALIBRATION_H_
