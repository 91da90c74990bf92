// How far ahead of what it reads a kernel should prefetch.
#ifndef LUTGEMM_BENCH_COSTS_AHEAD_H_
#define LUTGEMM_BENCH_COSTS_AHEAD_H_

#include <cstddef>
#include <string>
#include <vector>

namespace lutgemm::bench {

struct AheadOptions {
  std::string target;                                                 // empty: each
  std::vector<size_t> distances{1024, 1536, 2048, 3072, 4096, 6144};  // bytes, multiples of 64
  double turn_ms = 2.0;  // of each of six turns of a distance, at least
};

// Times every kernel of regimes gemv and small_m at few tokens with each distance, from L3 and from
// DRAM, and prints a table on stdout. What the program exits with.
int MeasureAhead(const AheadOptions& options);

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_AHEAD_H_
