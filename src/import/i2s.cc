#include "import/i2s.h"

#include "base/bits.h"
#include "base/text.h"
#include "base/weights_shape.h"

#include <lutgemm/threads.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

namespace lutgemm::importing {
namespace {

using base::MakeStatus;

// A task reads so many weights.
constexpr size_t kTaskWeights = size_t{1} << 16;
constexpr size_t kTailBytes = 32;

// Weights of a block; a quarter of them is its bytes and the distance of weights in one byte, whose
// highest bits hold the first.
size_t BlockOf(I2sOrder order) { return order == I2sOrder::kX86 ? 128 : 64; }

template <size_t kBytes>
void ReadBlock(const uint8_t* from, uint8_t* codes) {
  for (size_t j = 0; j < 4; ++j) {
    for (size_t i = 0; i < kBytes; ++i) {
      codes[j * kBytes + i] = static_cast<uint8_t>(from[i] >> (6 - 2 * j) & 3);
    }
  }
}

struct I2sJob {
  const uint8_t* from;
  uint8_t* codes;
  size_t weights;
  size_t block;
  std::atomic<bool> bad = false;
};

void I2sTask(void* context, size_t task) {
  auto& job = *static_cast<I2sJob*>(context);
  const size_t begin = task * kTaskWeights, end = std::min(begin + kTaskWeights, job.weights);
  for (size_t at = begin; at < end; at += job.block) {
    const uint8_t* from = job.from + at / 4;
    job.block == 128 ? ReadBlock<32>(from, job.codes + at) : ReadBlock<16>(from, job.codes + at);
  }
  uint8_t largest = 0;
  for (size_t at = begin; at < end; ++at) largest = std::max(largest, job.codes[at]);
  if (largest > 2) job.bad.store(true, std::memory_order_relaxed);
}

}  // namespace

Result<WeightInfo> I2sInfo(const FileTensor& tensor, I2sOrder order) {
  if (order != I2sOrder::kX86 && order != I2sOrder::kArm) {
    return Status(Code::kUnsupportedFormat,
                  "I2_S has its codes in the order of x86 or in that of Arm, by the machine that "
                  "made the file, which does not say which; choose one by options.i2s_order");
  }
  const size_t dims = tensor.shape.size();
  if (dims != 1 && dims != 2) {
    return MakeStatus(Code::kBadShape, "it has ", dims, " dimensions; I2_S has 1 or 2");
  }
  WeightInfo info;
  info.format = WeightFormat::kTernary;
  info.scale = Elem::kF32;
  info.group = kWholeTensor;
  info.n = dims == 2 ? static_cast<size_t>(tensor.shape[0]) : 1;
  info.k = static_cast<size_t>(tensor.shape[dims - 1]);
  if (Status status = base::CheckShape(info.n, info.k); !status.ok()) return status;
  if (info.n * info.k % BlockOf(order) != 0) {
    return MakeStatus(Code::kBadShape, info.n, " x ", info.k, " weights are not whole blocks of ",
                      BlockOf(order), " (I2_S)");
  }
  return info;
}

Result<QuantizedMatrix> ReadI2s(const FileTensor& tensor, I2sOrder order, Threads* threads) {
  const Result<WeightInfo> info = I2sInfo(tensor, order);
  if (!info.ok()) return info.status();
  const size_t weights = info->n * info->k;
  if (tensor.bytes.size() != weights / 4 + kTailBytes) {
    return MakeStatus(Code::kBadShape, tensor.bytes.size(), " bytes for ", weights,
                      " weights of I2_S; they take ", weights / 4 + kTailBytes);
  }
  QuantizedMatrix matrix;
  matrix.info = *info;
  matrix.scales.resize(1);
  std::memcpy(matrix.scales.data(), tensor.bytes.data() + weights / 4, sizeof(float));
  if (!std::isfinite(matrix.scales[0])) {
    return MakeStatus(Code::kNotFinite, "the scale of I2_S is ", matrix.scales[0]);
  }
  matrix.codes.resize(weights);
  I2sJob job{reinterpret_cast<const uint8_t*>(tensor.bytes.data()), matrix.codes.data(), weights,
             BlockOf(order)};
  const size_t tasks = base::CeilDiv(weights, kTaskWeights);
  if (threads != nullptr && tasks > 1) {
    threads->ParallelFor(tasks, I2sTask, &job);
  } else {
    for (size_t task = 0; task < tasks; ++task) I2sTask(&job, task);
  }
  if (!job.bad) return matrix;
  const auto at = std::ranges::find(matrix.codes, 3) - matrix.codes.begin();
  return MakeStatus(Code::kCorruptFile, "weight ", at, " has the pair 3, which I2_S does not use");
}

}  // namespace lutgemm::importing
