#include "import/packed_ints.h"

#include "base/bits.h"
#include "base/for_blocks.h"
#include "import/act_order.h"
#include "import/spread.h"

#include <algorithm>

namespace lutgemm::importing {
namespace {

constexpr size_t kRows = 16;  // of one task

void ReadRow(const PackedInts& packed, size_t row, std::span<uint8_t> out) {
  const size_t row_bytes = packed.codes->bytes.size() / packed.info.n;
  const auto bytes = packed.codes->bytes.subspan(row * row_bytes, row_bytes);
  if (packed.plain) {
    std::ranges::transform(bytes, out.begin(), [](std::byte b) {
      return static_cast<uint8_t>(std::to_integer<uint8_t>(b) ^ 0x80);
    });
  } else if (packed.per_word != 0) {
    SpreadWords(packed, bytes, out);
  } else {
    SpreadBits(packed.bits, bytes, out);
  }
}

Status ReadRows(const PackedInts& packed, size_t block, std::vector<uint8_t>& codes) {
  const size_t n = packed.info.n, k = packed.info.k;
  std::vector<uint8_t> scratch(packed.order.empty() ? 0 : k);
  for (size_t row = block * kRows; row < std::min(n, (block + 1) * kRows); ++row) {
    const std::span<uint8_t> out = std::span(codes).subspan(row * k, k);
    ReadRow(packed, row, out);
    if (!packed.order.empty()) OrderCodes(packed.order, out, scratch);
  }
  return {};
}

// A way of reading rows of words.
struct Reading {
  unsigned bits;
  size_t per_word;
};

// The readings that give rows of k codes so many words. Old files never let a code cross words.
std::vector<Reading> ReadingsOf(const CheckpointConfig& config, size_t k, size_t words) {
  std::vector<Reading> readings;
  for (const unsigned bits : {2u, 3u, 4u, 5u, 6u, 8u}) {
    const auto& wanted = config.bits;
    if (!wanted.empty() && std::ranges::find(wanted, bits) == wanted.end()) continue;
    if (words == base::CeilDiv(k * bits, 32)) readings.push_back({bits, 0});
    const size_t per_word = 32 / bits;
    const bool differs = 32 % bits != 0 && k > per_word;
    if (differs && words == base::CeilDiv(k, per_word)) readings.push_back({bits, per_word});
  }
  return readings;
}

std::string TextOf(const Reading& reading) {
  if (reading.per_word == 0) return base::Cat(reading.bits, " bits");
  return base::Cat(reading.bits, " bits, ", reading.per_word, " codes in a word");
}

Status ChooseReading(const Parts& parts, const FileTensor& codes, PackedInts* packed) {
  const size_t words = codes.shape[1];
  const auto readings = ReadingsOf(parts.source().config, packed->info.k, words);
  if (readings.empty()) {
    return Unsupported(codes, "has ", words, " words for ", packed->info.k,
                       " channels, which codes of 2, 3, 4, 5, 6 or 8 bits, as the config has them, "
                       "do not make");
  }
  if (readings.size() > 1) {
    return Unsupported(codes, "may have ", TextOf(readings[0]), " or ", TextOf(readings[1]),
                       "; the config beside it does not say which");
  }
  packed->bits = readings[0].bits;
  packed->per_word = readings[0].per_word;
  return {};
}

// Sizes of a matrix in words, from weight_shape, which is [N, K].
Status TakeShape(Parts& parts, const std::string& prefix, const FileTensor& codes,
                 PackedInts* packed) {
  const Result<const FileTensor*> shape = parts.Need(prefix + "weight_shape");
  if (!shape.ok()) return shape.status();
  if (Status s = CheckTensor(**shape, {"I64"}, {2}); !s.ok()) return s;
  const uint64_t n = Load64((*shape)->bytes.data()), k = Load64((*shape)->bytes.data() + 8);
  if (n != codes.shape[0] || k < 1 || k > codes.shape[1] * 16) {  // 2 bits at least
    return Corrupt(**shape, "says ", n, " x ", k, " weights; ", base::Quote(codes.name), " has ",
                   codes.shape[0], " rows of ", codes.shape[1], " words");
  }
  packed->info.n = static_cast<size_t>(n);
  packed->info.k = static_cast<size_t>(k);
  return ChooseReading(parts, codes, packed);
}

// One scale for all weights, one for each row, or one for each group of a row.
Status TakeScales(Parts& parts, const std::string& prefix, PackedInts* packed) {
  const Result<const FileTensor*> needed = parts.Need(prefix + "weight_scale");
  if (!needed.ok()) return needed.status();
  const FileTensor& scales = **needed;
  packed->scales = &scales;
  const size_t n = packed->info.n;
  const bool single = std::ranges::all_of(scales.shape, [](uint64_t size) { return size == 1; });
  if (single && n > 1) {
    packed->info.group = kWholeTensor;
    return CheckFloats(scales, scales.shape);
  }
  const bool rows_only = scales.shape.size() < 2;
  const Sizes want = single ? scales.shape : rows_only ? Sizes{n} : Sizes{n, kAnySize};
  if (Status s = CheckFloats(scales, want); !s.ok()) return s;
  const size_t groups = rows_only || single ? 1 : scales.shape[1];
  const Result<uint32_t> group = GroupOf(parts.source(), scales, packed->info.k, groups);
  if (!group.ok()) return group.status();
  packed->info.group = *group;
  return {};
}

Status TakeOrder(Parts& parts, const std::string& prefix, PackedInts* packed) {
  const FileTensor* g_idx = parts.Find(prefix + "weight_g_idx");
  if (g_idx == nullptr) return {};
  if (Status s = CheckTensor(*g_idx, {"I32", "I64"}, {packed->info.k}); !s.ok()) return s;
  if (IsUnset(*g_idx)) return {};
  Result<std::vector<uint32_t>> order = OrderOf(*g_idx, packed->info);
  if (!order.ok()) return order.status();
  packed->order = std::move(*order);
  return {};
}

Status TakeZeroKind(Parts& parts, const std::string& prefix, PackedInts* packed) {
  packed->zeros = parts.Find(prefix + "weight_zero_point");
  if (packed->zeros == nullptr && parts.source().config.symmetric == false) {
    return Corrupt(*packed->codes, "comes without ", base::Quote(prefix + "weight_zero_point"),
                   ", which weights have where the config's symmetric is false");
  }
  const Result<std::vector<uint8_t>> zeros = ZerosOf(*packed);
  if (!zeros.ok()) return zeros.status();
  const unsigned middle = 1u << (packed->bits - 1);
  const bool none = std::ranges::all_of(*zeros, [middle](uint8_t z) { return z == middle; });
  packed->info.zero = none ? ZeroKind::kNone : ZeroKind::kInteger;
  return {};
}

}  // namespace

void SpreadWords(const PackedInts& packed, std::span<const std::byte> row, std::span<uint8_t> out) {
  const uint32_t mask = (1u << packed.bits) - 1;
  for (size_t i = 0; i < out.size(); ++i) {
    const uint32_t word = Load32(row.data() + i / packed.per_word * 4);
    out[i] = static_cast<uint8_t>(word >> (i % packed.per_word * packed.bits) & mask);
  }
}

Result<PackedInts> PlanOfInts(Parts& parts, const std::string& prefix, const FileTensor& codes) {
  PackedInts packed;
  packed.codes = &codes;
  packed.plain = codes.dtype == "I8";
  if (Status s = CheckTensor(codes, {"I32", "I8"}, {kAnySize, kAnySize}); !s.ok()) return s;
  Status status;
  if (packed.plain) {
    packed.bits = 8;
    packed.info.n = codes.shape[0];
    packed.info.k = codes.shape[1];
  } else {
    status = TakeShape(parts, prefix, codes, &packed);
  }
  if (status.ok()) status = TakeScales(parts, prefix, &packed);
  if (!status.ok()) return status;
  packed.info.format = *IntFormat(packed.bits);
  packed.info.scale = ScaleElem(*packed.scales);
  parts.weights.type =
      base::Cat(packed.plain ? "int-quantized " : "pack-quantized ", packed.bits, " bit");
  status = CheckedInfo(codes, packed.info);
  if (status.ok()) status = TakeOrder(parts, prefix, &packed);
  if (status.ok()) status = TakeZeroKind(parts, prefix, &packed);
  if (!status.ok()) return status;
  return packed;
}

Result<ImportedWeights> ReadInts(const PackedInts& packed, Threads* threads) {
  ImportedWeights imported{Empty(packed.info), packed.order};
  Status loaded = LoadScales(*packed.scales, packed.info.scale, 0, imported.matrix.scales);
  if (!loaded.ok()) return loaded;
  if (packed.info.zero == ZeroKind::kInteger) {
    Result<std::vector<uint8_t>> zeros = ZerosOf(packed);
    if (!zeros.ok()) return zeros.status();
    imported.matrix.zeros = std::move(*zeros);
  }
  const Status status =
      base::ForBlocks(threads, base::CeilDiv(packed.info.n, kRows),
                      [&](size_t block) { return ReadRows(packed, block, imported.matrix.codes); });
  if (!status.ok()) return status;
  return imported;
}

}  // namespace lutgemm::importing
