// bitsandbytes, 4 bits: weight holds the codes of flattened rows, the high half of a byte first;
// absmax a scale for each block of them, as f32 or as bytes that nested_quant_map, nested_absmax
// and an offset turn into one (its dequantize_4bit and dequantize_blockwise, in f32).
#include "base/bits.h"
#include "base/for_blocks.h"
#include "format/codebook.h"
#include "import/quant_state.h"
#include "import/spread.h"
#include "import/tensors.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::importing {
namespace {

struct Blockwise {
  WeightInfo info;
  Codebook book;
  QuantState state;
  const FileTensor* codes = nullptr;
  const FileTensor* absmax = nullptr;
  const FileTensor* nested_absmax = nullptr;  // and map: where absmax is bytes
  const FileTensor* nested_map = nullptr;
};

constexpr size_t kRows = 16;  // of one task
constexpr std::string_view kState = ".quant_state.bitsandbytes__";

float FloatAt(const FileTensor& tensor, size_t i) {
  return std::bit_cast<float>(Load32(tensor.bytes.data() + 4 * i));
}

// The scale of a block. Products and sums are rounded to f32 one by one, as its reader does it.
Result<float> ScaleOf(const Blockwise& blockwise, size_t block) {
  const FileTensor& absmax = *blockwise.absmax;
  float scale = 0;
  if (blockwise.nested_map == nullptr) {
    scale = FloatAt(absmax, block);
  } else {
    const auto code = std::to_integer<size_t>(absmax.bytes[block]);
    const size_t nested = block / static_cast<size_t>(blockwise.state.nested_block);
    scale = FloatAt(*blockwise.nested_map, code) * FloatAt(*blockwise.nested_absmax, nested);
    scale = scale + blockwise.state.nested_offset;
  }
  if (std::isfinite(scale)) return scale;
  return About(Code::kNotFinite, absmax, "the scale of block ", block, " is ", scale,
               "; scales must be finite");
}

Status ReadRow(const Blockwise& blockwise, size_t row, std::span<std::byte> turned,
               QuantizedMatrix* matrix) {
  const size_t k = blockwise.info.k, groups = blockwise.info.groups();
  const auto bytes = blockwise.codes->bytes.subspan(row * (k / 2), k / 2);
  std::ranges::transform(bytes, turned.begin(), [](std::byte b) { return b << 4 | b >> 4; });
  SpreadBits<4>(turned, std::span(matrix->codes).subspan(row * k, k));
  for (size_t g = row * groups; g < (row + 1) * groups; ++g) {
    const Result<float> scale = ScaleOf(blockwise, g);
    if (!scale.ok()) return scale.status();
    matrix->scales[g] = *scale;
  }
  return {};
}

Result<ImportedWeights> Read(const Blockwise& blockwise, Threads* threads) {
  ImportedWeights imported{Empty(blockwise.info), {}};
  imported.matrix.book = blockwise.book;
  const size_t n = blockwise.info.n;
  const Status status =
      base::ForBlocks(threads, base::CeilDiv(n, kRows), [&](size_t block) -> Status {
        std::vector<std::byte> turned(blockwise.info.k / 2);
        for (size_t row = block * kRows; row < std::min(n, (block + 1) * kRows); ++row) {
          Status read = ReadRow(blockwise, row, turned, &imported.matrix);
          if (!read.ok()) return read;
        }
        return {};
      });
  if (!status.ok()) return status;
  return imported;
}

bool IsExact(const Codebook& book, std::span<const float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (static_cast<double>(book.unit) * book.values[0][i] != values[i]) return false;
  }
  return true;
}

// What the 16 values of quant_map are: NF4's, or others that int8 multiples of a number hold.
Status TakeMap(const FileTensor& map, Parts& parts, Blockwise* blockwise) {
  if (Status s = CheckTensor(map, {"F32"}, {16}); !s.ok()) return s;
  float values[16];
  for (size_t i = 0; i < 16; ++i) values[i] = FloatAt(map, i);
  if (std::ranges::equal(values, format::kNf4)) {
    blockwise->info.format = WeightFormat::kNf4;
    blockwise->book = format::FixedBook(WeightFormat::kNf4);
    parts.weights.note = "the 16 values of NF4 are rounded to 8 bits";
    return {};
  }
  const Result<Codebook> book = MakeCodebook(values);
  if (!book.ok()) {
    // The file is at fault here, not an argument.
    const bool finite = book.status().code() != Code::kNotFinite;
    return About(finite ? Code::kUnsupportedFormat : Code::kNotFinite, map, book.status().text());
  }
  blockwise->info.format = WeightFormat::kCodebook;
  blockwise->book = *book;
  if (IsExact(*book, values)) return {};
  return Unsupported(map,
                     "its values are not those of NF4, and no integers of 8 bits times one "
                     "number, so that a codebook would not hold them");
}

