#include "model/tlmm/table.h"

#include <cstdlib>

namespace lutgemm::model::tlmm {
namespace {

// Fills half[0..MaxIndex(n)] of the n activations that end at `last`, from the end: the table of
// the last n - 1 of them is the first part, and x plus or minus its entries the rest.
void BuildHalf(std::span<const int8_t> activations, std::span<int16_t> half, size_t* adds) {
  half[0] = 0;
  for (size_t n = 1; n <= activations.size(); ++n) {
    const int16_t x = activations[activations.size() - n];  // NOLINT(bugprone-signed-char-misuse)
    const size_t power = Pow3(static_cast<unsigned>(n - 1));
    const size_t known = (power - 1) / 2;  // largest index so far
    half[power] = static_cast<int16_t>(x);
    for (size_t j = 1; j <= known; ++j) {
      half[power + j] = static_cast<int16_t>(x + half[j]);
      half[power - j] = static_cast<int16_t>(x - half[j]);
      *adds += 2;
    }
  }
}

}  // namespace

void Table::Build(std::span<const int8_t> activations, bool half, size_t* adds) {
  const size_t largest = MaxIndex(static_cast<unsigned>(activations.size()));
  half_ = half;
  zero_ = half ? 0 : static_cast<int>(largest);
  const std::span<int16_t> upper = std::span(entries_).subspan(half ? 0 : largest, largest + 1);
  BuildHalf(activations, upper, adds);
  if (half) return;
  for (size_t j = 1; j <= largest; ++j) {
    entries_[largest - j] = static_cast<int16_t>(-upper[j]);
    ++*adds;
  }
}

int Table::Read(int signed_index) const {
  const int position = half_ ? std::abs(signed_index) : signed_index + zero_;
  const int entry = entries_[static_cast<size_t>(position)];
  return half_ && signed_index < 0 ? -entry : entry;
}

}  // namespace lutgemm::model::tlmm
