#include "plan/check_problem.h"

#include "base/bits.h"
#include "base/cores.h"
#include "base/cpu.h"
#include "base/rows_shape.h"
#include "base/text.h"
#include "format/block.h"
#include "format/traits.h"
#include "layout/geometry.h"

#include <algorithm>
#include <cstdlib>

namespace lutgemm::plan {
namespace {

using base::Cat;

constexpr size_t kMostThreads = 4096;

bool IsFloat(Elem elem) { return elem == Elem::kF32 || elem == Elem::kF16 || elem == Elem::kBF16; }

Status CheckOrder(const WeightInfo& info, const ChannelOrder& order) {
  if (order.size() == 0) return {};
  if (order.size() != info.k) {
    return {Code::kBadShape,
            Cat("act_order has ", order.size(), " channels, the weights K = ", info.k)};
  }
  Status status = Validate(order);
  if (status.code() != Code::kBadArgument) return status;
  return {Code::kBadArgument, Cat("act_order is ", status.text())};
}

// Blocks of BFP are those of the format, which know nothing of weight groups: none may be cut.
Status CheckActBfp(const PackedWeights& weights, const Problem& p) {
  if (p.act_bfp == 0) return {};
  if (p.act_bfp < format::kMinBfpBits || p.act_bfp > format::kMaxBfpBits) {
    return {Code::kBadArgument, Cat("act_bfp is ", p.act_bfp, "; 3 to 8 bits are supported")};
  }
  const size_t block = ActBfpBlock(p);
  if (block != 16 && block != 32 && block != 64 && block != 128) {
    return {Code::kBadArgument,
            Cat("block ", block, " with act_bfp; 16, 32, 64 and 128 are supported")};
  }
  if (p.mode != Mode::kExact || !IsFloat(p.act)) {
    return {Code::kUnsupportedFormat, "act_bfp needs mode exact and f32, f16 or bf16 activations"};
  }
  if (weights.layout() == LayoutId::kTrits) {
    return {Code::kUnsupportedFormat,
            "act_bfp cannot follow layout trits, which cuts K into fives; use layout planes"};
  }
  const WeightInfo& info = weights.info();
  if (info.super_group != 0) {
    return {Code::kUnsupportedFormat, "act_bfp does not go with weights in super-groups"};
  }
  if (info.groups() > 1 && info.group % block != 0) {
    return {Code::kUnsupportedFormat, Cat("act_bfp with blocks of ", block, " needs weight groups ",
                                          "of whole blocks; these have ", info.group)};
  }
  return {};
}

size_t OutputsEnd(const WeightInfo& info, const Problem& p) {
  return p.n_end != 0 ? p.n_end : info.n;
}

Status CheckOutputs(const PackedWeights& weights, size_t strip, const Problem& p) {
  const WeightInfo& info = weights.info();
  const size_t end = OutputsEnd(info, p);
  if (p.n_begin >= end || end > info.n) {
    return {Code::kBadShape, Cat("outputs [", p.n_begin, ", ", end,
                                 ") are no part of the weights' [0, ", info.n, ")")};
  }
  if (p.n_begin % strip != 0 || (end % strip != 0 && end != info.n)) {
    return {Code::kBadShape,
            Cat("outputs [", p.n_begin, ", ", end, ") must begin and end at multiples of ", strip,
                " in layout ", Name(weights.layout()), ", or end at N = ", info.n)};
  }
  if (p.out_stride != 0 && p.out_stride < end - p.n_begin) {
    return {Code::kBadShape, Cat("out_stride ", p.out_stride, " is below ", end - p.n_begin,
                                 ", the outputs of a token")};
  }
  return {};
}

Status CheckStrides(const WeightInfo& info, const Problem& p) {
  const size_t act = p.act_stride != 0 ? p.act_stride : info.k;
  const size_t outputs = OutputsEnd(info, p) - p.n_begin;
  const size_t out = p.out_stride != 0 ? p.out_stride : outputs;
  if (!base::FitsMemory({p.m, act, info.k, ElemBytes(p.act)})) {
    return {Code::kBadShape, Cat("m = ", p.m, " tokens with act_stride ", act, " of ", Name(p.act),
                                 " do not fit the address space")};
  }
  if (!base::FitsMemory({p.m, out, outputs, ElemBytes(p.out)})) {
    return {Code::kBadShape, Cat("m = ", p.m, " tokens with out_stride ", out, " of ", Name(p.out),
                                 " do not fit the address space")};
  }
  return {};
}

size_t ThreadsOf(const Problem& problem) {
  return problem.threads != 0 ? problem.threads : std::min(base::UsableCoresQuick(), kMostThreads);
}

// Every field but those about outputs as integers.
Status CheckFields(const PackedWeights& weights, size_t strip, const Problem& p) {
  const auto bad = [](Code code, std::string text) { return Status(code, std::move(text)); };
  const WeightInfo& info = weights.info();
  if (p.m < 1 || p.m > (size_t{1} << 31)) {
    return bad(Code::kBadShape, Cat("m is ", p.m, "; it must lie in [1, 2^31]"));
  }
  if (p.threads > kMostThreads) {
    return bad(Code::kBadArgument,
               Cat("threads is ", p.threads, "; it must lie in [0, ", kMostThreads, "]"));
  }
  if (!IsFloat(p.act) && p.act != Elem::kI8) {
    return bad(Code::kUnsupportedFormat, "activations must be f32, f16, bf16 or i8");
  }
  if (!IsFloat(p.out) && p.out != Elem::kI32) {
    return bad(Code::kUnsupportedFormat, "outputs must be f32, f16, bf16 or i32");
  }
  if (p.mode != Mode::kFast && p.mode != Mode::kExact) {
    return bad(Code::kBadArgument, "mode must be fast or exact");
  }
  if (p.act_stride != 0 && p.act_stride < info.k) {
    return bad(Code::kBadShape, Cat("act_stride ", p.act_stride, " is below K = ", info.k));
  }
  if (Status status = CheckOutputs(weights, strip, p); !status.ok()) return status;
  if (Status status = CheckStrides(info, p); !status.ok()) return status;
  if (p.block % 16 != 0) {
    return bad(Code::kBadArgument, Cat("block ", p.block, " is not a multiple of 16"));
  }
  if (Status status = CheckActBfp(weights, p); !status.ok()) return status;
  return CheckOrder(info, p.act_order);
}

// Largest |integer value| of any stored code.
int64_t LargestValue(const PackedWeights& weights, const layout::Geometry& geometry) {
  const WeightInfo& info = weights.info();
  if (info.zero == ZeroKind::kInteger) {
    return std::max<int64_t>(CodeCount(info.format) - 1, weights.largest_zero());
  }
  if (format::IsBook(info.format)) {
    const auto tables = weights.blob().subspan(geometry.book_offset, layout::kBookTables);
    int64_t largest = 0;
    for (std::byte entry : tables) {
      largest = std::max<int64_t>(largest, std::abs(int{std::to_integer<int8_t>(entry)}));
    }
    return largest;
  }
  const bool unit = info.format == WeightFormat::kInt1 || info.format == WeightFormat::kTernary;
  return unit ? 1 : static_cast<int64_t>(CodeCount(info.format) / 2);
}

// Whether an i32 output is asked for where it can be given: never a sum that overflows.
Status CheckIntegerOut(const PackedWeights& weights, const layout::Geometry& geometry,
                       const Problem& p) {
  if (p.out != Elem::kI32) return {};
  if (p.act != Elem::kI8 || p.mode != Mode::kExact || p.bias != nullptr) {
    return {Code::kUnsupportedFormat,
            "i32 output is the integer product: it needs act i8, mode exact and no bias"};
  }
  if (weights.info().zero == ZeroKind::kFloat) {
    return {Code::kUnsupportedFormat, "i32 output needs integer codes; these have float zeros"};
  }
  const int64_t largest = LargestValue(weights, geometry);
  const int64_t bound = static_cast<int64_t>(weights.info().k) * 128 * largest;
  if (bound > INT32_MAX) {
    return {Code::kOverflow,
            Cat("i32 output could overflow: K = ", weights.info().k, " products of up to 128 * ",
                largest, " reach ", bound, "; use a float output")};
  }
  return {};
}

}  // namespace

size_t ActBfpBlock(const Problem& problem) { return problem.block != 0 ? problem.block : 32; }

Result<Request> CheckProblem(const PackedWeights& weights, const Problem& problem) {
  if (weights.blob().empty()) return Status(Code::kBadArgument, "no packed weights");
  const WeightInfo& info = weights.info();
  const auto geometry = layout::MakeGeometry(info, weights.layout());
  if (!geometry) return Status(Code::kBadArgument, "packed weights have no valid description");
  const size_t strip = geometry->strip, end = OutputsEnd(info, problem);
  if (Status status = CheckFields(weights, strip, problem); !status.ok()) return status;
  if (Status status = CheckIntegerOut(weights, *geometry, problem); !status.ok()) return status;
  Request request{weights, problem, *geometry, base::CacheSizes().l2_bytes, 0, 0, 0};
  Problem& p = request.problem;
  request.first_strip = p.n_begin / strip;
  request.strips = base::CeilDiv(end, strip) - request.first_strip;
  request.outputs = end - p.n_begin;
  if (p.act_stride == 0) p.act_stride = info.k;
  if (p.out_stride == 0) p.out_stride = request.outputs;
  p.n_end = end;
  p.threads = ThreadsOf(problem);
  p.target = p.kernel = {};
  return request;
}

}  // namespace lutgemm::plan
