#include "import/zeros.h"

#include "import/spread.h"
#include "import/tensors.h"

#include <algorithm>
#include <vector>

namespace lutgemm::importing {
namespace {

constexpr size_t kAtOnce = 256;  // outputs; their zero points begin at a whole byte

// The stored zero points of outputs [begin, begin + out.size()) of a group.
void Stored(const Zeros& zeros, size_t group, size_t begin, std::span<uint8_t> out) {
  const size_t row_bytes = 4 * zeros.tensor->shape[1];
  const auto row = zeros.tensor->bytes.subspan(group * row_bytes, row_bytes);
  SpreadBits(zeros.bits, row.subspan(begin * zeros.bits / 8), out);
  if (!zeros.interleaved) return;
  for (size_t i = 0; i + 8 <= out.size(); i += 8) {
    uint8_t word[8];
    std::copy_n(out.begin() + static_cast<ptrdiff_t>(i), 8, word);
    for (unsigned t = 0; t < 8; ++t) out[i + kAwqOrder[t]] = word[t];
  }
}

}  // namespace

bool AllZerosAre(const Zeros& zeros, const WeightInfo& info, unsigned value) {
  if (value < zeros.plus) return false;
  uint8_t some[kAtOnce];
  for (size_t g = 0; g < info.groups(); ++g) {
    for (size_t begin = 0; begin < info.n; begin += kAtOnce) {
      const auto part = std::span(some).first(std::min(kAtOnce, info.n - begin));
      Stored(zeros, g, begin, part);
      const unsigned want = value - zeros.plus;
      if (std::ranges::any_of(part, [want](uint8_t z) { return z != want; })) return false;
    }
  }
  return true;
}

Status TakeZeros(const Zeros& zeros, size_t begin, size_t end, QuantizedMatrix* matrix) {
  if (matrix->info.zero != ZeroKind::kInteger) return {};
  const size_t groups = matrix->info.groups();
  std::vector<uint8_t> stored(end - begin);
  for (size_t g = 0; g < groups; ++g) {
    Stored(zeros, g, begin, stored);
    for (size_t i = 0; i < stored.size(); ++i) {
      const unsigned zero = stored[i] + zeros.plus;
      if (zero > 255) {
        return Unsupported(*zeros.tensor, "the zero point of group ", g, ", output ", begin + i,
                           " is ", zero, "; the largest that can be held is 255");
      }
      matrix->zeros[(begin + i) * groups + g] = static_cast<uint8_t>(zero);
    }
  }
  return {};
}

}  // namespace lutgemm::importing
