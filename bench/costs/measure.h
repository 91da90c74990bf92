// The measuring run: every kernel forced over weights, tokens and places of weights.
#ifndef LUTGEMM_BENCH_COSTS_MEASURE_H_
#define LUTGEMM_BENCH_COSTS_MEASURE_H_

#include <cstddef>
#include <string>

namespace lutgemm::bench {

struct MeasureOptions {
  std::string core;    // as the first column names it
  std::string target;  // empty: all that this machine can run
  size_t threads = 1;
  double turn_ms = 2.0;  // of each kernel's turns, at least
  bool smoke = false;    // tiny products that say nothing about speed
};

// Prints the table of measurements. What is wrong goes to stderr; the exit code.
int Measure(const MeasureOptions& options);

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_MEASURE_H_
