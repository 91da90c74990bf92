// Loops whose blocks run on the caller's threads and may fail.
#ifndef LUTGEMM_BASE_FOR_BLOCKS_H_
#define LUTGEMM_BASE_FOR_BLOCKS_H_

#include "base/text.h"

#include <lutgemm/threads.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace lutgemm::base {

// Runs body(block), which returns a Status, for every block in [0, blocks), several at once where
// there are threads; all of them, and then reports the failure of the first block that failed. So
// the answer does not depend on the threads, of which `threads` may be null.
template <class Body>
Status ForBlocks(Threads* threads, size_t blocks, const Body& body) {
  std::vector<Status> statuses(blocks);
  const auto task = [&](size_t block) {
    statuses[block] = Guarded([&]() -> Status { return body(block); });
  };
  if (threads != nullptr && blocks > 1) {
    threads->ParallelFor(
        blocks, [](void* context, size_t i) { (*static_cast<decltype(&task)>(context))(i); },
        const_cast<void*>(static_cast<const void*>(&task)));
  } else {
    for (size_t block = 0; block < blocks; ++block) task(block);
  }
  const auto bad = std::ranges::find_if(statuses, [](const Status& s) { return !s.ok(); });
  return bad != statuses.end() ? std::move(*bad) : Status();
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_FOR_BLOCKS_H_
