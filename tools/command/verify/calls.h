// Calls of a plan whose every token is compared, though only a few different ones are computed
// otherwise: tokens repeat.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_CALLS_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_CALLS_H_

#include "tools/measure/random.h"
#include "tools/measure/sample.h"
#include "tools/measure/scratch.h"

#include <lutgemm/plan.hpp>

#include <cstring>
#include <span>
#include <vector>

namespace lutgemm::tools {

// Which of `kinds` different tokens stands where in calls of `m` tokens: as many calls as show each
// of them once at least, in an order that differs from one run of `kinds` to the next.
std::vector<size_t> ArrangeTokens(size_t kinds, size_t m, Random& random);

// What a plan of m tokens gives for tokens arranged so: [token][output] of the `outputs` asked for.
// `acts` holds the different tokens, one after the other.
template <class Out>
struct Calls {
  const Plan& plan;
  size_t n, m;  // outputs and tokens of a call
  Threads* threads;
  std::span<const size_t> outputs;

  Result<std::vector<Out>> Run(std::span<const std::byte> acts, size_t kinds,
                               std::span<const size_t> arranged) const {
    const size_t bytes = acts.size() / kinds;
    const Result<Scratch> workspace = Scratch::Map(plan.workspace_bytes());
    if (!workspace.ok()) return workspace.status();
    std::vector<std::byte> call(m * bytes);
    std::vector<Out> out(m * n), picked;
    picked.reserve(arranged.size() * outputs.size());
    for (size_t first = 0; first < arranged.size(); first += m) {
      for (size_t i = 0; i < m; ++i) {
        std::memcpy(&call[i * bytes], &acts[arranged[first + i] * bytes], bytes);
      }
      const Status status = plan.Run(call.data(), out.data(), workspace->span(), threads);
      if (!status.ok()) return status;
      for (size_t i = 0; i < m; ++i) {
        for (const size_t output : outputs) picked.push_back(out[i * n + output]);
      }
    }
    return picked;
  }
};

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_CALLS_H_
