// What a plan does and why, in words: made when somebody asks.
#include "base/bits.h"
#include "base/cpu.h"
#include "base/text.h"
#include "plan/cuts.h"
#include "plan/plan_impl.h"

namespace lutgemm {

std::string PlanImpl::Explain() const {
  using base::Cat;
  const Problem& problem = request.problem;
  const WeightInfo& info = request.weights.info();
  const kernels::BlockGrid& grid = blocking.grid;
  const std::string parts =
      split.part_steps == grid.steps
          ? ""
          : Cat(", ", split.turns, " at a time, by ", plan::PartCount(grid, split.part_steps),
                " parts of up to ", split.part_steps * blocking.step_k, " k");
  const std::string bfp = problem.act_bfp == 0 ? "" : Cat(" as BFP of ", problem.act_bfp, " bits");
  const std::string range = request.outputs == info.n
                                ? ""
                                : Cat(" (outputs ", problem.n_begin, " to ", problem.n_end, ")");
  const std::string_view gathered = problem.act_order.size() == 0 ? "" : ", gathered by act_order";
  const base::Caches& caches = base::CacheSizes();
  return Cat("kernel ", choice.kernel->name, " on ", choice.target->name, ": ", WhyOf(choice),
             ". M=", problem.m, " N=", info.n, range, " K=", info.k, ", ", Name(info.format),
             " in layout ", Name(request.weights.layout()), ", mode ", Name(problem.mode),
             "; activation blocks of ", blocking.packed_k(), bfp, " (",
             grid.span_groups != 0 ? base::CeilDiv(grid.groups, grid.span_groups) : grid.blocks,
             " per token", gathered, "), ", memory.tables.bytes, " bytes of tables; ",
             split.strip_items, " x ", split.tiles, " work items of ",
             split.strips_per_item * request.geometry.strip, " outputs x ", split.tile_tokens,
             " tokens", parts, " for ", problem.threads, " thread(s); L1 ", caches.l1d_bytes / 1024,
             " KiB, L2 ", caches.l2_bytes / 1024, " KiB");
}

}  // namespace lutgemm
