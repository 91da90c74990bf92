// Prints one line for each of many products and packed weights: what it is, and a hash of its bits.
// Every target that this CPU runs must give the same ones, or the exit code is 1. Lines are equal
// on every CPU; rows that only some targets have are left out elsewhere.
#include "format/fp.h"
#include "format/traits.h"
#include "support/gen/formats.h"
#include "support/random.h"

#include <lutgemm/lutgemm.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

namespace lutgemm {
namespace {

using test::Random;

constexpr size_t kN = 70, kK = 400;

// FNV-1a: tells runs apart, nothing more.
uint64_t Hash(std::span<const std::byte> bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const std::byte byte : bytes) {
    hash = (hash ^ std::to_integer<uint64_t>(byte)) * 0x100000001b3u;
  }
  return hash;
}

template <class T>
T Must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().text().c_str());
    std::exit(2);
  }
  return std::move(*result);
}

// What a product's elements are besides its weights and mode.
struct Shape {
  size_t m;
  Elem act, out;
};
constexpr Shape kShapes[] = {{1, Elem::kF32, Elem::kF32},
                             {3, Elem::kF16, Elem::kBF16},
                             {20, Elem::kBF16, Elem::kF16},
                             {70, Elem::kI8, Elem::kF32}};

std::vector<std::byte> RandomAct(const Shape& shape, size_t count) {
  Random random(shape.m);
  std::vector<std::byte> act(count * ElemBytes(shape.act));
  for (size_t i = 0; i < count; ++i) {
    if (shape.act == Elem::kI8) {
      act[i] = static_cast<std::byte>(random.Bits());
    } else {
      format::StoreElem(act.data(), shape.act, i, random.Normal());
    }
  }
  return act;
}

class Digest {
 public:
  // A line that is new, or that another target printed already: then it must be the same.
  void Add(const std::string& line, std::span<const std::byte> bytes, std::string_view target) {
    const uint64_t hash = Hash(bytes);
    const auto [at, is_new] = hashes_.emplace(line, hash);
    if (is_new) std::printf("%s: %016llx\n", line.c_str(), static_cast<unsigned long long>(hash));
    if (at->second == hash) return;
    std::printf("%s: differs on %s\n", line.c_str(), std::string(target).c_str());
    same_ = false;
  }
  bool same() const { return same_; }

 private:
  std::map<std::string, uint64_t> hashes_;
  bool same_ = true;
};

struct Work {
  const Plan& plan;
  const Shape& shape;
  const std::vector<std::byte>& act;
  const Producer* producer = nullptr;
};
std::vector<std::byte> RunOne(const Work& work) {
  const size_t bytes = work.plan.workspace_bytes();
  const std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(64, bytes),
                                                           std::free);
  if (memory == nullptr) std::exit(2);
  std::memset(memory.get(), 0, bytes);
  const std::span<std::byte> workspace(static_cast<std::byte*>(memory.get()), bytes);
  std::vector<std::byte> out(work.shape.m * kN * ElemBytes(work.shape.out));
  const Status status = work.producer != nullptr
                            ? work.plan.Run(work.act.data(), *work.producer, out.data(), workspace)
                            : work.plan.Run(work.act.data(), out.data(), workspace);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.text().c_str());
    std::exit(2);
  }
  return out;
}

std::string LineOf(const std::string& weights, const Shape& shape, std::string_view how) {
  return weights + " m=" + std::to_string(shape.m) + " " + std::string(Name(shape.act)) + "->" +
         std::string(Name(shape.out)) + " " + std::string(how);
}

void AddExact(const PackedWeights& weights, const std::string& name, Digest& digest) {
  for (const Shape& shape : kShapes) {
    const std::vector<std::byte> act = RandomAct(shape, shape.m * kK);
    Random random(9);
    const std::vector<float> gamma = random.Normals(kK), bias = random.Normals(kN);
    const Producer norm{Producer::Kind::kRmsNorm, gamma.data(), 1e-5f, nullptr};
    const Producer gate{Producer::Kind::kSiluGate, nullptr, 1e-5f, act.data()};
    for (std::string_view target : Targets()) {
      Problem problem;
      problem.m = shape.m;
      problem.act = shape.act;
      problem.out = shape.out;
      problem.mode = Mode::kExact;
      problem.target = target;
      problem.bias = bias.data();
      const Plan plan = Must(MakePlan(weights, problem));
      digest.Add(LineOf(name, shape, "exact"), RunOne({plan, shape, act}), target);
      if (shape.act == Elem::kI8) continue;
      digest.Add(LineOf(name, shape, "exact norm"), RunOne({plan, shape, act, &norm}), target);
      digest.Add(LineOf(name, shape, "exact gate"), RunOne({plan, shape, act, &gate}), target);
    }
  }
}

// Every kernel that serves the fast mode and these weights, with a block that suits all.
void AddFast(const PackedWeights& weights, const std::string& name, Digest& digest) {
  const Shape& shape = kShapes[1];
  const std::vector<std::byte> act = RandomAct(shape, shape.m * kK);
  for (const KernelInfo& kernel : Kernels()) {
    if (!kernel.fast || kernel.layout != weights.layout()) continue;
    for (std::string_view target : Targets()) {
      Problem problem;
      problem.m = shape.m;
      problem.act = shape.act;
      problem.out = shape.out;
      problem.block = 80;
      problem.target = target;
      problem.kernel = kernel.name;
      const Result<Plan> plan = MakePlan(weights, problem);
      if (!plan.ok()) continue;  // the target lacks the kernel, or it does not take the weights
      const std::string how = "fast " + std::string(kernel.name);
      digest.Add(LineOf(name, shape, how), RunOne({*plan, shape, act}), target);
    }
  }
}

void AddWeights(const QuantSpec& spec, Digest& digest) {
  Random random(static_cast<uint64_t>(spec.format));
  const std::vector<float> values = random.Normals(kN * kK);
  const Tensor2D tensor{values.data(), Elem::kF32, kN, kK, 0};
  const QuantizedMatrix matrix =
      spec.format == WeightFormat::kCodebook
          ? Must(Quantize(tensor, spec, Must(MakeCodebook(random.Normals(16)))))
          : Must(Quantize(tensor, spec));
  for (LayoutId layout : {LayoutId::kPlanes, LayoutId::kTrits, LayoutId::kCodes}) {
    if (PackedBytes(matrix.info, layout) == 0) continue;
    const std::string name = std::string(Name(spec.format)) + " " + std::string(Name(spec.zero)) +
                             " " + std::string(Name(spec.scale)) + " " + std::string(Name(layout));
    const PackedWeights weights = Must(Pack(matrix, layout));
    digest.Add(name + " bytes", weights.blob(), "");
    AddExact(weights, name, digest);
    AddFast(weights, name, digest);
  }
}

int Main() {
  for (std::string_view target : Targets()) {
    std::fprintf(stderr, "%s ", std::string(target).c_str());
  }
  std::fprintf(stderr, "\n");
  Digest digest;
  for (const WeightFormat format : test::kAllFormats) {
    QuantSpec spec = DefaultSpec(format);
    spec.scale_search = static_cast<int>(format) % 2 == 0;
    for (ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      if (zero != ZeroKind::kNone && !format::HasZeros(spec.format)) continue;
      spec.zero = zero;
      AddWeights(spec, digest);
    }
  }
  return digest.same() ? 0 : 1;
}

}  // namespace
}  // namespace lutgemm

int main() { return lutgemm::Main(); }
