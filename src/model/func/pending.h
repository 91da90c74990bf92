// Byte ranges that copies are moving.
#ifndef LUTGEMM_MODEL_FUNC_PENDING_H_
#define LUTGEMM_MODEL_FUNC_PENDING_H_

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>

namespace lutgemm::model::func {

// A range of bytes, [begin, end).
struct ByteRange {
  size_t begin = 0, end = 0;

  bool Overlaps(const ByteRange& other) const { return begin < other.end && other.begin < end; }
};

// A set of bytes as ranges with gaps between them, so that a program with any number of copies
// under way finds in logarithmic time whether one of them moves a byte.
class ByteSet {
 public:
  bool Overlaps(const ByteRange& range) const {
    const auto after = ends_.lower_bound(range.end);
    return range.begin < range.end && after != ends_.begin() &&
           std::prev(after)->second > range.begin;
  }

  void Add(ByteRange range) {
    if (range.begin >= range.end) return;
    auto first = ends_.upper_bound(range.begin);
    if (first != ends_.begin() && std::prev(first)->second >= range.begin) --first;
    auto last = first;
    for (; last != ends_.end() && last->first <= range.end; ++last) {
      range = {std::min(range.begin, last->first), std::max(range.end, last->second)};
    }
    ends_.erase(first, last);
    ends_.emplace(range.begin, range.end);
  }

  void Clear() { ends_.clear(); }

 private:
  std::map<size_t, size_t> ends_;  // of each range, by its begin
};

// What the copies under way read and write of one memory.
struct PendingBytes {
  ByteSet read, written;

  // Whether an access must wait: any for what copies write, a writer also for what they read.
  bool Blocks(const ByteRange& range, bool write) const {
    return written.Overlaps(range) || (write && read.Overlaps(range));
  }
  void Clear() {
    read.Clear();
    written.Clear();
  }
};

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_PENDING_H_
