#include "ggml/summary.h"

#include "ggml/host.h"
#include "ggml/options.h"

#include <map>
#include <mutex>
#include <string>

namespace lutgemm_ggml {
namespace {

struct Line {
  size_t matrices = 0;
  size_t bytes = 0;
  size_t packed_bytes = 0;
  size_t kept_bytes = 0;  // originals beside packed weights
  std::string one_token;  // kernels of the first matrix
  std::string many_tokens;
};

std::mutex mutex;
std::map<uint32_t, Line> lines;

// The kernel for so many tokens.
std::string KernelFor(const lutgemm_packed* packed, size_t m) {
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = m;
  problem.mode = ThisOptions().exact ? LUTGEMM_EXACT : LUTGEMM_FAST;
  lutgemm_plan* plan = nullptr;
  if (lutgemm_plan_create(packed, &problem, &plan) != LUTGEMM_OK) return "none";
  std::string name = lutgemm_plan_kernel(plan);
  lutgemm_plan_free(plan);
  return name;
}

std::string MiB(size_t bytes) { return std::to_string((bytes + (1u << 19)) >> 20) + " MiB"; }

}  // namespace

void NotePacked(const BlocksOf& blocks, const Packed& packed) {
  if (!ThisOptions().summary) return;
  const std::lock_guard lock(mutex);
  Line& line = lines[blocks.type];
  const size_t bytes = lutgemm_gguf_bytes(blocks.type, blocks.n, blocks.k);
  size_t packed_bytes = 0;
  lutgemm_packed_blob(packed.packed, &packed_bytes);
  if (line.matrices == 0) {
    line.one_token = KernelFor(packed.packed, 1);
    line.many_tokens = KernelFor(packed.packed, 512);
  }
  ++line.matrices;
  line.bytes += bytes;
  line.packed_bytes += packed_bytes;
  if (!packed.exact) line.kept_bytes += bytes;
}

void SaySummary() {
  const std::lock_guard lock(mutex);
  for (const auto& [type, line] : lines) {
    std::string text = std::string(ThisHost().type_name(static_cast<int32_t>(type))) + ": " +
                       std::to_string(line.matrices) + " matrices, " + MiB(line.bytes) +
                       " packed to " + MiB(line.packed_bytes);
    if (line.kept_bytes > 0) text += ", " + MiB(line.kept_bytes) + " kept as they came";
    text += "; one token by " + line.one_token + ", 512 by " + line.many_tokens;
    Say(text);
  }
  lines.clear();
}

}  // namespace lutgemm_ggml
