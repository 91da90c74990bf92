// C interface: plans.
#include "api/c_common.h"
#include "api/c_read.h"

namespace lutgemm::capi {
namespace {

// The plan's text, which the handle keeps from the first call on; null where memory lacks.
const std::string* ExplainOf(const lutgemm_plan& plan) noexcept {
  const std::string* text = plan.explain.load(std::memory_order_acquire);
  if (text != nullptr) return text;
  std::string made = plan.plan.Explain();
  if (made.empty()) return nullptr;
  std::unique_ptr<std::string> mine(new (std::nothrow) std::string(std::move(made)));
  if (mine == nullptr) return nullptr;
  if (!plan.explain.compare_exchange_strong(text, mine.get(), std::memory_order_acq_rel)) {
    return text;
  }
  return mine.release();
}

// Bytes for plans of up to so many tokens, by either function of the C++ interface.
using MostBytes = Result<size_t> (*)(const PackedWeights&, const Problem&, size_t) noexcept;
Status ReadMost(const lutgemm_packed* packed, const lutgemm_problem* problem, size_t most_tokens,
                MostBytes bytes, size_t* out) {
  if (out == nullptr) return NullArgument("out");
  *out = 0;
  if (packed == nullptr) return NullArgument("packed");
  Problem p;
  if (Status status = ReadProblem(problem, packed->weights.info().k, &p); !status.ok()) {
    return status;
  }
  const Result<size_t> most = bytes(packed->weights, p, most_tokens);
  if (most.ok()) *out = *most;
  return most.status();
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_plan_create(const lutgemm_packed* packed, const lutgemm_problem* problem,
                                   lutgemm_plan** out) {
  return Make(out, [&]() -> Status {
    if (packed == nullptr) return NullArgument("packed");
    Problem p;
    if (Status status = ReadProblem(problem, packed->weights.info().k, &p); !status.ok())
      return status;
    return Hand(MakePlan(packed->weights, p), out);
  });
}

void lutgemm_plan_free(lutgemm_plan* plan) { delete plan; }

size_t lutgemm_plan_threads(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.threads() : 0;
}

size_t lutgemm_plan_workspace_bytes(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.workspace_bytes() : 0;
}

size_t lutgemm_plan_table_bytes(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.table_bytes() : 0;
}

lutgemm_status lutgemm_max_workspace_bytes(const lutgemm_packed* packed,
                                           const lutgemm_problem* problem, size_t most_tokens,
                                           size_t* out) {
  return Call([&] { return ReadMost(packed, problem, most_tokens, MaxWorkspaceBytes, out); });
}

lutgemm_status lutgemm_max_table_bytes(const lutgemm_packed* packed, const lutgemm_problem* problem,
                                       size_t most_tokens, size_t* out) {
  return Call([&] { return ReadMost(packed, problem, most_tokens, MaxTableBytes, out); });
}

uint64_t lutgemm_plan_table_key(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.table_key() : 0;
}

const char* lutgemm_plan_explain(const lutgemm_plan* plan) {
  if (plan == nullptr) return nullptr;
  const std::string* text = ExplainOf(*plan);
  return text != nullptr ? text->c_str() : "";
}

// The registry's names are literals, which end with a zero.
const char* lutgemm_plan_kernel(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.kernel().data() : nullptr;
}

const char* lutgemm_plan_target(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.target().data() : nullptr;
}

uint32_t lutgemm_plan_method(const lutgemm_plan* plan) {
  return plan != nullptr ? static_cast<uint32_t>(plan->plan.method()) : 0;
}

uint32_t lutgemm_plan_regime(const lutgemm_plan* plan) {
  return plan != nullptr ? static_cast<uint32_t>(plan->plan.regime()) : 0;
}

size_t lutgemm_plan_block(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.block() : 0;
}

size_t lutgemm_plan_k_chunk(const lutgemm_plan* plan) {
  return plan != nullptr ? plan->plan.k_chunk() : 0;
}
