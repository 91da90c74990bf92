// What every room that takes an order of channels asks of it.
#include "base/text.h"

#include <lutgemm/channel_order.hpp>

#include <string>
#include <vector>

namespace lutgemm {

Status Validate(const ChannelOrder& order) noexcept {
  return base::Guarded([&]() -> Status {
    std::vector<bool> seen(order.size());
    for (size_t i = 0; i < order.size(); ++i) {
      const uint32_t channel = order.from[i];
      if (channel >= order.size() || seen[channel]) {
        return base::MakeStatus(Code::kBadArgument, "no permutation: position ", i,
                                " takes channel ", channel,
                                channel < order.size() ? " a second time" : " of ",
                                channel < order.size() ? "" : std::to_string(order.size()));
      }
      seen[channel] = true;
    }
    return {};
  });
}

}  // namespace lutgemm
