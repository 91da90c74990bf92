// Quantised weights of GGUF files: which tensors they are, and why some cannot be had.
#include "base/names.h"
#include "base/text.h"
#include "import/gguf_blocks.h"
#include "import/i2s.h"
#include "import/importer.h"
#include "io/gguf_types.h"

#include <algorithm>

namespace lutgemm::importing {
namespace {

// Experts of one tensor are listed one by one; a file could claim any number of empty ones.
constexpr uint64_t kMaxExperts = 4096;

// The N x K of a tensor, or of each of its experts.
struct Matrices {
  size_t n = 1;
  size_t k = 0;
};

const GgufFormat* FormatNamed(std::string_view dtype) {
  for (uint32_t id = 0; id < 64; ++id) {
    const io::GgufTensorType* type = io::FindGgufType(id);
    if (type != nullptr && type->name == dtype) return FindFormat(static_cast<GgufType>(id));
  }
  return nullptr;
}

bool IsPlain(std::string_view dtype) {
  constexpr std::string_view kPlain[] = {"F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"};
  return std::ranges::find(kPlain, dtype) != std::end(kPlain);
}

// Why a type has no format here.
std::string RefusalOf(std::string_view dtype) {
  if (dtype.find(" or ") != std::string_view::npos) {
    return base::Cat("its type id and size fit ", dtype,
                     ", and the file's architecture and tensors do not tell which it is");
  }
  if (dtype == "TL1" || dtype == "TL2") {
    return base::Cat(dtype,
                     " is in the order of tiles that were tuned for one machine, which the "
                     "file does not hold; make the checkpoint I2_S");
  }
  if (dtype == "Q8_1" || dtype == "Q8_K" || dtype == "I8_S") {
    return base::Cat(dtype, " is for activations");
  }
  if (dtype.starts_with("IQ")) {
    return base::Cat(dtype,
                     " has codes for several weights at once, which no format here has; "
                     "dequantise it and quantise it anew");
  }
  return base::Cat(dtype, " is a type that cannot be imported");
}

class Finder {
 public:
  Finder(const Source& source, std::vector<Found>& found) : source_(source), found_(found) {}

  void Add(const FileTensor& tensor) {
    Found one;
    one.weights.name = tensor.name;
    one.weights.tensors = {tensor.name};
    one.weights.type = tensor.dtype;
    one.weights.bytes = tensor.bytes.size();
    const GgufFormat* format = FormatNamed(tensor.dtype);
    if (tensor.dtype == "I2_S") return AddI2s(tensor, std::move(one));
    if (format == nullptr) return Refuse(std::move(one), RefusalOf(tensor.dtype));
    Matrices matrices;
    const size_t dims = tensor.shape.size();
    if (dims < 1 || dims > 3) {
      return Refuse(std::move(one), base::Cat("it has ", dims, " dimensions; weights have 1 to 3"));
    }
    matrices.k = static_cast<size_t>(tensor.shape[dims - 1]);
    if (dims > 1) matrices.n = static_cast<size_t>(tensor.shape[dims - 2]);
    if (dims < 3) return AddBlocks({format->type, tensor.bytes, matrices}, std::move(one));
    if (tensor.shape[0] > kMaxExperts || tensor.bytes.empty()) {
      return Refuse(std::move(one), base::Cat("it has ", tensor.shape[0], " matrices of ",
                                              matrices.n, " x ", matrices.k, "; 1 to ", kMaxExperts,
                                              " that are not empty can be imported"));
    }
    AddExperts(tensor, *format, matrices, one);
  }

 private:
  void Refuse(Found one, std::string why) {
    one.weights.refusal = base::Cat("tensor ", base::Quote(one.weights.name), ": ", why);
    found_.push_back(std::move(one));
  }

  void AddExperts(const FileTensor& tensor, const GgufFormat& format, const Matrices& matrices,
                  const Found& like) {
    const auto experts = static_cast<size_t>(tensor.shape[0]);
    const size_t bytes = tensor.bytes.size() / experts;
    for (size_t expert = 0; expert < experts; ++expert) {
      Found one = like;
      one.weights.name += base::Cat("[", expert, "]");
      one.weights.bytes = bytes;
      AddBlocks({format.type, tensor.bytes.subspan(expert * bytes, bytes), matrices},
                std::move(one));
    }
  }

  struct Blocks {
    GgufType type;
    std::span<const std::byte> bytes;
    Matrices of;
  };
  void AddBlocks(const Blocks& blocks, Found one) {
    const Result<WeightInfo> info = GgufInfo(blocks.type, blocks.of.n, blocks.of.k);
    if (!info.ok()) return Refuse(std::move(one), info.status().text());
    one.weights.info = *info;
    one.read = [blocks, name = one.weights.name](Threads* threads) -> Result<ImportedWeights> {
      auto matrix = ImportBlocks(blocks.type, blocks.bytes, blocks.of.n, blocks.of.k, threads);
      if (!matrix.ok()) {
        return base::MakeStatus(matrix.status().code(), "weights ", base::Quote(name), ": ",
                                matrix.status().text());
      }
      return ImportedWeights{std::move(*matrix), {}};
    };
    found_.push_back(std::move(one));
  }

  void AddI2s(const FileTensor& tensor, Found one) {
    const I2sOrder order = source_.options.i2s_order;
    const Result<WeightInfo> info = I2sInfo(tensor, order);
    if (!info.ok()) return Refuse(std::move(one), info.status().text());
    one.weights.info = *info;
    one.read = [&tensor, order](Threads* threads) -> Result<ImportedWeights> {
      Result<QuantizedMatrix> matrix = ReadI2s(tensor, order, threads);
      if (!matrix.ok()) {
        return base::MakeStatus(matrix.status().code(), "weights ", base::Quote(tensor.name), ": ",
                                matrix.status().text());
      }
      return ImportedWeights{std::move(*matrix), {}};
    };
    found_.push_back(std::move(one));
  }

  const Source& source_;
  std::vector<Found>& found_;
};

}  // namespace

Status FindGguf(const Source& source, std::vector<Found>* found) {
  if (source.file.container() != "gguf") return {};
  Finder finder(source, *found);
  for (const FileTensor& tensor : source.file.tensors()) {
    if (!IsPlain(tensor.dtype)) finder.Add(tensor);
  }
  return {};
}

}  // namespace lutgemm::importing
