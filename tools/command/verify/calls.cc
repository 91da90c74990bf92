#include "tools/command/verify/calls.h"

#include "base/bits.h"

#include <algorithm>
#include <utility>

namespace lutgemm::tools {

std::vector<size_t> ArrangeTokens(size_t kinds, size_t m, Random& random) {
  std::vector<size_t> arranged(base::RoundUp(std::max(kinds, m), m));
  std::vector<size_t> order(kinds);
  for (size_t i = 0; i < kinds; ++i) order[i] = i;
  for (size_t at = 0; at < arranged.size(); ++at) {
    const size_t i = at % kinds;
    std::swap(order[i], order[i + random.Below(static_cast<uint32_t>(kinds - i))]);
    arranged[at] = order[i];
  }
  return arranged;
}

}  // namespace lutgemm::tools
