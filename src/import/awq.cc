// AWQ as AutoAWQ's "gemm" kernels have it: qweight has a row for each channel, whose words hold 8
// outputs each in the order of kAwqOrder; qzeros the same for each group. 4 bits.
#include "base/bits.h"
#include "base/for_blocks.h"
#include "import/spread.h"
#include "import/tensors.h"
#include "import/zeros.h"

#include <algorithm>
#include <array>

namespace lutgemm::importing {
namespace {

struct Awq {
  WeightInfo info;
  const FileTensor* qweight = nullptr;
  const FileTensor* scales = nullptr;
  Zeros zeros;
};

// A task takes so many words of the rows of so many channels: enough of each row that the next is
// not waited for, and tasks for many threads.
constexpr size_t kWords = 64, kStripe = 8 * kWords, kPart = 1024;
constexpr size_t kRun = 128;          // channels that are turned, then written
constexpr size_t kTurned = kRun / 8;  // words of an output, with 8 channels each
using Square = std::array<std::array<uint32_t, kWords>, 8>;

// Swaps fields of `kWidth` bits: those above those of kMask in a with those of kMask in b.
template <unsigned kWidth, uint32_t kMask>
void Swap(std::array<uint32_t, kWords>& a, std::array<uint32_t, kWords>& b) {
  for (size_t w = 0; w < kWords; ++w) {
    const uint32_t t = ((a[w] >> kWidth) ^ b[w]) & kMask;
    a[w] ^= t << kWidth;
    b[w] ^= t;
  }
}

// Nibble j of row i becomes nibble i of row j, in each column.
void Turn(Square& square) {
  for (unsigned i = 0; i < 4; ++i) Swap<16, 0x0000ffffu>(square[i], square[i + 4]);
  for (const unsigned i : {0, 1, 4, 5}) Swap<8, 0x00ff00ffu>(square[i], square[i + 2]);
  for (const unsigned i : {0, 2, 4, 6}) Swap<4, 0x0f0f0f0fu>(square[i], square[i + 1]);
}

// The words of 8 channels, as far as there are so many, as words of single outputs.
void TurnWords(const Awq& awq, size_t channel, size_t begin, std::span<uint32_t> tile) {
  const size_t stride = awq.info.n / 8, words = std::min(kWords, stride - begin / 8);
  Square square{};
  for (size_t i = 0; i < std::min<size_t>(8, awq.info.k - channel); ++i) {
    const std::byte* row = awq.qweight->bytes.data() + 4 * ((channel + i) * stride + begin / 8);
    std::memcpy(square[i].data(), row, 4 * words);
  }
  Turn(square);
  for (unsigned t = 0; t < 8; ++t) {
    for (size_t w = 0; w < kWords; ++w) tile[(8 * w + kAwqOrder[t]) * kTurned] = square[t][w];
  }
}

// Codes of outputs [begin, end), channels [first, last).
struct Block {
  size_t begin, end, first, last;
};

void TurnBlock(const Awq& awq, const Block& block, uint8_t* codes) {
  uint32_t tile[kStripe * kTurned];
  for (size_t first = block.first; first < block.last; first += kRun) {
    const size_t run = std::min(kRun, block.last - first);
    for (size_t at = 0; at < run; at += 8) {
      TurnWords(awq, first + at, block.begin, std::span(tile).subspan(at / 8));
    }
    for (size_t row = block.begin; row < block.end; ++row) {
      const auto words = std::span(tile).subspan((row - block.begin) * kTurned, kTurned);
      SpreadBits<4>(std::as_bytes(words), {codes + row * awq.info.k + first, run});
    }
  }
}

Result<ImportedWeights> Read(const Awq& awq, Threads* threads) {
  ImportedWeights imported{Empty(awq.info), {}};
  const size_t n = awq.info.n, k = awq.info.k, parts = base::CeilDiv(k, kPart);
  const size_t blocks = base::CeilDiv(n, kStripe) * parts;
  const Status status = base::ForBlocks(threads, blocks, [&](size_t i) -> Status {
    const size_t begin = i / parts * kStripe, first = i % parts * kPart;
    const Block block{begin, std::min(n, begin + kStripe), first, std::min(k, first + kPart)};
    TurnBlock(awq, block, imported.matrix.codes.data());
    if (first != 0) return {};
    Status taken = TransposeScales(*awq.scales, begin, block.end, &imported.matrix);
    return taken.ok() ? TakeZeros(awq.zeros, begin, block.end, &imported.matrix) : taken;
  });
  if (!status.ok()) return status;
  return imported;
}

// Other kernels have other layouts, which shapes do not tell.
Status CheckVersion(const Source& source, const FileTensor& qweight) {
  const CheckpointConfig& config = source.config;
  if (config.method != "awq") return {};
  if (!config.version.empty() && config.version != "gemm") {
    return Unsupported(qweight, config.path, " says that the version is ",
                       base::Quote(config.version), "; only gemm is read");
  }
  for (const uint64_t bits : config.bits) {
    if (bits != 4) {
      return Unsupported(qweight, config.path, " says ", bits,
                         " bits; AWQ is read with 4 bits only");
    }
  }
  return {};
}

Result<Awq> PlanOf(Parts& parts, const FileTensor& qweight) {
  if (Status s = CheckVersion(parts.source(), qweight); !s.ok()) return s;
  const std::string prefix = *WithoutEnding(qweight.name, "qweight");
  if (Status s = CheckTensor(qweight, {"I32"}, {kAnySize, kAnySize}); !s.ok()) return s;
  const Result<const FileTensor*> qzeros = parts.Need(prefix + "qzeros");
  if (!qzeros.ok()) return qzeros.status();
  const Result<const FileTensor*> scales = parts.Need(prefix + "scales");
  if (!scales.ok()) return scales.status();
  const size_t k = qweight.shape[0], words = qweight.shape[1];
  if (Status s = CheckFloats(**scales, {kAnySize, 8 * words}); !s.ok()) return s;
  const size_t groups = (*scales)->shape[0];
  if (Status s = CheckTensor(**qzeros, {"I32"}, {groups, words}); !s.ok()) return s;
  const Result<uint32_t> group = GroupOf(parts.source(), **scales, k, groups);
  if (!group.ok()) return group.status();
  Awq awq{{}, &qweight, *scales, {*qzeros, 4, 0, true}};
  awq.info = {WeightFormat::kInt4, ZeroKind::kInteger, ScaleElem(**scales), 8 * words, k, *group};
  if (Status s = CheckedInfo(qweight, awq.info); !s.ok()) return s;
  if (AllZerosAre(awq.zeros, awq.info, 8)) awq.info.zero = ZeroKind::kNone;
  return awq;
}

// The tensors of GPTQ have the same names; its qweight has a word for one output.
bool LooksLikeAwq(const Source& source, const FileTensor& qweight) {
  const auto prefix = WithoutEnding(qweight.name, "qweight");
  if (!prefix) return false;
  if (source.options.convention != Convention::kAuto || source.config.HasMethod()) return true;
  const FileTensor* scales = source.file.Find(*prefix + "scales");
  return scales != nullptr && scales->shape.size() == 2 && qweight.shape.size() == 2 &&
         scales->shape[1] / 8 == qweight.shape[1] && scales->shape[1] % 8 == 0 &&
         !qweight.bytes.empty();
}

}  // namespace

Status FindAwq(const Source& source, std::vector<Found>* found) {
  if (!Wanted(source, Convention::kAwq, "awq")) return {};
  for (const FileTensor& qweight : source.file.tensors()) {
    if (!LooksLikeAwq(source, qweight)) continue;
    Parts parts(source, *WithoutEnding(qweight.name, "qweight") + "weight");
    parts.Add(qweight);
    parts.weights.type = "awq 4 bit";
    Result<Awq> plan = PlanOf(parts, qweight);
    List(std::move(parts), std::move(plan), Read, found);
  }
  return {};
}

}  // namespace lutgemm::importing
