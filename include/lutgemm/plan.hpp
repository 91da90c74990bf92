// Plan: everything decided about O[M,N] = A[M,K] x W[N,K]^T before the first activation arrives.
// Defined in src/api.
#ifndef LUTGEMM_PLAN_HPP_
#define LUTGEMM_PLAN_HPP_

#include <lutgemm/channel_order.hpp>
#include <lutgemm/threads.hpp>
#include <lutgemm/weights.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm {

// What to compute. Leave fields at their defaults unless you need them.
struct Problem {
  size_t m = 1;           // tokens, >= 1
  Elem act = Elem::kF32;  // f32, f16, bf16, or i8 (taken as they are, scale 1)
  Elem out = Elem::kF32;  // f32, f16, bf16; i32 = the integer product of codes and int8
                          // activations (act i8, mode kExact, no float zeros, no bias)
  Mode mode = Mode::kFast;
  size_t threads = 1;           // threads (or slices) that Run may use, at most 4096; 0 = as many
                                // as cores that this process may use (see Plan::threads)
  size_t act_stride = 0;        // elements between tokens of A; 0 = K
  size_t out_stride = 0;        // elements between tokens of O; 0 = its columns
  const float* bias = nullptr;  // as many values added to every token, read during Run; or null
  // Activations along K that share a scale: a multiple of 16 (layout trits rounds it up to a
  // multiple of 80, method lut5 to one of 10, ternary3 to one of 60). A weight group's last block
  // may be shorter. 0 = the library's choice: in exact mode the whole weight group, in fast mode
  // what keeps the error bound of kFast (docs/numerics.md).
  uint32_t block = 0;
  // Bits m, 3 to 8, of activations as block floating point, sign included; 0 = none. The
  // activations of a block, 16, 32, 64 or 128 along K (block 0 = 32), become integers of m bits
  // that share a power of two, as kBfp3 to kBfp8 in types.hpp do; 8 bits in blocks of 32 are OCP
  // MXINT8. Needs f32, f16 or bf16 activations, mode kExact, layout planes or codes, and weights
  // whose groups are whole blocks (or rows).
  uint32_t act_bfp = 0;
  // For weights whose columns stand in an order that the producer of A does not follow: position i
  // of K takes channel from[i] of a token, and A itself stays as it is. A permutation of the K
  // channels, copied into the plan, or empty. Activations are gathered while they are prepared.
  ChannelOrder act_order = {};
  // The outputs to compute, [n_begin, n_end) of N; n_end 0 = N. Both are multiples of 64 (of 32 in
  // layouts planes and codes), or n_end is N: so several machines or nodes of memory share one
  // weight. O then has n_end - n_begin columns, the bits of the whole product's, and bias as many
  // values. Plans that differ in these fields only share tables.
  size_t n_begin = 0;
  size_t n_end = 0;
  std::string_view target = {};  // force a target by name ("AVX2", "PORTABLE"); empty = best
  // Force a kernel by name (see Kernels()); empty = the plan's choice.
  std::string_view kernel = {};
};

// Makes the activations of a product while they are prepared, so that they are read once and never
// stored: the operator in front of the product, fused into it. x are the elements that a call takes
// as `act`, of type Problem::act (f32, f16 or bf16); all arithmetic is f32, equal on every target.
// k counts channels as `act` does, also where Problem::act_order is set: gamma and up are gathered
// with the activations.
//   kRmsNorm   a[k] = (x[k] * r) * gamma[k], r = 1 / sqrt(sum of x^2 / K + epsilon) of the token
//   kSiluGate  a[k] = silu(x[k]) * up[k], silu(x) = x / (1 + exp(-x)) to 4e-7 relative (|x| <= 87)
struct Producer {
  enum class Kind : uint8_t { kRmsNorm = 0, kSiluGate = 1 };
  Kind kind = Kind::kRmsNorm;
  const float* gamma = nullptr;  // kRmsNorm: K factors
  float epsilon = 1e-5f;         // kRmsNorm: above 0
  const void* up = nullptr;      // kSiluGate: [m][K] with act's type and stride
};

class PlanImpl;

// Immutable and safe to use from many threads at once, each with its own workspace. Keeps the
// packed blob alive. Results do not depend on the floating-point mode of the calling thread, which
// is as before after a call.
class LUTGEMM_API Plan {
 public:
  // Bytes of scratch memory for Run and RunSlice: a multiple of 64, to be 64-byte aligned.
  size_t workspace_bytes() const noexcept;

  // O = A W^T (+ bias). Never allocates. `threads` may be null: then one thread does everything.
  // NaN or infinity in a token's activations makes that token's outputs NaN and no other's.
  Status Run(const void* act, void* out, std::span<std::byte> workspace,
             Threads* threads = nullptr) const noexcept;

  // Threads or slices that Run may use: Problem::threads, or where that is 0 the cores that the
  // process may use: the affinity mask's of the thread that made the plan, within the CPU quotas
  // of the process's control groups as the first such plan found them.
  size_t threads() const noexcept;

  // The share of Run that belongs to slice `ith` of `nth` (nth <= threads()), for callers with
  // threads of their own. All nth slices must be called with the same pointers, from any
  // threads, in any order or at once; after the last returns, O is complete. Zero the first
  // kWorkspaceHeader bytes of a fresh workspace once, before its first use.
  static constexpr size_t kWorkspaceHeader = 256;
  Status RunSlice(const void* act, void* out, std::span<std::byte> workspace, size_t ith,
                  size_t nth) const noexcept;

