// The order of channels that a g_idx tensor means.
#ifndef LUTGEMM_IMPORT_ACT_ORDER_H_
#define LUTGEMM_IMPORT_ACT_ORDER_H_

#include <lutgemm/import.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::importing {

// g_idx gives channel k the group whose scale it has. Where that is k / group for all of them there
// is no order, and the answer is empty. Else channels are sorted by group, those of a group in
// their own order: position k of the product then takes element order[k] of the activations. Fails
// with kCorruptFile for a group that does not exist or another number of channels, and
// kUnsupportedFormat where groups are not of equal length, which a regular matrix cannot hold.
Result<std::vector<uint32_t>> OrderOf(const FileTensor& g_idx, const WeightInfo& info);

// Whether g_idx has an element of -1, which means that it was never filled in.
bool IsUnset(const FileTensor& g_idx);

// Puts a row's codes into that order. `scratch` has as many elements.
void OrderCodes(std::span<const uint32_t> order, std::span<uint8_t> codes,
                std::span<uint8_t> scratch);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_ACT_ORDER_H_
