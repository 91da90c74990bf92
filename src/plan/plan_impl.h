// What a Plan holds, and how its memory is laid out.
#ifndef LUTGEMM_PLAN_PLAN_IMPL_H_
#define LUTGEMM_PLAN_PLAN_IMPL_H_

#include "kernels/contract.h"
#include "kernels/registry.h"
#include "layout/layout.h"

#include <lutgemm/plan.hpp>

#include <array>
#include <string>

namespace lutgemm {

// Tables of one call: header | scales | sums | outliers | data, each 64-byte aligned.
struct TableHeader {
  uint64_t magic;
  uint64_t key;
};

class PlanImpl {
 public:
  static Result<Plan> Make(const PackedWeights& weights, const Problem& problem);
  static const PlanImpl& Of(const Plan& plan) { return *plan.impl_; }

  // `producer` is null where activations are ready.
  Status RunSlice(const void* act, const Producer* producer, void* out,
                  std::span<std::byte> workspace, size_t ith, size_t nth) const;
  Status Run(const void* act, const Producer* producer, void* out, std::span<std::byte> workspace,
             Threads* threads) const;
  Status BuildTables(const void* act, const Producer* producer, std::span<std::byte> tables,
                     Threads* threads) const;
  Status Produce(const void* act, const Producer& producer, float* out, Threads* threads) const;
  Status Apply(std::span<const std::byte> tables, void* out, std::span<std::byte> workspace,
               Threads* threads) const;

  PackedWeights weights;
  Problem problem;
  layout::Geometry geometry;
  const kernels::TargetKernels* target = nullptr;
  const kernels::KernelSpec* kernel = nullptr;
  std::string explanation;
  uint64_t table_key = 0;

  // Templates that every call copies: all but pointers to activations, tables and scratch.
  kernels::WeightArgs weight_args;
  kernels::PackActArgs prep_args;
  std::array<std::byte, kernels::kMaxStrip * 4> tensor_scale{};  // kWholeTensor: repeated
  std::array<std::byte, kernels::kMaxStrip * 4> tensor_zero{};
  float out_unit = 1.0f;               // see StoreArgs
  const float* out_factors = nullptr;  // of output 0

  // Work split. A prep unit is `unit_blocks` blocks of one token; a lookup item is strips_per_item
  // strips times tile_tokens tokens. Items of one tile of tokens take turns at parts of K, as many
  // items as `turns`.
  size_t unit_blocks = 1;
  size_t units_per_token = 1;
  size_t strips_per_item = 1;
  size_t strip_items = 1;
  size_t tile_tokens = 1;
  size_t tiles = 1;
  size_t part_steps = 0;
  size_t turns = 1;
  kernels::OutlierLists outlier_lists;  // their sizes; where they are is each call's

  // Memory.
  size_t token_bytes = 0;
  size_t scale_offset = 0, sum_offset = 0, outlier_offset = 0, count_offset = 0;
  size_t data_offset = 0, table_bytes = 0;
  size_t prep_floats = 0, prep_bytes = 0;  // scratch of one preparing thread
  // Of one looking-up thread, behind its accumulators: acc_floats for each of `turns` items.
  size_t acc_floats = 0;
  size_t raw_offset = 0, rest_offset = 0, panel_scales_offset = 0;
  size_t panel_zeros_offset = 0, panel_offset = 0;
  size_t panel_bytes = 0;
  size_t chunk_steps = 0;  // that a panel takes at a time
  size_t scratch_bytes = 0;  // per thread
  size_t tables_offset = Plan::kWorkspaceHeader;

  size_t workspace_bytes() const {
    return tables_offset + table_bytes + problem.threads * scratch_bytes;
  }
  // Tables of their own carry scratch for building behind them.
  size_t own_table_bytes() const { return table_bytes + problem.threads * prep_bytes; }
  kernels::ActArgs TableView(std::byte* tables) const;
  // Whether int8 activations keep their outliers apart.
  bool clips_outliers() const {
    return kernel->packing == kernels::Packing::kInt8 && problem.mode == Mode::kFast &&
           problem.act != Elem::kI8;
  }

 private:
  struct Job;
  Status Check(const void* act, const void* out, std::span<const std::byte> memory,
               size_t needed) const;
  // Threads of a call, no more than have something to do: `work` is how many would.
  size_t ThreadsFor(const Threads* threads, size_t work) const;
  size_t RunThreads(const Threads* threads) const;
  size_t PrepThreads(const Threads* threads) const;
  Status CheckProducer(const Producer* producer) const;
  // Preparation of one token: where its elements lie, and what makes activations of them.
  kernels::PackActArgs TokenArgs(const void* act, const Producer* producer, size_t token) const;
  void PrepUnit(const void* act, const Producer* producer, std::byte* tables, std::byte* scratch,
                size_t unit) const;
  void LookupItems(std::byte* tables, void* out, std::byte* scratch, size_t begin,
                   size_t end) const;
  kernels::StoreArgs StoreOf(const kernels::KernelArgs& args, void* out) const;
};

}  // namespace lutgemm

#endif  // LUTGEMM_PLAN_PLAN_IMPL_H_
