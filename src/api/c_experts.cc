// C interface: groups of products. Runs allocate nothing.
#include "api/c_common.h"
#include "api/c_read.h"

#include <vector>

namespace lutgemm::capi {
namespace {

// A caller's parts are read in place.
static_assert(sizeof(lutgemm_expert_rows) == sizeof(ExpertRows) &&
              offsetof(lutgemm_expert_rows, rows) == offsetof(ExpertRows, rows) &&
              offsetof(lutgemm_expert_rows, bias) == offsetof(ExpertRows, bias));

Status Create(const lutgemm_packed* const* packed, size_t count, const lutgemm_problem* problem,
              lutgemm_experts** out) {
  std::vector<PackedWeights> experts;
  for (size_t i = 0; i < count; ++i) {
    if (packed == nullptr || packed[i] == nullptr) return NullArgument("packed");
    experts.push_back(packed[i]->weights);
  }
  Problem p;
  const size_t k = experts.empty() ? 0 : experts.front().info().k;
  if (Status status = ReadProblem(problem, k, &p); !status.ok()) return status;
  return Hand(MakeExpertPlan(experts, p), out);
}

struct Memory {
  std::span<std::byte> workspace;
  Threads* threads;
};

// Reads the arguments and runs body(plan, run, memory).
template <class Body>
lutgemm_status WithRun(const lutgemm_experts* experts, const lutgemm_experts_run_args* args,
                       const Body& body) noexcept {
  return Call([&]() -> Status {
    if (experts == nullptr) return NullArgument("experts");
    lutgemm_experts_run_args a;
    if (Status status = ReadStruct(args, "args", &a); !status.ok()) return status;
    if (a.parts == nullptr && a.part_count != 0) return NullArgument("args.parts");
    if (a.tokens == nullptr && a.row_count != 0) return NullArgument("args.tokens");
    Producer producer;
    ExpertRun run{a.act, a.out, {}, {a.tokens, a.row_count}, a.token_count, nullptr};
    run.parts = {reinterpret_cast<const ExpertRows*>(a.parts), a.part_count};
    if (a.producer != nullptr) {
      if (Status status = ReadProducer(a.producer, &producer); !status.ok()) return status;
      run.producer = &producer;
    }
    return body(
        experts->plan, run,
        Memory{{static_cast<std::byte*>(a.workspace), a.workspace_bytes}, ThreadsOf(a.threads)});
  });
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_experts_create(const lutgemm_packed* const* packed, size_t count,
                                      const lutgemm_problem* problem, lutgemm_experts** out) {
  return Make(out, [&] { return Create(packed, count, problem, out); });
}

void lutgemm_experts_free(lutgemm_experts* experts) { delete experts; }

size_t lutgemm_experts_workspace_bytes(const lutgemm_experts* experts) {
  return experts != nullptr ? experts->plan.workspace_bytes() : 0;
}

// The registry's names are literals, which end with a zero.
const char* lutgemm_experts_target(const lutgemm_experts* experts) {
  return experts != nullptr ? experts->plan.target().data() : nullptr;
}

const char* lutgemm_experts_kernel(const lutgemm_experts* experts, size_t rows) {
  return experts != nullptr ? experts->plan.kernel(rows).data() : nullptr;
}

lutgemm_status lutgemm_experts_run(const lutgemm_experts* experts,
                                   const lutgemm_experts_run_args* args) {
  return WithRun(experts, args, [](const ExpertPlan& p, const ExpertRun& run, const Memory& m) {
    return p.Run(run, m.workspace, m.threads);
  });
}

lutgemm_status lutgemm_experts_run_slice(const lutgemm_experts* experts,
                                         const lutgemm_experts_run_args* args, size_t ith,
                                         size_t nth) {
  return WithRun(experts, args, [=](const ExpertPlan& p, const ExpertRun& run, const Memory& m) {
    return p.RunSlice(run, m.workspace, ith, nth);
  });
}
