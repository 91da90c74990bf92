// Times calls the same way everywhere: warm-up, then rounds, then the median.
#ifndef LUTGEMM_TOOLS_MEASURE_TIMING_H_
#define LUTGEMM_TOOLS_MEASURE_TIMING_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace lutgemm::tools {

struct TimeSpec {
  double min_seconds = 0.3;  // of all rounds together
  size_t min_rounds = 5;
  size_t warm_calls = 1;  // before the first round
};

inline double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Median seconds of one call(i), i counting up. Short calls are timed in rounds of many, so that
// the clock does not count. after(seconds of a call) follows each round, and the warm-up.
template <class Call, class After>
double TimeCalls(const TimeSpec& spec, const Call& call, const After& after) {
  constexpr double kRoundSeconds = 1e-4;
  using Clock = std::chrono::steady_clock;
  size_t i = 0;
  const auto warm = Clock::now();
  do {
    call(i++);
  } while (i < spec.warm_calls);
  const double guess = std::max(SecondsSince(warm) / double(i), 1e-9);
  const size_t batch = std::max<size_t>(1, static_cast<size_t>(kRoundSeconds / guess));
  after(guess);
  std::vector<double> rounds;
  double spent = 0.0;
  while (rounds.size() < spec.min_rounds || spent < spec.min_seconds) {
    const auto start = Clock::now();
    for (size_t c = 0; c < batch; ++c) call(i++);
    const double seconds = SecondsSince(start);
    spent += seconds;
    rounds.push_back(seconds / double(batch));
    after(rounds.back());
  }
  return Median(std::move(rounds));
}

template <class Call>
double TimeCalls(const TimeSpec& spec, const Call& call) {
  return TimeCalls(spec, call, [](double) {});
}

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_TIMING_H_
