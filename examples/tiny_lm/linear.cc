#include "tiny_lm/linear.hpp"

#include "tiny_lm/math.hpp"
#include "tiny_lm/parallel.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>

namespace tiny_lm {
namespace {

using lutgemm::Plan;
using lutgemm::Status;

constexpr std::align_val_t kAlignment{64};

// A layer that is not packed: one dot product per output and token.
void RunPlain(const Linear& layer, const float* act, size_t m, float* out,
              lutgemm::Threads* threads) {
  const size_t chunks = UsefulThreads(threads, m * layer.n * layer.k);
  ForEach(threads, chunks, [&](size_t chunk) {
    const size_t end = layer.n * (chunk + 1) / chunks;
    for (size_t o = layer.n * chunk / chunks; o < end; ++o) {
      const float* weight = &layer.plain[o * layer.k];
      for (size_t t = 0; t < m; ++t) out[t * layer.n + o] = Dot(act + t * layer.k, weight, layer.k);
    }
  });
}

}  // namespace

AlignedBytes::AlignedBytes(size_t bytes)
    : data_(static_cast<std::byte*>(::operator new(bytes, kAlignment))), bytes_(bytes) {
  std::memset(data_.get(), 0, bytes);
}

void AlignedBytes::Free::operator()(std::byte* data) const { ::operator delete(data, kAlignment); }

void Scratch::Reserve(size_t table_bytes, size_t workspace_bytes) {
  if (table_bytes > tables.span().size()) tables = AlignedBytes(table_bytes);
  if (workspace_bytes > workspace.span().size()) workspace = AlignedBytes(workspace_bytes);
}

lutgemm::Result<LinearGroup> LinearGroup::Make(const std::vector<const Linear*>& layers,
                                               const lutgemm::Problem& of_all) {
  LinearGroup group;
  lutgemm::Problem problem = of_all;
  group.m_ = problem.m;
  group.layers_ = layers;
  for (const Linear* layer : layers) {
    if (!layer->packed) continue;
    problem.act_order = layer->act_order;
    auto plan = lutgemm::MakePlan(*layer->packed, problem);
    if (!plan.ok()) return plan.status();
    group.table_bytes_ = std::max(group.table_bytes_, plan->table_bytes());
    group.workspace_bytes_ = std::max(group.workspace_bytes_, plan->workspace_bytes());
    group.plans_.push_back(*std::move(plan));
  }
  // Plans with one key read one set of tables; without sharing, Run needs no room for them.
  group.shares_tables_ = layers.size() > 1 && group.plans_.size() == layers.size() &&
                         std::all_of(group.plans_.begin(), group.plans_.end(), [&](const Plan& p) {
                           return p.table_key() == group.plans_.front().table_key();
                         });
  if (!group.shares_tables_) group.table_bytes_ = 0;
  return group;
}

Status LinearGroup::Run(const float* act, std::span<float* const> outs, Scratch& scratch) const {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Status status = shares_tables_ ? RunShared(act, outs, scratch) : RunApart(act, outs, scratch);
  scratch.seconds += std::chrono::duration<double>(Clock::now() - start).count();
  if (scratch.energy != nullptr) {
    for (const Linear* layer : layers_) scratch.energy->Add(*layer, act, m_);
  }
  return status;
}

Status LinearGroup::RunShared(const float* act, std::span<float* const> outs,
                              Scratch& scratch) const {
  const auto tables = scratch.tables.span();
  if (Status status = plans_.front().BuildTables(act, tables, scratch.threads); !status.ok()) {
    return status;
  }
  ++scratch.table_builds;
  for (size_t i = 0; i < plans_.size(); ++i) {
    Status status = plans_[i].Apply(tables, outs[i], scratch.workspace.span(), scratch.threads);
    if (!status.ok()) return status;
  }
  return {};
}

Status LinearGroup::RunApart(const float* act, std::span<float* const> outs,
                             Scratch& scratch) const {
  auto plan = plans_.begin();
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (!layers_[i]->packed) {
      RunPlain(*layers_[i], act, m_, outs[i], scratch.threads);
      continue;
    }
    Status status = plan++->Run(act, outs[i], scratch.workspace.span(), scratch.threads);
    if (!status.ok()) return status;
    ++scratch.table_builds;
  }
  return {};
}

}  // namespace tiny_lm
