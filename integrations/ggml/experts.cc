#include "ggml/experts.h"

#include <cstring>

namespace lutgemm_ggml {

bool GroupRows(const Tensor& ids, size_t experts, std::vector<std::vector<ExpertRow>>* rows) {
  rows->assign(experts, {});
  for (size_t token = 0; token < static_cast<size_t>(ids.ne[1]); ++token) {
    for (size_t slot = 0; slot < static_cast<size_t>(ids.ne[0]); ++slot) {
      int32_t id;
      std::memcpy(&id, static_cast<const uint8_t*>(ids.data) + slot * ids.nb[0] + token * ids.nb[1],
                  sizeof(id));
      if (id < 0 || static_cast<size_t>(id) >= experts) return false;
      (*rows)[static_cast<size_t>(id)].push_back({slot, token});
    }
  }
  return true;
}

const uint8_t* ActOf(const Tensor& act, const ExpertRow& row) {
  return static_cast<const uint8_t*>(act.data) +
         row.slot % static_cast<size_t>(act.ne[1]) * act.nb[1] + row.token * act.nb[2];
}

uint8_t* OutOf(const Tensor& node, const ExpertRow& row) {
  return static_cast<uint8_t*>(node.data) + row.slot * node.nb[1] + row.token * node.nb[2];
}

Memory GatherRows(const Tensor& act, const std::vector<ExpertRow>& rows) {
  const auto k = static_cast<size_t>(act.ne[0]);
  const size_t elem = act.type == kTypeF16 ? 2 : 4;
  Memory copy = Allocate(rows.size() * k * elem);
  uint8_t* to = copy.get();
  for (size_t i = 0; i < rows.size() && to != nullptr; ++i, to += k * elem) {
    const uint8_t* from = ActOf(act, rows[i]);
    if (act.nb[0] == elem) {
      std::memcpy(to, from, k * elem);
      continue;
    }
    for (size_t j = 0; j < k; ++j) std::memcpy(to + j * elem, from + j * act.nb[0], elem);
  }
  return copy;
}

void ScatterRows(const float* outs, const std::vector<ExpertRow>& rows, const Tensor& node) {
  const auto n = static_cast<size_t>(node.ne[0]);
  for (const ExpertRow& row : rows) {
    std::memcpy(OutOf(node, row), outs, n * sizeof(float));
    outs += n;
  }
}

}  // namespace lutgemm_ggml
