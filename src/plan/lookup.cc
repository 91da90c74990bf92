#include "plan/lookup.h"

#include "base/check.h"
#include "plan/cuts.h"

#include <algorithm>

namespace lutgemm::plan {
namespace {

// What all items share.
kernels::KernelArgs ArgsOfAnyItem(const Lookup& lookup, std::byte* scratch) {
  const ScratchMemory& memory = lookup.scratch;
  kernels::KernelArgs args;
  args.weight = lookup.weights.args();
  args.act = lookup.act;
  args.grid = lookup.blocking.grid;
  args.ahead = lookup.choice.ahead;
  args.integer_out = lookup.request.problem.out == Elem::kI32;
  args.raw = reinterpret_cast<int32_t*>(scratch + memory.raw_offset);
  args.inner = reinterpret_cast<float*>(scratch + memory.inner_offset);
  args.panel = reinterpret_cast<uint8_t*>(scratch + memory.panel_offset);
  args.panel_bytes = lookup.split.panel_bytes;
  args.range.chunk = lookup.split.k_chunk;
  args.panel_scales = reinterpret_cast<float*>(scratch + memory.scales_offset);
  args.panel_zeros = reinterpret_cast<float*>(scratch + memory.zeros_offset);
  args.store = lookup.choice.target->store;
  return args;
}

// The outputs of strips and tokens that args names.
kernels::StoreArgs StoreOf(const Lookup& lookup, const kernels::KernelArgs& args) {
  const Request& request = lookup.request;
  const Problem& problem = request.problem;
  const size_t elem = ElemBytes(problem.out), strip = request.geometry.strip;
  const size_t first = (args.strip - request.first_strip) * strip;  // of the outputs asked for
  const float* factors = lookup.weights.factors();
  kernels::StoreArgs store;
  store.count = std::min(args.strips * strip, request.outputs - first);
  store.bias = lookup.bias == nullptr ? nullptr : lookup.bias + first;
  store.unit = lookup.weights.unit();
  store.factors = factors == nullptr ? nullptr : factors + args.strip * strip;
  store.elem = problem.out;
  const size_t token = args.token_begin - lookup.first_token;
  store.out = lookup.out + (token * problem.out_stride + first) * elem;
  store.out_stride = problem.out_stride * elem;
  return store;
}

// One item's call, for the part of K that args has.
void SetItem(const Lookup& lookup, size_t item, kernels::KernelArgs& args) {
  const Split& split = lookup.split;
  const size_t strip = item % split.strip_items * split.strips_per_item;
  const size_t token = item / split.strip_items * split.tile_tokens;
  args.strip = lookup.request.first_strip + strip;
  args.strips = std::min(split.strips_per_item, lookup.request.strips - strip);
  args.token_begin = lookup.first_token + token;
  args.token_end = lookup.first_token + std::min(token + split.tile_tokens, split.tokens);
  args.out = StoreOf(lookup, args);
}

}  // namespace

void LookupItems(const Lookup& lookup, std::byte* scratch, size_t begin, size_t end) {
  const Split& split = lookup.split;
  kernels::KernelArgs args = ArgsOfAnyItem(lookup, scratch);
  const auto run = lookup.choice.target->kernel[static_cast<size_t>(lookup.choice.kernel->id)];
  for (size_t item = begin, count = 0; item < end; item += count) {
    // Strips run inside a tile of tokens: its activations stay in the cache.
    count = std::min({split.turns, end - item, split.strip_items - item % split.strip_items});
    for (size_t step = 0; step < args.grid.steps; step = args.range.end) {
      args.range.begin = step;
      args.range.end = PartEnd(args.grid, split.part_steps, step);
      LUTGEMM_DCHECK(step < args.range.end && args.range.end - step <= split.part_steps);
      for (size_t i = 0; i < count; ++i) {
        SetItem(lookup, item + i, args);
        args.acc = reinterpret_cast<float*>(scratch) + i * lookup.scratch.acc_floats;
        args.rest = reinterpret_cast<float*>(scratch + lookup.scratch.rest_offset) +
                    i * lookup.scratch.acc_floats;
        run(args);
      }
    }
  }
}

}  // namespace lutgemm::plan
