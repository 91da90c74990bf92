#include "plan/prepare.h"

#include <cmath>

namespace lutgemm::plan {

Status CheckProducer(const Problem& problem, const Producer* producer) {
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

namespace {

kernels::PackActArgs ArgsOfAnyToken(const Packer& packer) {
  const Problem& problem = packer.request.problem;
  const Blocking& blocking = packer.blocking;
  kernels::PackActArgs args;
  if (problem.act_order.size() != 0) args.order = problem.act_order.from.data();
  args.elem = problem.act;
  args.bfp_bits = problem.act_bfp;
  args.k = blocking.k;
  args.group_k = blocking.group_k;
  args.step_k = blocking.step_k;
  args.grid = blocking.grid;
  const bool spans = blocking.grid.span_groups != 0;
  args.scale_blocks = spans ? 1 : blocking.scale_blocks;
  args.span_blocks = spans ? blocking.scale_blocks : 1;
  args.half = packer.weights.fold().half != 0;
  args.need_sum = packer.weights.needs_sums();
  return args;
}

}  // namespace

kernels::PackActArgs TokenArgs(const Packer& packer, const Source& source, size_t token) {
  const Problem& problem = packer.request.problem;
  kernels::PackActArgs args = ArgsOfAnyToken(packer);
  args.token = token;
  const size_t bytes = token * problem.act_stride * ElemBytes(problem.act);
  args.act = static_cast<const std::byte*>(source.act) + bytes;
  const Producer* producer = source.producer;
  if (producer == nullptr) return args;
  if (producer->kind == Producer::Kind::kSiluGate) {
    args.produce.kind = kernels::Produce::Kind::kSiluGate;
    args.produce.up = static_cast<const std::byte*>(producer->up) + bytes;
    return args;
  }
  args.produce.kind = kernels::Produce::Kind::kRmsNorm;
  args.produce.gamma = producer->gamma;
  // Once per unit: threads that share a token each sum its squares, rather than wait for one.
  const float mean = packer.choice.target->sum_squares(args) / static_cast<float>(args.k);
  args.produce.factor = 1.0f / std::sqrt(mean + producer->epsilon);
  return args;
}

kernels::ActArgs ViewOf(const TableMemory& memory, const Split& split, std::byte* tables) {
  kernels::ActArgs act;
  act.data = reinterpret_cast<uint8_t*>(tables + memory.data_offset);
  act.token_bytes = memory.token_bytes;
  act.scale = reinterpret_cast<float*>(tables + memory.scale_offset);
  act.sum = reinterpret_cast<float*>(tables + memory.sum_offset);
  act.int_sum = reinterpret_cast<int32_t*>(tables + memory.sum_offset);
  if (memory.count_offset != 0) {
    act.outliers.entries = reinterpret_cast<kernels::Outlier*>(tables + memory.outlier_offset);
    act.outliers.counts = reinterpret_cast<uint32_t*>(tables + memory.count_offset);
    act.outliers.segments = split.segments;
    act.outliers.segment_blocks = split.segment_blocks;
    act.outliers.run_stride = memory.run_stride;
  }
  return act;
}

}  // namespace lutgemm::plan