  // The same in two steps. Tables built by one plan serve every plan with the same table_key():
  // several weights that read the same activations (query, key, value; gate, up) build once. Slices
  // of these calls, and of those below, keep the contract of RunSlice's; they need no header.
  size_t table_bytes() const noexcept;  // 64-byte aligned by the caller
  uint64_t table_key() const noexcept;
  Status BuildTables(const void* act, std::span<std::byte> tables,
                     Threads* threads = nullptr) const noexcept;
  Status BuildTablesSlice(const void* act, std::span<std::byte> tables, size_t ith,
                          size_t nth) const noexcept;
  // Run and BuildTables of what `producer` makes of act, with the bits that Produce followed by
  // the plain call of an f32 plan gives. kUnsupportedFormat for i8 activations, kBadArgument for
  // a producer whose fields are null or out of range.
  Status Run(const void* act, const Producer& producer, void* out, std::span<std::byte> workspace,
             Threads* threads = nullptr) const noexcept;
  Status RunSlice(const void* act, const Producer& producer, void* out,
                  std::span<std::byte> workspace, size_t ith, size_t nth) const noexcept;
  Status BuildTables(const void* act, const Producer& producer, std::span<std::byte> tables,
                     Threads* threads = nullptr) const noexcept;
  Status BuildTablesSlice(const void* act, const Producer& producer, std::span<std::byte> tables,
                          size_t ith, size_t nth) const noexcept;
  // The activations themselves, for what else reads them: `out` is [m][K] in f32, its channels
  // those of `act`, whatever Problem::act_order.
  Status Produce(const void* act, const Producer& producer, float* out,
                 Threads* threads = nullptr) const noexcept;
  Status ProduceSlice(const void* act, const Producer& producer, float* out, size_t ith,
                      size_t nth) const noexcept;
  // Fails with kLayoutMismatch if `tables` were built for another key.
  Status Apply(std::span<const std::byte> tables, void* out, std::span<std::byte> workspace,
               Threads* threads = nullptr) const noexcept;
  Status ApplySlice(std::span<const std::byte> tables, void* out, std::span<std::byte> workspace,
                    size_t ith, size_t nth) const noexcept;

  // Which kernel runs on which target with which tiles, and why. The text is made by the call;
  // empty where there is no memory for it.
  std::string Explain() const noexcept;
  std::string_view kernel() const noexcept;
  Method method() const noexcept;
  Regime regime() const noexcept;
  // Activations along K that share a scale, but for the last ones of a weight group, or of K where
  // they are those of several groups (docs/numerics.md).
  size_t block() const noexcept;
  // Weights along K that are expanded to a panel at a time; 0 for kernels without one.
  size_t k_chunk() const noexcept;
  std::string_view target() const noexcept;

  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();

 private:
  friend class PlanImpl;
  explicit Plan(std::unique_ptr<const PlanImpl> impl) noexcept;
  std::unique_ptr<const PlanImpl> impl_;
};

// Chooses target, kernel, tiles and thread split. Where the environment variable LUTGEMM_PROFILE
// names a profile of `lutgemm tune` at the process's first plan, a kernel measured there comes
// before the default choice (docs/gen/cli.md). Fails with kBadArgument, kBadShape (overflow),
// kUnsupportedFormat, kUnsupportedCpu, kNoKernel, or kOverflow (i32 output that K could overflow).
LUTGEMM_API Result<Plan> MakePlan(const PackedWeights& weights, const Problem& problem) noexcept;

// Bytes that are enough for workspace_bytes() and table_bytes() of every plan of the problem for 1
// to `most_tokens` tokens, whatever problem.m says: what an engine reserves once. A plan for fewer
// tokens may need more than one for most_tokens does, since it may take another kernel. Numbers of
// tokens that a forced kernel cannot do are left out; fails as MakePlan where that leaves none.
LUTGEMM_API Result<size_t> MaxWorkspaceBytes(const PackedWeights& weights, const Problem& problem,
                                             size_t most_tokens) noexcept;
LUTGEMM_API Result<size_t> MaxTableBytes(const PackedWeights& weights, const Problem& problem,
                                         size_t most_tokens) noexcept;

// One kernel as `Problem::kernel` names it.
struct KernelInfo {
  std::string_view name;
  Method method;
  Regime regime;
  LayoutId layout;
  bool fast;            // serves Mode::kFast
  bool exact;           // serves Mode::kExact
  size_t least_tokens;  // that a plan for it may have
  size_t most_tokens;   // likewise; 0: any number
  std::string_view what;
};
// Every kernel of the library, and the targets that this build has and this CPU can run, best first
// (none where there is no memory for the list).
LUTGEMM_API std::span<const KernelInfo> Kernels() noexcept;
LUTGEMM_API std::vector<std::string_view> Targets() noexcept;

// What the library knows about this machine.
struct CpuFacts {
  std::string name;  // "unknown" where the system does not tell or memory lacks
  size_t cores = 1;  // that this process may use, CPU quotas included
  size_t l1d_bytes = 32768, l2_bytes = 1048576, l3_bytes = 0;
};
LUTGEMM_API CpuFacts GetCpuFacts() noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_PLAN_HPP_
