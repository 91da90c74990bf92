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

constexpr size_t kWords = 16, kStripe = 8 * kWords;  // outputs: a cache line of words
constexpr size_t kRun = 64;                          // channels

// Swaps the fields of `width` bits above those of `mask` in a with those of `mask` in b.
constexpr void Swap(uint64_t& a, uint64_t& b, unsigned width, uint64_t mask) {
  const uint64_t t = ((a >> width) ^ b) & mask;
  a ^= t << width;
  b ^= t;
}

// Byte j of word i becomes byte i of word j.
constexpr void Turn(std::array<uint64_t, 8>& words) {
  for (unsigned i = 0; i < 4; ++i) Swap(words[i], words[i + 4], 32, 0x00000000ffffffffu);
  for (const unsigned i : {0, 1, 4, 5}) Swap(words[i], words[i + 2], 16, 0x0000ffff0000ffffu);
  for (const unsigned i : {0, 2, 4, 6}) Swap(words[i], words[i + 1], 8, 0x00ff00ff00ff00ffu);
}

// Channels [first, first + run) of the 8 outputs of word `word` into rows of kRun codes.
void TurnWord(const Awq& awq, size_t word, size_t first, std::span<uint8_t, 8 * kRun> tile,
              size_t run) {
  const size_t stride = awq.info.n / 8;
  const std::byte* source = awq.qweight->bytes.data() + 4 * (first * stride + word);
  for (size_t k = 0; k < run; k += 8) {
    std::array<uint64_t, 8> codes{};
    for (size_t i = 0; i < std::min<size_t>(8, run - k); ++i) {
      codes[i] = Spread8<4>(Load32(source + 4 * (k + i) * stride));
    }
    Turn(codes);
    for (unsigned t = 0; t < 8; ++t) {
      std::memcpy(tile.data() + kAwqOrder[t] * kRun + k, &codes[t], 8);
    }
  }
}

void TurnStripe(const Awq& awq, size_t begin, size_t end, uint8_t* codes) {
  const size_t k = awq.info.k;
  alignas(64) uint8_t tile[kStripe * kRun];
  for (size_t first = 0; first < k; first += kRun) {
    const size_t run = std::min(kRun, k - first);
    for (size_t row = begin; row < end; row += 8) {
      const std::span<uint8_t, 8 * kRun> part(tile + (row - begin) * kRun, 8 * kRun);
      TurnWord(awq, row / 8, first, part, run);
    }
    for (size_t row = begin; row < end; ++row) {
      std::memcpy(codes + row * k + first, tile + (row - begin) * kRun, run);
    }
  }
}

Result<ImportedWeights> Read(const Awq& awq, Threads* threads) {
  ImportedWeights imported{Empty(awq.info), {}};
  const size_t n = awq.info.n;
  const Status status =
      base::ForBlocks(threads, base::CeilDiv(n, kStripe), [&](size_t block) -> Status {
        const size_t begin = block * kStripe, end = std::min(n, begin + kStripe);
        TurnStripe(awq, begin, end, imported.matrix.codes.data());
        Status taken = TransposeScales(*awq.scales, begin, end, &imported.matrix);
        return taken.ok() ? TakeZeros(awq.zeros, begin, end, &imported.matrix) : taken;
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