Status TakeShape(const FileTensor& state, Blockwise* blockwise) {
  const std::vector<uint64_t>& shape = blockwise->state.shape;
  const uint64_t block = blockwise->state.block;
  if (shape.size() != 2 || shape[0] == 0 || shape[1] == 0) {
    return Unsupported(state, "is about a tensor of ", shape.size(),
                       " dimensions; matrices have two, which are not 0");
  }
  const size_t codes = blockwise->codes->bytes.size();
  if (shape[0] > 2 * codes || shape[1] > 2 * codes || shape[0] * shape[1] != 2 * codes) {
    return Corrupt(state, "says ", shape[0], " x ", shape[1], " weights; ",
                   base::Quote(blockwise->codes->name), " has ", 2 * codes, " codes");
  }
  if (block % 4 != 0 || shape[1] % block != 0) {
    return Unsupported(state, "has blocks of ", block,
                       " weights along flattened rows, which rows of ", shape[1],
                       " are not a multiple of; blocks that belong to two rows are not read");
  }
  WeightInfo& info = blockwise->info;
  info.n = static_cast<size_t>(shape[0]);
  info.k = static_cast<size_t>(shape[1]);
  info.group = block == shape[1] ? kWholeRow : static_cast<uint32_t>(block);
  info.scale = Elem::kF32;
  return {};
}

Status TakeScales(Parts& parts, const std::string& name, Blockwise* blockwise) {
  const Result<const FileTensor*> absmax = parts.Need(name + ".absmax");
  if (!absmax.ok()) return absmax.status();
  blockwise->absmax = *absmax;
  const size_t blocks = blockwise->info.n * blockwise->info.groups();
  const uint64_t nested = blockwise->state.nested_block;
  if ((*absmax)->dtype != "U8") return CheckTensor(**absmax, {"F32"}, {blocks});
  if (Status s = CheckTensor(**absmax, {"U8"}, {blocks}); !s.ok()) return s;
  if (nested == 0) return Corrupt(**absmax, "is bytes, but the state has no nested_blocksize");
  const Result<const FileTensor*> outer = parts.Need(name + ".nested_absmax");
  if (!outer.ok()) return outer.status();
  const Result<const FileTensor*> map = parts.Need(name + ".nested_quant_map");
  if (!map.ok()) return map.status();
  blockwise->nested_absmax = *outer;
  blockwise->nested_map = *map;
  const uint64_t count = blocks / nested + (blocks % nested != 0);
  if (Status s = CheckTensor(**outer, {"F32"}, {count}); !s.ok()) return s;
  return CheckTensor(**map, {"F32"}, {256});
}

Result<Blockwise> PlanOf(Parts& parts, const std::string& name, const FileTensor& state) {
  Blockwise blockwise;
  const Result<const FileTensor*> codes = parts.Need(name);
  if (!codes.ok()) return codes.status();
  std::swap(parts.weights.tensors.front(), parts.weights.tensors.back());  // codes come first
  blockwise.codes = *codes;
  Result<QuantState> parsed = ParseQuantState(state);
  if (!parsed.ok()) return parsed.status();
  blockwise.state = std::move(*parsed);
  const Result<const FileTensor*> map = parts.Need(name + ".quant_map");
  Status status = map.ok() ? TakeShape(state, &blockwise) : map.status();
  if (status.ok()) status = TakeMap(**map, parts, &blockwise);
  if (status.ok()) status = TakeScales(parts, name, &blockwise);
  if (status.ok()) status = CheckedInfo(**codes, blockwise.info);
  if (!status.ok()) return status;
  return blockwise;
}

}  // namespace

Status FindBitsandbytes(const Source& source, std::vector<Found>* found) {
  if (!Wanted(source, Convention::kBitsandbytes, "bitsandbytes")) return {};
  for (const FileTensor& state : source.file.tensors()) {
    const size_t at = state.name.find(kState);
    if (at == state.name.npos) continue;
    const std::string name = state.name.substr(0, at);
    Parts parts(source, name);
    parts.Add(state);
    parts.weights.type = "bitsandbytes " + state.name.substr(at + kState.size());
    Result<Blockwise> plan = PlanOf(parts, name, state);
    List(std::move(parts), std::move(plan), Read, found);
  }
  return {};
}

}  // namespace lutgemm::importing
