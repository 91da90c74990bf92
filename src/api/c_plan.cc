// C interface: plans and runs. Runs stay free of allocation: nothing here makes a text unless the
// call fails.
#include "api/c_common.h"

namespace lutgemm::capi {

Status ReadProblem(const lutgemm_problem* problem, size_t k, Problem* out) {
  lutgemm_problem p;
  if (Status status = ReadStruct(problem, "problem", &p); !status.ok()) return status;
  out->m = p.m;
  out->threads = p.threads;
  out->act_stride = p.act_stride;
  out->out_stride = p.out_stride;
  out->bias = p.bias;
  out->block = p.block;
  out->act_bfp = p.act_bfp;
  out->n_begin = p.n_begin;
  out->n_end = p.n_end;
  if (p.target != nullptr) out->target = p.target;
  if (p.kernel != nullptr) out->kernel = p.kernel;
  if (p.act_order != nullptr) out->act_order.from.assign(p.act_order, p.act_order + k);
  return FirstError(
      {ToEnum(p.act, &out->act), ToEnum(p.out, &out->out), ToEnum(p.mode, &out->mode)});
}

Status ReadProducer(const lutgemm_producer* producer, Producer* out) {
  lutgemm_producer p;
  if (Status status = ReadStruct(producer, "producer", &p); !status.ok()) return status;
  const bool norm = p.kind == LUTGEMM_RMS_NORM;
  if (!norm && p.kind != LUTGEMM_SILU_GATE) {
    return base::MakeStatus(Code::kBadArgument, "producer.kind is ", p.kind, ", must be 0 or 1");
  }
  out->kind = norm ? Producer::Kind::kRmsNorm : Producer::Kind::kSiluGate;
  out->gamma = p.gamma;
  out->epsilon = p.epsilon;
  out->up = p.up;
  return {};
}

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

// A run's arguments as the C++ interface takes them.
struct Memory {
  const void* act;
  void* out;
  std::span<std::byte> workspace;
  std::span<std::byte> tables;
  Threads* threads;
};

// Reads the arguments and runs body(plan, memory).
template <class Body>
lutgemm_status WithMemory(const lutgemm_plan* plan, const lutgemm_run_args* args,
                          const Body& body) noexcept {
  return Call([&]() -> Status {
    if (plan == nullptr) return NullArgument("plan");
    lutgemm_run_args a;
    if (Status status = ReadStruct(args, "args", &a); !status.ok()) return status;
    return body(plan->plan, Memory{a.act,
                                   a.out,
                                   {static_cast<std::byte*>(a.workspace), a.workspace_bytes},
                                   {static_cast<std::byte*>(a.tables), a.table_bytes},
                                   ThreadsOf(a.threads)});
  });
}

// The same with a producer.
template <class Body>
lutgemm_status WithProducer(const lutgemm_plan* plan, const lutgemm_producer* producer,
                            const lutgemm_run_args* args, const Body& body) noexcept {
  return WithMemory(plan, args, [&](const Plan& p, const Memory& m) -> Status {
    Producer by;
    if (Status status = ReadProducer(producer, &by); !status.ok()) return status;
    return body(p, m, by);
  });
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
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
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

lutgemm_status lutgemm_run(const lutgemm_plan* plan, const lutgemm_run_args* args) {
  return WithMemory(plan, args, [](const Plan& p, const Memory& m) {
    return p.Run(m.act, m.out, m.workspace, m.threads);
  });
}

lutgemm_status lutgemm_run_slice(const lutgemm_plan* plan, const lutgemm_run_args* args, size_t ith,
                                 size_t nth) {
  return WithMemory(plan, args, [=](const Plan& p, const Memory& m) {
    return p.RunSlice(m.act, m.out, m.workspace, ith, nth);
  });
}

lutgemm_status lutgemm_build_tables(const lutgemm_plan* plan, const lutgemm_run_args* args) {
  return WithMemory(plan, args, [](const Plan& p, const Memory& m) {
    return p.BuildTables(m.act, m.tables, m.threads);
  });
}

lutgemm_status lutgemm_build_tables_slice(const lutgemm_plan* plan, const lutgemm_run_args* args,
                                          size_t ith, size_t nth) {
  return WithMemory(plan, args, [=](const Plan& p, const Memory& m) {
    return p.BuildTablesSlice(m.act, m.tables, ith, nth);
  });
}

lutgemm_status lutgemm_apply(const lutgemm_plan* plan, const lutgemm_run_args* args) {
  return WithMemory(plan, args, [](const Plan& p, const Memory& m) {
    return p.Apply(m.tables, m.out, m.workspace, m.threads);
  });
}

lutgemm_status lutgemm_apply_slice(const lutgemm_plan* plan, const lutgemm_run_args* args,
                                   size_t ith, size_t nth) {
  return WithMemory(plan, args, [=](const Plan& p, const Memory& m) {
    return p.ApplySlice(m.tables, m.out, m.workspace, ith, nth);
  });
}

lutgemm_status lutgemm_run_fused(const lutgemm_plan* plan, const lutgemm_producer* producer,
                                 const lutgemm_run_args* args) {
  return WithProducer(plan, producer, args, [](const Plan& p, const Memory& m, const Producer& by) {
    return p.Run(m.act, by, m.out, m.workspace, m.threads);
  });
}

lutgemm_status lutgemm_run_fused_slice(const lutgemm_plan* plan, const lutgemm_producer* producer,
                                       const lutgemm_run_args* args, size_t ith, size_t nth) {
  return WithProducer(plan, producer, args,
                      [=](const Plan& p, const Memory& m, const Producer& by) {
                        return p.RunSlice(m.act, by, m.out, m.workspace, ith, nth);
                      });
}

lutgemm_status lutgemm_build_tables_fused(const lutgemm_plan* plan,
                                          const lutgemm_producer* producer,
                                          const lutgemm_run_args* args) {
  return WithProducer(plan, producer, args, [](const Plan& p, const Memory& m, const Producer& by) {
    return p.BuildTables(m.act, by, m.tables, m.threads);
  });
}

lutgemm_status lutgemm_build_tables_fused_slice(const lutgemm_plan* plan,
                                                const lutgemm_producer* producer,
                                                const lutgemm_run_args* args, size_t ith,
                                                size_t nth) {
  return WithProducer(plan, producer, args,
                      [=](const Plan& p, const Memory& m, const Producer& by) {
                        return p.BuildTablesSlice(m.act, by, m.tables, ith, nth);
                      });
}

lutgemm_status lutgemm_produce(const lutgemm_plan* plan, const lutgemm_producer* producer,
                               const lutgemm_run_args* args) {
  return WithProducer(plan, producer, args, [](const Plan& p, const Memory& m, const Producer& by) {
    return p.Produce(m.act, by, static_cast<float*>(m.out), m.threads);
  });
}

lutgemm_status lutgemm_produce_slice(const lutgemm_plan* plan, const lutgemm_producer* producer,
                                     const lutgemm_run_args* args, size_t ith, size_t nth) {
  return WithProducer(plan, producer, args,
                      [=](const Plan& p, const Memory& m, const Producer& by) {
                        return p.ProduceSlice(m.act, by, static_cast<float*>(m.out), ith, nth);
                      });
}
