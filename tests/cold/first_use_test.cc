// The very first use of the library in a process, while memory runs out: what it sets up then fails
// as a call does, and is set up by the next call. Every attempt is a process of its own, forked
// before this one has used anything.
#include "base/text.h"
#include "plan/active_profile.h"
#include "support/replace_malloc.h"

#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lutgemm/lutgemm.hpp>

#include <cstdlib>
#include <functional>
#include <vector>

namespace lutgemm {
namespace {

using test::Attempt;

constexpr char kFile[] = LUTGEMM_TEST_DIR "/golden/packed_v1.safetensors";

enum Exit { kRight = 0, kNoFailureLeft = 1, kWrong = 2 };

// Runs one attempt in a child: `body` fails for want of memory or is right, and then, with memory,
// is right.
int InChild(size_t nth, bool later, const std::function<Code()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    Attempt attempt(nth, later);
    const Code code = attempt(body);
    if (code != Code::kOk && !(attempt.failed() && code == Code::kOutOfMemory)) _exit(kWrong);
    if (body() != Code::kOk) _exit(kWrong);
    _exit(attempt.failed() ? kRight : kNoFailureLeft);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kWrong;
}

void Walk(const char* name, const std::function<Code()>& body) {
  for (const bool later : {false, true}) {
    for (size_t nth = 0;; ++nth) {
      const int end = InChild(nth, later, body);
      INFO(name, ", allocation ", nth, later ? " and all after it" : "");
      CHECK(end != kWrong);
      if (end == kNoFailureLeft || nth > 2000) break;
    }
  }
}

Result<PackedWeights> SmallWeights() {
  QuantizedMatrix matrix;
  matrix.info.n = 3;
  matrix.info.k = 8;
  matrix.codes.assign(24, 5);
  matrix.scales.assign(3, 0.5f);
  return Pack(matrix);
}

TEST_CASE("the first call of a process") {
  static const std::vector<float> values(33 * 64, 0.5f);
  Walk("lists", [] {
    lutgemm_kernel_info info = LUTGEMM_KERNEL_INFO_INIT;
    if (lutgemm_target_count() == 0 || lutgemm_target_name(0) == nullptr) return Code::kOutOfMemory;
    return Code{lutgemm_kernel(0, &info)};
  });
  Walk("pack", [] {
    lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
    lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
    matrix.data = values.data();
    matrix.rows = 33;
    matrix.cols = 64;
    lutgemm_packed* packed = nullptr;
    const lutgemm_status status = lutgemm_pack(&matrix, &spec, nullptr, &packed);
    lutgemm_packed_free(packed);
    return Code{status};
  });
  Walk("plan", [] {
    // The weights take memory as well, which is why this is not all of what is tested.
    const Result<PackedWeights> weights = base::Guarded(SmallWeights);
    if (!weights.ok()) return weights.status().code();
    return MakePlan(*weights, {}).status().code();
  });
  Walk("threads", [] { return MakeThreads(0).status().code(); });
  Walk("cache", [] {
    KvCacheSpec spec;
    spec.capacity = 2;
    return KvCache::Make(spec).status().code();
  });
  Walk("facts", [] { return GetCpuFacts().cores == 0 ? Code::kInternal : Code::kOk; });
  Walk("file", [] {
    lutgemm_file* file = nullptr;
    const lutgemm_status status = lutgemm_file_open(kFile, 1, &file);
    lutgemm_file_free(file);
    return Code{status};
  });
  Walk("checkpoint", [] {
    lutgemm_checkpoint* checkpoint = nullptr;
    const lutgemm_status status = lutgemm_checkpoint_open(kFile, &checkpoint);
    lutgemm_checkpoint_free(checkpoint);
    return Code{status};
  });
  Walk("writer", [] {
    lutgemm_writer* writer = nullptr;
    const lutgemm_status status = lutgemm_writer_create(&writer);
    lutgemm_writer_free(writer);
    return Code{status};
  });
  Walk("C cache", [] {
    lutgemm_kv_cache_spec spec = LUTGEMM_KV_CACHE_SPEC_INIT;
    spec.capacity = 2;
    lutgemm_kv_cache* cache = nullptr;
    const lutgemm_status status = lutgemm_kv_cache_create(&spec, &cache);
    lutgemm_kv_cache_free(cache);
    return Code{status};
  });
  Walk("error", [] {
    lutgemm_plan* plan = nullptr;
    const lutgemm_status status = lutgemm_plan_create(nullptr, nullptr, &plan);
    return status == LUTGEMM_BAD_ARGUMENT ? Code::kOk : Code{status};
  });
}

TEST_CASE("a profile that there was no memory to read is read by the next plan") {
  REQUIRE(setenv("LUTGEMM_PROFILE", LUTGEMM_TEST_DIR "/CMakeLists.txt", 1) == 0);
  Walk("profile", [] {
    const Status status = base::Guarded([] { return plan::TheActiveProfile().status; });
    if (status.code() == Code::kOutOfMemory) return Code::kOutOfMemory;
    return status.code() == Code::kUnsupportedFormat ? Code::kOk : Code::kInternal;
  });
}

}  // namespace
}  // namespace lutgemm
