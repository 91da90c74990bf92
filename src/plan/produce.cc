// Producers: the operator in front of a product, run while its activations are prepared.
#include "base/float_mode.h"
#include "plan/plan_impl.h"

#include <cmath>

namespace lutgemm {

Status PlanImpl::CheckProducer(const Producer* producer) const {
  if (producer == nullptr) return {};
  if (problem.act == Elem::kI8) {
    return {Code::kUnsupportedFormat, "a producer needs activations of f32, f16 or bf16, not i8"};
  }
  if (producer->kind == Producer::Kind::kSiluGate) {
    return producer->up != nullptr ? Status() : Status(Code::kBadArgument, "producer.up is null");
  }
  if (producer->kind != Producer::Kind::kRmsNorm) {
    return {Code::kBadArgument, "producer.kind is neither kRmsNorm nor kSiluGate"};
  }
  if (producer->gamma == nullptr) return {Code::kBadArgument, "producer.gamma is null"};
  if (!(producer->epsilon > 0.0f) || !std::isfinite(producer->epsilon)) {
    return {Code::kBadArgument, "producer.epsilon must be finite and above 0"};
  }
  return {};
}

kernels::PackActArgs PlanImpl::TokenArgs(const void* act, const Producer* producer,
                                      size_t token) const {
  kernels::PackActArgs args = prep_args;
  args.token = token;
  const size_t bytes = token * problem.act_stride * ElemBytes(problem.act);
  args.act = static_cast<const std::byte*>(act) + bytes;
  if (producer == nullptr) return args;
  if (producer->kind == Producer::Kind::kSiluGate) {
    args.produce.kind = kernels::Produce::Kind::kSiluGate;
    args.produce.up = static_cast<const std::byte*>(producer->up) + bytes;
    return args;
  }
  args.produce.kind = kernels::Produce::Kind::kRmsNorm;
  args.produce.gamma = producer->gamma;
  // Once per unit: threads that share a token each sum its squares, rather than wait for one.
  const float mean = target->sum_squares(args) / static_cast<float>(args.k);
  args.produce.factor = 1.0f / std::sqrt(mean + producer->epsilon);
  return args;
}

Status PlanImpl::Produce(const void* act, const Producer& producer, float* out,
                         Threads* threads) const {
  if (act == nullptr || out == nullptr) {
    return {Code::kBadArgument, "activations or output is null"};
  }
  if (Status status = CheckProducer(&producer); !status.ok()) return status;
  struct Call {
    const PlanImpl* plan;
    const void* act;
    const Producer* producer;
    float* out;
  } call{this, act, &producer, out};
  const auto task = [](void* context, size_t token) {
    const base::FloatMode mode;
    const Call& c = *static_cast<Call*>(context);
    const kernels::PackActArgs args = c.plan->TokenArgs(c.act, c.producer, token);
    c.plan->target->produce(args, c.out + token * args.k);
  };
  if (PrepThreads(threads) > 1) {
    threads->ParallelFor(problem.m, task, &call);
  } else {
    for (size_t token = 0; token < problem.m; ++token) task(&call, token);
  }
  return {};
}

}  // namespace lutgemm
