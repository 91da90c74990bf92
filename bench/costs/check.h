// Whether choices are good on this machine: chosen kernels beside the fastest.
#ifndef LUTGEMM_BENCH_COSTS_CHECK_H_
#define LUTGEMM_BENCH_COSTS_CHECK_H_

#include <cstddef>
#include <string>
#include <vector>

namespace lutgemm::bench {

struct CheckOptions {
  std::string target;                             // empty: the best
  std::vector<size_t> threads{1, 2};              // each by itself
  std::vector<std::string> levels{"L3", "DRAM"};  // where weights come from, each by itself
  std::vector<size_t> tokens;                     // empty: 1 to 512 in steps of about a half
  std::vector<std::string> shapes;                // "NxK"; empty: six usual ones and two odd ones
  double turn_ms = 3.0;                           // of each kernel's turns, at least
  double worst_allowed = 1.15;                    // of a choice's time over the fastest
  double share_allowed = 0.95;                    // of choices within 5 %
};

// Prints a line for every product whose choice is more than 5 % off, and one that sums up. What the
// program exits with: 1 where choices are not as good as allowed.
int Check(const CheckOptions& options);

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_CHECK_H_
