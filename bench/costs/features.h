// What coefficients are fitted to: measurements, and how much of each kind of work they were.
#ifndef LUTGEMM_BENCH_COSTS_FEATURES_H_
#define LUTGEMM_BENCH_COSTS_FEATURES_H_

#include <iosfwd>

namespace lutgemm::bench {

// Reads a table of measurements and prints it with seven columns more, those of plan::Work. What is
// wrong goes to stderr; the exit code.
int PrintFeatures(std::istream& in);

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_FEATURES_H_
