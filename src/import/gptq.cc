// GPTQ: qweight holds codes in words along K, one column for each output; qzeros holds zero points
// in words along N, one row for each group, in version 1 of the format one less than they are.
// (AutoGPTQ and GPTQModel, the linear modules' pack.)
#include "base/bits.h"
#include "base/for_blocks.h"
#include "import/act_order.h"
#include "import/config.h"
#include "import/spread.h"
#include "import/tensors.h"
#include "import/zeros.h"

#include <algorithm>

namespace lutgemm::importing {
namespace {

struct Gptq {
  WeightInfo info;
  const FileTensor* qweight = nullptr;
  const FileTensor* scales = nullptr;
  const FileTensor* g_idx = nullptr;  // null where there is none, or an empty one
  Zeros zeros;
  std::vector<uint32_t> order;
};

// Outputs whose words are gathered together, whole cache lines of qweight, and codes of each of
// them that are written then.
constexpr size_t kStripe = 64, kRun = 256;

struct Stripe {
  size_t begin, outputs;
};

// Words of the outputs from row `row` of words on, each output's in a row of the tile.
void GatherWords(const Gptq& gptq, const Stripe& stripe, size_t row, std::span<uint32_t> tile) {
  const size_t n = gptq.info.n, of_output = tile.size() / kStripe;
  const size_t rows = std::min<size_t>(of_output, gptq.qweight->shape[0] - row);
  for (size_t r = 0; r < rows; ++r) {
    const std::byte* words = gptq.qweight->bytes.data() + 4 * ((row + r) * n + stripe.begin);
    for (size_t j = 0; j < stripe.outputs; ++j) tile[j * of_output + r] = Load32(words + 4 * j);
  }
}

template <unsigned kBits>
void TurnStripe(const Gptq& gptq, const Stripe& stripe, uint8_t* codes) {
  constexpr size_t kWords = kRun / 32 * kBits;  // of an output
  const size_t k = gptq.info.k;
  uint32_t tile[kStripe * kWords + 2];  // the last codes are loaded with 8 bytes behind them
  for (size_t first = 0; first < k; first += kRun) {
    GatherWords(gptq, stripe, first / 32 * kBits, std::span(tile).first(kStripe * kWords));
    const size_t run = std::min(kRun, k - first);
    for (size_t j = 0; j < stripe.outputs; ++j) {
      const auto stream = std::as_bytes(std::span(tile).subspan(j * kWords, kWords + 2));
      SpreadBits<kBits>(stream, {codes + (stripe.begin + j) * k + first, run});
    }
  }
}

Result<ImportedWeights> Read(const Gptq& gptq, Threads* threads) {
  ImportedWeights imported{Empty(gptq.info), gptq.order};
  QuantizedMatrix& matrix = imported.matrix;
  const size_t n = gptq.info.n, k = gptq.info.k;
  const Status status =
      base::ForBlocks(threads, base::CeilDiv(n, kStripe), [&](size_t block) -> Status {
        const size_t begin = block * kStripe, end = std::min(n, begin + kStripe);
        WithBits(gptq.zeros.bits, [&]<unsigned kBits>() {
          TurnStripe<kBits>(gptq, {begin, end - begin}, matrix.codes.data());
        });
        if (!gptq.order.empty()) {
          std::vector<uint8_t> scratch(k);
          for (size_t row = begin; row < end; ++row) {
            OrderCodes(gptq.order, std::span(matrix.codes).subspan(row * k, k), scratch);
          }
        }
        Status taken = TransposeScales(*gptq.scales, begin, end, &matrix);
        return taken.ok() ? TakeZeros(gptq.zeros, begin, end, &matrix) : taken;
      });
  if (!status.ok()) return status;
  return imported;
}

// Bits of a code. Shapes say it, because tools may give some modules more bits than others: qzeros
// has as many words per 32 outputs as a code has bits, and g_idx an element for each channel. The
// config decides where few outputs leave several.
Result<unsigned> BitsOf(const Gptq& gptq, const CheckpointConfig& config) {
  const size_t rows = gptq.qweight->shape[0], n = gptq.qweight->shape[1];
  const size_t words = gptq.zeros.tensor->shape[1];
  const size_t channels = gptq.g_idx != nullptr ? gptq.g_idx->shape[0] : 0;
  std::vector<unsigned> fit;
  for (const unsigned bits : {2u, 3u, 4u, 8u}) {
    const bool whole = rows * 32 % bits == 0 && (channels == 0 || rows * 32 / bits == channels);
    if (whole && words == base::CeilDiv(n * bits, 32)) fit.push_back(bits);
  }
  if (fit.size() > 1) {
    std::erase_if(
        fit, [&](unsigned b) { return std::ranges::find(config.bits, b) == config.bits.end(); });
  }
  if (fit.size() == 1) return fit[0];
  return Corrupt(
      *gptq.qweight, "has ", rows, " words for each of ", n, " outputs, and ",
      base::Quote(gptq.zeros.tensor->name), " ", words,
      " for each group; no one of 2, 3, 4 and 8 bits goes with both, with the channels of "
      "g_idx, and with the bits of the config");
}

Status FindTensors(Parts& parts, Gptq* gptq) {
  const std::string prefix = *WithoutEnding(gptq->qweight->name, "qweight");
  if (Status s = CheckTensor(*gptq->qweight, {"I32"}, {kAnySize, kAnySize}); !s.ok()) return s;
  const Result<const FileTensor*> qzeros = parts.Need(prefix + "qzeros");
  if (!qzeros.ok()) return qzeros.status();
  const Result<const FileTensor*> scales = parts.Need(prefix + "scales");
  if (!scales.ok()) return scales.status();
  const size_t n = gptq->qweight->shape[1];
  if (Status s = CheckFloats(**scales, {kAnySize, n}); !s.ok()) return s;
  if (Status s = CheckTensor(**qzeros, {"I32"}, {(*scales)->shape[0], kAnySize}); !s.ok()) return s;
  gptq->scales = *scales;
  gptq->zeros.tensor = *qzeros;
  gptq->g_idx = parts.Find(prefix + "g_idx");
  if (gptq->g_idx != nullptr && gptq->g_idx->bytes.empty()) gptq->g_idx = nullptr;
  if (gptq->g_idx == nullptr) return {};
  return CheckTensor(*gptq->g_idx, {"I32", "I64"}, {kAnySize});
}

Status CheckShapes(Parts& parts, Gptq* gptq) {
  if (Status s = FindTensors(parts, gptq); !s.ok()) return s;
  const Result<unsigned> bits = BitsOf(*gptq, parts.source().config);
  if (!bits.ok()) return bits.status();
  gptq->zeros.bits = *bits;
  gptq->info.format = *IntFormat(*bits);
  gptq->info.scale = ScaleElem(*gptq->scales);
  gptq->info.n = gptq->qweight->shape[1];
  gptq->info.k = gptq->qweight->shape[0] * 32 / *bits;
  const size_t groups = gptq->scales->shape[0];
  const Result<uint32_t> group = GroupOf(parts.source(), *gptq->scales, gptq->info.k, groups);
  if (!group.ok()) return group.status();
  gptq->info.group = *group;
  return CheckedInfo(*gptq->qweight, gptq->info);
}

// Without g_idx nothing but group_size says which channels share a scale.
Status CheckGroups(const Parts& parts, const Gptq& gptq) {
  const auto& sizes = parts.source().config.groups;
  if (gptq.g_idx != nullptr || sizes.empty()) return {};
  const size_t k = gptq.info.k, groups = gptq.scales->shape[0];
  const bool fits = std::ranges::any_of(sizes, [&](uint64_t size) {
    const uint64_t length = size == 0 ? k : size;
    return length != kNoGroup && (k - 1) / length + 1 == groups;
  });
  if (fits) return {};
  return Unsupported(*gptq.scales, "has ", groups, " groups of ", k,
                     " channels, which no group_size of the config makes, and there is no g_idx");
}

Result<Gptq> PlanOf(Parts& parts, const FileTensor& qweight, uint32_t plus) {
  Gptq gptq;
  gptq.qweight = &qweight;
  gptq.zeros.plus = plus;
  if (Status s = CheckShapes(parts, &gptq); !s.ok()) return s;
  parts.weights.type = base::Cat("gptq ", gptq.zeros.bits, " bit");
  if (Status s = CheckGroups(parts, gptq); !s.ok()) return s;
  if (gptq.g_idx != nullptr) {
    Result<std::vector<uint32_t>> order = OrderOf(*gptq.g_idx, gptq.info);
    if (!order.ok()) return order.status();
    gptq.order = std::move(*order);
  }
  const bool middle = AllZerosAre(gptq.zeros, gptq.info, 1u << (gptq.zeros.bits - 1));
  gptq.info.zero = middle ? ZeroKind::kNone : ZeroKind::kInteger;
  return gptq;
}

// The tensors of AWQ have the same names; its qweight has a word for 8 outputs.
bool LooksLikeGptq(const Source& source, const FileTensor& qweight) {
  const auto prefix = WithoutEnding(qweight.name, "qweight");
  if (!prefix) return false;
  if (source.options.convention != Convention::kAuto || source.config.HasMethod()) return true;
  const FileTensor* scales = source.file.Find(*prefix + "scales");
  return scales != nullptr && scales->shape.size() == 2 && qweight.shape.size() == 2 &&
         scales->shape[1] == qweight.shape[1];
}

// Formats of GPTQ that are not these, for kernels of one kind of hardware.
Status CheckFormat(const Source& source, const FileTensor& qweight) {
  const CheckpointConfig& config = source.config;
  const bool known = config.format.empty() || config.format == "gptq" ||
                     config.format == "gptq_v2" || config.method != "gptq";
  if (known && !config.marlin) return {};
  return Unsupported(qweight, config.path, " says that the checkpoint_format is ",
                     base::Quote(config.marlin ? "marlin" : config.format),
                     "; only gptq and gptq_v2 are read");
}

Status FindAll(const Source& source, uint32_t plus, std::vector<Found>* found) {
  for (const FileTensor& qweight : source.file.tensors()) {
    if (!LooksLikeGptq(source, qweight)) continue;
    Parts parts(source, *WithoutEnding(qweight.name, "qweight") + "weight");
    parts.Add(qweight);
    parts.weights.type = "gptq";
    Status format = CheckFormat(source, qweight);
    Result<Gptq> plan = format.ok() ? PlanOf(parts, qweight, plus) : Result<Gptq>(format);
    List(std::move(parts), std::move(plan), Read, found);
  }
  return {};
}

// Whether every matrix that can be read would be symmetric, if its zeros were stored so. Then they
// are, because no tool chooses the middle of the range but for symmetric weights.
bool AllSymmetric(const Source& source, uint32_t plus) {
  std::vector<Found> all;
  if (!FindAll(source, plus, &all).ok()) return false;
  return std::ranges::all_of(all, [](const Found& one) {
    return !one.weights.refusal.empty() || one.weights.info.zero == ZeroKind::kNone;
  });
}

// Version 1 is what configs mean that do not say a format. Without a config symmetric weights tell.
bool MayBe(const Source& source, bool version1) {
  const Convention convention = version1 ? Convention::kGptq : Convention::kGptqV2;
  if (!Wanted(source, convention, "gptq")) return false;
  if (source.options.convention != Convention::kAuto) return true;
  if (source.config.HasMethod()) return (source.config.format != "gptq_v2") == version1;
  const bool symmetric1 = AllSymmetric(source, 1);
  return version1 ? symmetric1 || !AllSymmetric(source, 0) : !symmetric1;
}

}  // namespace

Status FindGptq(const Source& source, std::vector<Found>* found) {
  return MayBe(source, true) ? FindAll(source, 1, found) : Status();
}

Status FindGptqV2(const Source& source, std::vector<Found>* found) {
  return MayBe(source, false) ? FindAll(source, 0, found) : Status();
}

}  // namespace lutgemm::importing
