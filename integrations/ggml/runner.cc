#include "ggml/runner.h"

#include "ggml/options.h"
#include "ggml/team.h"

#include <cstring>
#include <string>
#include <utility>

namespace lutgemm_ggml {
namespace {

// Whether the activations of two products are the same tokens.
bool SharesAct(const Product& a, const Product& b) {
  return a.act == b.act && a.key.m == b.key.m && a.key.act == b.key.act &&
         a.key.act_stride == b.key.act_stride && a.key.threads == b.key.threads;
}

size_t OutBytes(const Product& product) {
  const PlanKey& key = product.key;
  return ((key.m - 1) * key.out_stride + product.weights->shape().n) * sizeof(float);
}

struct Range {
  const void* begin;
  size_t bytes;
};

bool Overlap(const Range& a, const Range& b) {
  const auto first = reinterpret_cast<uintptr_t>(a.begin);
  const auto second = reinterpret_cast<uintptr_t>(b.begin);
  return first < second + b.bytes && second < first + a.bytes;
}

}  // namespace

bool Runner::Add(const Product& product) {
  Plan plan = product.weights->PlanFor(product.key);
  if (plan == nullptr) return false;
  const bool shares =
      !steps_.empty() && SharesAct(steps_.back().first, product) &&
      lutgemm_plan_table_key(steps_.back().plans[0].get()) == lutgemm_plan_table_key(plan.get());
  if (!shares) steps_.push_back({product, {}, {}, {}, {}});
  Step& step = steps_.back();
  step.plans.push_back(std::move(plan));
  step.outs.push_back(product.out);
  step.out_bytes.push_back(OutBytes(product));
  return true;
}

bool Runner::Writes(const void* begin, size_t bytes) const {
  for (const Step& step : steps_) {
    for (size_t i = 0; i < step.outs.size(); ++i) {
      if (Overlap({begin, bytes}, {step.outs[i], step.out_bytes[i]})) return true;
    }
  }
  return false;
}

// Each product has a workspace, and each step of several its tables, of its own: threads run
// through all steps and wait for each other where they must.
bool Runner::GiveMemory() {
  size_t bytes = 0;
  const auto take = [&bytes](size_t more) { return std::exchange(bytes, bytes + Align(more)); };
  for (Step& step : steps_) {
    step.args.assign(step.plans.size(), LUTGEMM_RUN_ARGS_INIT);
    for (size_t i = 0; i < step.plans.size(); ++i) {
      step.args[i].workspace_bytes = lutgemm_plan_workspace_bytes(step.plans[i].get());
      bytes += Align(step.args[i].workspace_bytes);
    }
    bytes += Align(lutgemm_plan_table_bytes(step.plans[0].get()));
  }
  uint8_t* memory = arena_.Reserve(bytes);
  if (memory == nullptr) {
    Say("out of memory for a product");
    return false;
  }
  bytes = 0;
  for (Step& step : steps_) {
    const size_t table_bytes = lutgemm_plan_table_bytes(step.plans[0].get());
    uint8_t* tables = memory + take(table_bytes);
    for (size_t i = 0; i < step.plans.size(); ++i) {
      lutgemm_run_args& args = step.args[i];
      args.act = step.first.act;
      args.out = step.outs[i];
      args.workspace = memory + take(args.workspace_bytes);
      args.tables = tables;
      args.table_bytes = table_bytes;
      std::memset(args.workspace, 0, LUTGEMM_WORKSPACE_HEADER);
    }
  }
  return true;
}

bool Runner::Run(size_t threads) {
  if (steps_.empty()) return true;
  failed_ = LUTGEMM_OK;
  const Team& team = Team::OfProcess();
  bool ran = GiveMemory();
  if (ran && threads > 1 && team.found()) {
    team.Run(threads, RunSlice, this);
    ran = Succeeded();
  } else if (ran) {
    ran = RunPool(threads);
  }
  Clear();
  return ran;
}

// Without the host's threads: the caller's alone, or a pool's.
bool Runner::RunPool(size_t threads) {
  if (threads > 1 && lutgemm_threads_count(pool_) != threads) {
    lutgemm_threads_free(pool_);
    pool_ = nullptr;
    lutgemm_threads_create(threads, &pool_);  // without memory for it the caller runs alone
  }
  for (Step& step : steps_) {
    const bool one = step.plans.size() == 1;
    for (lutgemm_run_args& args : step.args) args.threads = threads > 1 ? pool_ : nullptr;
    if (!one) Check(lutgemm_build_tables(step.plans[0].get(), &step.args[0]));
    for (size_t i = 0; i < step.plans.size(); ++i) {
      const lutgemm_plan* plan = step.plans[i].get();
      Check(one ? lutgemm_run(plan, &step.args[i]) : lutgemm_apply(plan, &step.args[i]));
    }
  }
  return Succeeded();
}

void Runner::RunSlice(void* runner, size_t ith, size_t nth) {
  static_cast<Runner*>(runner)->Slice(ith, nth);
}

// A slice leaves a step only when all slices have prepared their share of its activations, so that
// outputs of later steps may go where these were.
void Runner::Slice(size_t ith, size_t nth) {
  for (const Step& step : steps_) {
    if (step.plans.size() == 1) {
      Check(lutgemm_run_slice(step.plans[0].get(), &step.args[0], ith, nth));
      continue;
    }
    Check(lutgemm_build_tables_slice(step.plans[0].get(), &step.args[0], ith, nth));
    Team::OfProcess().Barrier();
    for (size_t i = 0; i < step.plans.size(); ++i) {
      Check(lutgemm_apply_slice(step.plans[i].get(), &step.args[i], ith, nth));
    }
  }
}

void Runner::Check(lutgemm_status status) {
  if (status != LUTGEMM_OK) failed_ = status;
}

bool Runner::Succeeded() const {
  if (failed_ == LUTGEMM_OK) return true;
  Say(std::string("a product failed: ") + lutgemm_status_text(failed_));
  return false;
}

}  // namespace lutgemm_ggml
