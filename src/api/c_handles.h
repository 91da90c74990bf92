// What the handles of the C interface hold.
#ifndef LUTGEMM_API_C_HANDLES_H_
#define LUTGEMM_API_C_HANDLES_H_

#include <lutgemm/lutgemm.h>

#include <lutgemm/lutgemm.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct lutgemm_threads {
  std::unique_ptr<lutgemm::Threads> threads;
};

struct lutgemm_packed {
  lutgemm::PackedWeights weights;
};

struct lutgemm_quantized {
  lutgemm::QuantizedMatrix matrix;
  lutgemm_codebook book;            // that of the matrix
  std::vector<uint32_t> act_order;  // of imported weights that need one
};

struct lutgemm_checkpoint {
  explicit lutgemm_checkpoint(lutgemm::TensorFile opened) : file(std::move(opened)) {
    metadata.reserve(file.metadata().size());
    for (const auto& entry : file.metadata()) metadata.push_back(&entry);
  }

  lutgemm::TensorFile file;
  // Entries of the file's metadata by ascending key, found by index at once.
  std::vector<const std::pair<const std::string, std::string>*> metadata;
};

struct lutgemm_importer {
  explicit lutgemm_importer(lutgemm::Importer opened);

  lutgemm::Importer importer;
  std::vector<const char*> tensors;  // of all weights, one after the other
  std::vector<size_t> first_tensor;  // of each
};

struct lutgemm_file {
  lutgemm::PackedFile file;
};

struct lutgemm_writer {
  lutgemm::PackedWriter writer;
};

struct lutgemm_plan {
  lutgemm::Plan plan;
  // Made by the first call that asks for it; of several at once one makes the text that stays.
  mutable std::atomic<const std::string*> explain = nullptr;

  ~lutgemm_plan() { delete explain.load(std::memory_order_acquire); }
};

struct lutgemm_experts {
  lutgemm::ExpertPlan plan;
};

struct lutgemm_kv_cache {
  lutgemm::KvCache cache;
};

namespace lutgemm::capi {

inline Threads* ThreadsOf(lutgemm_threads* threads) noexcept {
  return threads != nullptr ? threads->threads.get() : nullptr;
}

}  // namespace lutgemm::capi

#endif  // LUTGEMM_API_C_HANDLES_H_
