// The codes of one output out of the cells of its strip, many at a time.
#ifndef LUTGEMM_LAYOUT_ROW_CODES_H_
#define LUTGEMM_LAYOUT_ROW_CODES_H_

#include "layout/layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lutgemm::layout {

// Most codes of a run: whole slices and whole quints.
inline constexpr size_t kCodeRun = 240;
// Bytes that a run is written to: slices and words that its end cuts are written whole.
inline constexpr size_t kCodeRunBytes = kCodeRun + kSlice;

// Calls f(group, first k, count of k <= kCodeRun) for runs of K that no border of a group cuts.
template <class F>
void ForEachRun(const KSpace& ks, F f) {
  for (size_t group = 0; group < ks.groups; ++group) {
    const size_t end = std::min(ks.k, (group + 1) * ks.group);
    for (size_t k = group * ks.group; k < end; k += kCodeRun) {
      f(group, k, std::min(kCodeRun, end - k));
    }
  }
}

inline uint8_t LargestCode(std::span<const uint8_t> codes) {
  uint8_t largest = 0;
  for (const uint8_t code : codes) largest = std::max(largest, code);
  return largest;
}

class RowCodes {
 public:
  RowCodes(const std::byte* blob, const Geometry& geometry, WeightFormat format, size_t row);

  // Codes [k, k + count) of a run, as they are stored: those of 3-bit BitMoD in the order of their
  // planes. Ternary planes that hold no code read as 3. `codes` has kCodeRunBytes.
  void Read(size_t k, size_t count, uint8_t* codes) const;

 private:
  void ReadPlanes(size_t slice, size_t slices, uint8_t* codes) const;
  void ReadNibbles(size_t slice, size_t slices, uint8_t* codes) const;
  void ReadTrits(size_t quint, size_t quints, uint8_t* codes) const;

  const Geometry& g_;
  const bool ternary_;
  const size_t output_;  // in the strip
  const uint8_t* const strip_;
};

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_ROW_CODES_H_
