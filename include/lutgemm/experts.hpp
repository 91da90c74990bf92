// Groups of products: several weights of one shape and format, each for some tokens of a batch, in
// one call, such as the experts of a layer that a router sends tokens to.
// Defined in src/api.
#ifndef LUTGEMM_EXPERTS_HPP_
#define LUTGEMM_EXPERTS_HPP_

#include <lutgemm/plan.hpp>

namespace lutgemm {

// The share of one weight in a call: so many rows, which follow those of the parts before it.
struct ExpertRows {
  size_t expert = 0;            // index of the weights
  size_t rows = 0;              // 0: nothing to do
  const float* bias = nullptr;  // N values added to each row; or null
};

// What a call brings.
struct ExpertRun {
  const void* act = nullptr;  // tokens, as Problem has their type and stride
  void* out = nullptr;        // row after row, in the order of `parts`, whatever token a row takes
  std::span<const ExpertRows> parts;
  // Row i is of token tokens[i]; a token may be that of several rows, and is prepared once. Empty:
  // row i is of token i.
  std::span<const uint32_t> tokens;
  size_t token_count = 0;              // of act; every one of `tokens` is below it
  const Producer* producer = nullptr;  // what makes activations of act; or null
};

class ExpertsImpl;

// Immutable and safe to use from many threads at once, each with its own workspace. Keeps the
// weights' blobs alive. Outputs have the bits of Plan::Run for each part with Problem::kernel set
// to a kernel of this plan's method, whichever regime (docs/architecture.md).
class LUTGEMM_API ExpertPlan {
 public:
  // Scratch memory for Run and RunSlice: a multiple of 64, to be 64-byte aligned.
  size_t workspace_bytes() const noexcept;

  // O of all parts, in one loop over all their work. Never allocates. kBadArgument for an expert or
  // token out of range, kBadShape for more rows than Problem::m; else as Plan::Run.
  Status Run(const ExpertRun& run, std::span<std::byte> workspace,
             Threads* threads = nullptr) const noexcept;
  // As Plan::RunSlice: nth is at most Problem::threads, and the header is zeroed once.
  Status RunSlice(const ExpertRun& run, std::span<std::byte> workspace, size_t ith,
                  size_t nth) const noexcept;

  std::string_view target() const noexcept;
  // What a part of so many rows runs.
  std::string_view kernel(size_t rows) const noexcept;

  ExpertPlan(ExpertPlan&&) noexcept;
  ExpertPlan& operator=(ExpertPlan&&) noexcept;
  ~ExpertPlan();

 private:
  friend class ExpertsImpl;
  explicit ExpertPlan(std::unique_ptr<const ExpertsImpl> impl) noexcept;
  std::unique_ptr<const ExpertsImpl> impl_;
};

// Plans products of weights that have one WeightInfo and layout. Problem::m is the most rows of a
// call, those of all experts together; the method is what a plan for an even share of them takes,
// ceil(m / experts) rows, or that of Problem::kernel. Problem::bias must be null. Fails with
// kBadArgument for no weights or such as differ, else as MakePlan.
LUTGEMM_API Result<ExpertPlan> MakeExpertPlan(std::span<const PackedWeights> experts,
                                              const Problem& problem) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_EXPERTS_HPP_
