#include "ggml/rows.h"

#include "ggml/options.h"

#include <cstring>
#include <string>

namespace lutgemm_ggml {
namespace {

// One of the node's rows, by its place in each dimension.
struct Place {
  size_t row, i2, i3;
};

size_t NumberAt(const Tensor& ids, const Place& at) {
  int32_t number;
  std::memcpy(&number,
              static_cast<const uint8_t*>(ids.data) + at.row * ids.nb[0] + at.i2 * ids.nb[1] +
                  at.i3 * ids.nb[2],
              sizeof(number));
  return static_cast<size_t>(static_cast<int64_t>(number));  // negative ones become huge
}

bool CopyRow(const Tensor& node, const Weights& weights, const Place& at) {
  const auto parts2 = static_cast<size_t>(node.src[0]->ne[2]);
  const size_t number = NumberAt(*node.src[1], at);
  const lutgemm_packed* packed = weights.PackedPart(at.i3 * parts2 + at.i2);
  uint8_t* out = static_cast<uint8_t*>(node.data) + at.row * node.nb[1] + at.i2 * node.nb[2] +
                 at.i3 * node.nb[3];
  if (packed != nullptr && number < weights.shape().n) {
    return lutgemm_unpack_rows(packed, number, 1, reinterpret_cast<float*>(out), nullptr) ==
           LUTGEMM_OK;
  }
  Say(packed == nullptr ? "a weight tensor was not packed, it has no rows"
                        : std::string("rows ") + node.name + " ask for one that the weights lack");
  return false;
}

}  // namespace

bool CopyRows(const Tensor& node, const Weights& weights) {
  const auto rows = static_cast<size_t>(node.ne[1]), count2 = static_cast<size_t>(node.ne[2]),
             count3 = static_cast<size_t>(node.ne[3]);
  for (Place at{}; at.i3 < count3; ++at.i3) {
    for (at.i2 = 0; at.i2 < count2; ++at.i2) {
      for (at.row = 0; at.row < rows; ++at.row) {
        if (!CopyRow(node, weights, at)) return false;
      }
    }
  }
  return true;
}

}  // namespace lutgemm_ggml
