#include "import/act_order.h"

#include "import/tensors.h"
#include "io/little_endian.h"

#include <algorithm>
#include <numeric>

namespace lutgemm::importing {
namespace {

int64_t At(const FileTensor& tensor, size_t i) {
  if (tensor.dtype == "I64") {
    return static_cast<int64_t>(io::LoadLittle<uint64_t>(tensor.bytes.data() + 8 * i));
  }
  return static_cast<int32_t>(io::LoadLittle<uint32_t>(tensor.bytes.data() + 4 * i));
}

// The group of each channel.
Result<std::vector<uint32_t>> Groups(const FileTensor& g_idx, const WeightInfo& info) {
  if (Status status = CheckTensor(g_idx, {"I32", "I64"}, {info.k}); !status.ok()) return status;
  const auto groups = static_cast<int64_t>(info.groups());
  std::vector<uint32_t> of(info.k);
  for (size_t k = 0; k < info.k; ++k) {
    const int64_t group = At(g_idx, k);
    if (group < 0 || group >= groups) {
      return Corrupt(g_idx, "element ", k, " is ", group, "; the scales have groups 0 to ",
                     groups - 1);
    }
    of[k] = static_cast<uint32_t>(group);
  }
  return of;
}

bool InOrder(std::span<const uint32_t> of, const WeightInfo& info) {
  for (size_t g = 0; g < info.groups(); ++g) {
    const auto part = of.subspan(info.group_begin(g), info.group_end(g) - info.group_begin(g));
    if (std::ranges::any_of(part, [g](uint32_t group) { return group != g; })) return false;
  }
  return true;
}

}  // namespace

bool IsUnset(const FileTensor& g_idx) {
  const size_t bytes = g_idx.dtype == "I64" ? 8 : 4;
  for (size_t i = 0; i < g_idx.bytes.size() / bytes; ++i) {
    if (At(g_idx, i) == -1) return true;
  }
  return false;
}

Result<std::vector<uint32_t>> OrderOf(const FileTensor& g_idx, const WeightInfo& info) {
  Result<std::vector<uint32_t>> of = Groups(g_idx, info);
  if (!of.ok()) return of;
  if (InOrder(*of, info)) return std::vector<uint32_t>();
  std::vector<uint32_t> order(info.k);
  std::iota(order.begin(), order.end(), uint32_t{0});
  std::ranges::stable_sort(order, {}, [&](uint32_t k) { return (*of)[k]; });
  std::vector<size_t> members(info.groups());
  for (const uint32_t group : *of) ++members[group];
  for (size_t g = 0; g < members.size(); ++g) {
    const size_t want = info.group_end(g) - info.group_begin(g);
    if (members[g] != want) {
      return Unsupported(g_idx, "group ", g, " has ", members[g], " channels; with groups of ",
                         info.group, " it must have ", want);
    }
  }
  return order;
}

void OrderCodes(std::span<const uint32_t> order, std::span<uint8_t> codes,
                std::span<uint8_t> scratch) {
  std::ranges::copy(codes, scratch.begin());
  for (size_t k = 0; k < codes.size(); ++k) codes[k] = scratch[order[k]];
}

}  // namespace lutgemm::importing
