// C interface: runs of plans. They stay free of allocation: nothing here makes a text unless the
// call fails.
#include "api/c_common.h"
#include "api/c_read.h"

namespace lutgemm::capi {
namespace {

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

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

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
