#include "ggml/graph.h"

#include "ggml/buffer.h"
#include "ggml/experts.h"
#include "ggml/host.h"
#include "ggml/options.h"
#include "ggml/rows.h"
#include "ggml/summary.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>

namespace lutgemm_ggml {
namespace {

size_t Size(int64_t number) { return static_cast<size_t>(number); }

size_t ElemBytes(const Tensor& act) { return act.type == kTypeF16 ? 2 : 4; }

bool IsEmpty(const Tensor& tensor) {
  return tensor.ne[0] <= 0 || tensor.ne[1] <= 0 || tensor.ne[2] <= 0 || tensor.ne[3] <= 0;
}

// More tokens are multiplied in turns, so that packed activations do not grow with them.
constexpr size_t kMostTokens = 16384;

// Whether dimensions 2 and 3 continue dimension 1, so that all tokens follow one another.
bool IsOneBatch(const Tensor& tensor) {
  return tensor.nb[2] == tensor.nb[1] * Size(tensor.ne[1]) &&
         tensor.nb[3] == tensor.nb[2] * Size(tensor.ne[2]);
}

// Whether tokens can be read where they are.
bool IsInPlace(const Tensor& act) {
  const size_t elem = ElemBytes(act);
  return act.nb[0] == elem && act.nb[1] % elem == 0 && act.nb[1] >= elem * Size(act.ne[0]);
}

const uint8_t* Batch(const Tensor& tensor, size_t i2, size_t i3) {
  return static_cast<const uint8_t*>(tensor.data) + i2 * tensor.nb[2] + i3 * tensor.nb[3];
}

// Whether the node reads packed weights and gives f32. LUTGEMM_GGML_SKIP says where weights go:
// what lies here is computed here, however it came.
bool ReadsWeights(const Tensor& node) {
  const Tensor* weights = node.src[0];
  if (weights == nullptr || node.src[1] == nullptr || weights->view_src != nullptr) return false;
  // Before the host has given memory to anything there is no buffer to look at.
  const bool ours = weights->buffer == nullptr ? ThisOptions().own_memory : IsOurs(*weights);
  return ours && (HasMemory(*weights) || !IsSkipped(weights->name)) && CanPack(*weights) &&
         node.type == kTypeF32;
}

bool SupportsProduct(const Tensor& node) {
  return ReadsWeights(node) && (node.src[1]->type == kTypeF32 || node.src[1]->type == kTypeF16);
}

// Whether the node is only another way to see a tensor.
bool IsView(const Tensor& node) {
  const Operations& op = ThisHost().op;
  return node.op == op.none || node.op == op.reshape || node.op == op.view ||
         node.op == op.permute || node.op == op.transpose;
}

// Whether the node is computed here. A host that asked has put nothing else into a graph but views;
// a device with nothing but its own memory gets everything, and what is not packed is not its own.
bool IsComputed(const Tensor& node) {
  if (IsView(node) || !Supports(node)) return false;
  if (!ThisOptions().own_memory) return true;
  const Weights* weights = FindWeights(*node.src[0]);
  return weights != nullptr && weights->PackedPart(0) != nullptr;
}

}  // namespace

bool Supports(const Tensor& node) {
  const Operations& op = ThisHost().op;
  if (node.op == op.mul_mat) return SupportsProduct(node);
  if (node.op == op.mul_mat_id) {
    return SupportsProduct(node) && node.src[0]->ne[3] == 1 && node.src[2] != nullptr &&
           node.src[2]->type == kTypeI32;
  }
  if (node.op == op.get_rows) return ReadsWeights(node) && node.src[1]->type == kTypeI32;
  return IsView(node);
}

size_t Compute::threads() const {
  const size_t chosen = ThisOptions().threads;
  return chosen != 0 ? chosen : wish_;
}

int32_t Compute::Run(Graph* graph) {
  if (ThisOptions().summary) SaySummary();
  const Host& host = ThisHost();
  bool done = true;
  try {
    done = RunNodes(graph, host.graph_size(graph)) && Flush();
  } catch (const std::exception& error) {
    Say(std::string("a graph failed: ") + error.what());
    done = false;
  }
  runner_.Clear();
  copies_.clear();
  return done ? kStatusSuccess : kStatusFailed;
}

bool Compute::RunNodes(Graph* graph, int count) {
  const Host& host = ThisHost();
  // Hosts that mark what is to be computed mark something; those before them mark nothing.
  bool marks = false;
  for (int i = 0; i < count; ++i) marks |= (host.graph_node(graph, i)->flags & kFlagCompute) != 0;
  for (int i = 0; i < count; ++i) {
    const Tensor& node = *host.graph_node(graph, i);
    if (IsView(node) || IsEmpty(node) || (marks && (node.flags & kFlagCompute) == 0)) continue;
    if (IsComputed(node)) {
      if (!AddNode(node)) return false;
      continue;
    }
    if (!ThisOptions().own_memory) {
      Say(std::string("a graph has a node that is no product of weights here: ") + node.name);
      return false;
    }
    int end = i + 1;
    while (end < count && !IsComputed(*host.graph_node(graph, end))) ++end;
    if (!Flush() || !others_.Run(graph, i, end, threads())) return false;
    i = end - 1;
  }
  return true;
}

// Activations that a queued product makes are there only once it has run; and hosts give memory
// that nobody needs any more to outputs that come later, while threads may still be reading it.
bool Compute::AddNode(const Tensor& node) {
  Weights* weights = FindWeights(*node.src[0]);
  if (weights == nullptr) {
    Say(std::string("weights ") + node.src[0]->name + " are not in this library's memory");
    return false;
  }
  // Rows are no product: they are copied at once.
  if (node.op == ThisHost().op.get_rows) return Flush() && CopyRows(node, *weights);
  const Tensor& act = *node.src[1];
  if (runner_.Writes(act.data, ThisHost().tensor_bytes(&act)) && !Flush()) return false;
  return node.op == ThisHost().op.mul_mat ? AddProducts(node, weights) : AddExperts(node, weights);
}

bool Compute::AddProducts(const Tensor& node, Weights* weights) {
  const Tensor& act = *node.src[1];
  const bool one =
      weights->shape().parts == 1 && IsOneBatch(act) && IsInPlace(act) && IsOneBatch(node);
  if (one) return AddBatch(node, weights, 0, 0);
  for (size_t i3 = 0; i3 < Size(act.ne[3]); ++i3) {
    for (size_t i2 = 0; i2 < Size(act.ne[2]); ++i2) {
      if (!AddBatch(node, weights, i2, i3)) return false;
    }
  }
  return true;
}

bool Compute::AddBatch(const Tensor& node, Weights* weights, size_t i2, size_t i3) {
  const Tensor& of = *node.src[0];
  const Tensor& from = *node.src[1];
  Act act{Batch(from, i2, i3), from.nb[1] / ElemBytes(from)};
  if (!IsInPlace(from) && !Gather(from, i2, i3, &act)) return false;
  const bool one =
      weights->shape().parts == 1 && IsOneBatch(from) && IsInPlace(from) && IsOneBatch(node);
  // A matrix serves so many batches in each dimension.
  const size_t share2 = Size(node.ne[2]) / Size(of.ne[2]),
               share3 = Size(node.ne[3]) / Size(of.ne[3]);
  PlanKey key = KeyOf(node);
  key.part = i2 / share2 + i3 / share3 * Size(of.ne[2]);
  key.act_stride = act.stride;
  const size_t tokens = one ? Size(from.ne[1] * from.ne[2] * from.ne[3]) : Size(from.ne[1]);
  const auto* in = static_cast<const uint8_t*>(act.data);
  auto* out = static_cast<uint8_t*>(node.data) + i2 * node.nb[2] + i3 * node.nb[3];
  for (size_t begin = 0; begin < tokens; begin += key.m) {
    if (begin != 0 && !runner_.Run(threads())) return false;
    key.m = std::min(kMostTokens, tokens - begin);
    const void* rows = in + begin * act.stride * ElemBytes(from);
    if (!runner_.Add({weights, key, rows, out + begin * node.nb[1]})) return false;
  }
  return true;
}

// What plans of all products of a node have in common.
PlanKey Compute::KeyOf(const Tensor& node) const {
  PlanKey key;
  key.threads = threads();
  key.out_stride = node.nb[1] / sizeof(float);
  key.act = node.src[1]->type == kTypeF16 ? LUTGEMM_F16 : LUTGEMM_F32;
  // Of the sum; of the activations, which newer hosts tell apart.
  const bool asked = node.params[0] == kPrecisionF32 || node.params[3] == kPrecisionF32;
  const bool exact = ThisOptions().exact || asked;
  key.mode = exact ? LUTGEMM_EXACT : LUTGEMM_FAST;
  return key;
}

// A product for each expert that is used. One row is read and written in place, as all are that a
// single token has, so that its experts share the activations' preparation.
bool Compute::AddExperts(const Tensor& node, Weights* weights) {
  const Tensor& act = *node.src[1];
  std::vector<std::vector<ExpertRow>> experts;
  if (!GroupRows(*node.src[2], weights->shape().parts, &experts)) {
    Say(std::string("product ") + node.name + " has an expert that is none");
    return false;
  }
  std::vector<Memory> outs(experts.size());
  bool scatters = false;
  for (size_t expert = 0; expert < experts.size(); ++expert) {
    const std::vector<ExpertRow>& rows = experts[expert];
    if (rows.empty()) continue;
    PlanKey key = KeyOf(node);
    key.part = expert;
    key.m = rows.size();
    key.act_stride = Size(act.ne[0]);
    const bool in_place = rows.size() == 1 && act.nb[0] == ElemBytes(act);
    Product product{weights, key, ActOf(act, rows[0]), OutOf(node, rows[0])};
    if (!in_place) {
      product.key.out_stride = weights->shape().n;
      copies_.push_back(GatherRows(act, rows));
      outs[expert] = Allocate(rows.size() * weights->shape().n * sizeof(float));
      product.act = copies_.back().get();
      product.out = outs[expert].get();
      scatters = true;
    }
    if (product.act == nullptr || product.out == nullptr) {
      Say("out of memory for experts");
      return false;
    }
    if (!runner_.Add(product)) return false;
  }
  if (!scatters) return true;
  if (!Flush()) return false;
  for (size_t expert = 0; expert < experts.size(); ++expert) {
    if (outs[expert] == nullptr) continue;
    ScatterRows(reinterpret_cast<const float*>(outs[expert].get()), experts[expert], node);
  }
  return true;
}

// Copies tokens whose elements are apart.
bool Compute::Gather(const Tensor& act, size_t i2, size_t i3, Act* out) {
  const size_t elem = ElemBytes(act), k = Size(act.ne[0]), m = Size(act.ne[1]);
  Memory copy = Allocate(m * k * elem);
  if (copy == nullptr) {
    Say("out of memory for activations");
    return false;
  }
  const uint8_t* from = Batch(act, i2, i3);
  for (size_t token = 0; token < m; ++token) {
    for (size_t i = 0; i < k; ++i) {
      std::memcpy(copy.get() + (token * k + i) * elem, from + token * act.nb[1] + i * act.nb[0],
                  elem);
    }
  }
  *out = {copy.get(), k};
  copies_.push_back(std::move(copy));
  return true;
}

}  // namespace lutgemm_ggml
