// Where everything of a call lies in the memory that its caller brings.
//   tables     header | scales | sums | outliers | counts | data, each 64-byte aligned
//   workspace  counters | tables | scratch of each thread
//   scratch    sums | sums of cut blocks | products of outliers | scales | zeros | panel; before
//              lookups, what packing writes
#ifndef LUTGEMM_PLAN_MEMORY_H_
#define LUTGEMM_PLAN_MEMORY_H_

#include "plan/split.h"

#include <cstddef>
#include <cstdint>

namespace lutgemm::plan {

// First bytes of tables.
struct TableHeader {
  uint64_t magic;
  uint64_t key;
};

// Packed activations of all tokens.
struct TableMemory {
  size_t token_bytes = 0;
  size_t scale_offset = 0, sum_offset = 0;
  size_t outlier_offset = 0, count_offset = 0;
  size_t run_stride = 0;  // of OutlierLists
  size_t data_offset = 0;
  size_t bytes = 0;
};
TableMemory MakeTableMemory(const Blocking& blocking, const Split& split);

// Scratch of one thread. Sums are acc_floats for each of the items that take turns.
struct ScratchMemory {
  size_t prep_bytes = 0;  // while it packs activations
  size_t acc_floats = 0;
  size_t raw_offset = 0, rest_offset = 0, inner_offset = 0;
  size_t scales_offset = 0, zeros_offset = 0, panel_offset = 0;
  size_t bytes = 0;
};
ScratchMemory MakeScratchMemory(const Request& request, const Blocking& blocking,
                                const Split& split);

struct Memory {
  TableMemory tables;
  ScratchMemory scratch;
  size_t threads = 1;

  static constexpr size_t kTablesOffset = Plan::kWorkspaceHeader;
  size_t workspace_bytes() const { return kTablesOffset + tables.bytes + threads * scratch.bytes; }
  size_t scratch_offset(size_t thread) const {
    return kTablesOffset + tables.bytes + thread * scratch.bytes;
  }
  // Tables of their own carry scratch for building behind them.
  size_t own_table_bytes() const { return tables.bytes + threads * scratch.prep_bytes; }
};
Memory MakeMemory(const Request& request, const Blocking& blocking, const Split& split);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_MEMORY_H_
