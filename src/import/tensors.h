// The tensors of one matrix in a checkpoint: found by their names, checked, counted; their scales
// and their order of channels.
#ifndef LUTGEMM_IMPORT_TENSORS_H_
#define LUTGEMM_IMPORT_TENSORS_H_

#include "base/names.h"
#include "base/text.h"
#include "import/importer.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lutgemm::importing {

// "tensor 'a.scales': ..." with a code.
template <class... Pieces>
Status About(Code code, const FileTensor& tensor, const Pieces&... pieces) {
  return base::MakeStatus(code, "tensor ", base::Quote(tensor.name), ": ", pieces...);
}
template <class... Pieces>
Status Corrupt(const FileTensor& tensor, const Pieces&... pieces) {
  return About(Code::kCorruptFile, tensor, pieces...);
}
template <class... Pieces>
Status Unsupported(const FileTensor& tensor, const Pieces&... pieces) {
  return About(Code::kUnsupportedFormat, tensor, pieces...);
}

// The name without its ending, or nothing where it does not end so.
std::optional<std::string> WithoutEnding(std::string_view name, std::string_view ending);

// Sizes as they are written in errors; an absent number may be anything above 0.
inline constexpr uint64_t kAnySize = ~uint64_t{0};
using Sizes = std::vector<uint64_t>;

// Whether a tensor has bytes, one of the types, and the shape; the error says what it would have to
// have. Every size of a tensor with bytes is below 2^48, so that products with small numbers fit.
Status CheckTensor(const FileTensor& tensor, std::initializer_list<std::string_view> dtypes,
                   const Sizes& shape);
// The same for F16, BF16 or F32.
Status CheckFloats(const FileTensor& tensor, const Sizes& shape);

// A matrix that a finder lists: tensors are looked up here and noted in `weights`.
class Parts {
 public:
  Parts(const Source& source, std::string name) : source_(source) {
    weights.name = std::move(name);
  }

  void Add(const FileTensor& tensor);
  // Null where the file does not have it.
  const FileTensor* Find(const std::string& name);
  // kCorruptFile where it does not.
  Result<const FileTensor*> Need(const std::string& name);

  const Source& source() const { return source_; }

  ImportableWeights weights;

 private:
  const Source& source_;
};

// Lists a matrix that was looked at: `plan` is what read(plan, threads) needs, or why it cannot be
// read.
template <class Plan, class Read>
void List(Parts parts, Result<Plan> plan, Read read, std::vector<Found>* found) {
  if (!plan.ok()) {
    parts.weights.refusal = plan.status().text();
    found->push_back({std::move(parts.weights), [status = plan.status()](Threads*) {
                        return Result<ImportedWeights>(status);
                      }});
    return;
  }
  parts.weights.info = plan->info;
  found->push_back({std::move(parts.weights), [kept = std::move(*plan), read](Threads* threads) {
                      return read(kept, threads);
                    }});
}

// Whether a finder of `convention` looks at the file: where the options ask for it, or the config
// names `method`, or neither says anything.
bool Wanted(const Source& source, Convention convention, std::string_view method);

// kInt2 to kInt8 by their bits; nothing for other numbers.
std::optional<WeightFormat> IntFormat(uint64_t bits);

// A matrix of codes with zeroed codes and scales, and what its format fixes.
QuantizedMatrix Empty(const WeightInfo& info);

// Whether n, k, group and scales go together as the library needs them.
Status CheckedInfo(const FileTensor& codes, const WeightInfo& info);

// Weights along K that share a scale, where the scales' tensor has `groups` of them: kWholeRow for
// one, else a size that the config names and that fits, else k / groups. Fails where none divides.
Result<uint32_t> GroupOf(const Source& source, const FileTensor& scales, size_t k, size_t groups);

// The type of a tensor of scales that is F16, BF16, F32, F8_E4M3, F8_E8M0 or, as exponents, U8.
Elem ScaleElem(const FileTensor& scales);

// Elements from `first` on as floats, as many as `out` has, which the tensor has, too. kNotFinite
// for NaN and infinity, kCorruptFile for a negative E4M3.
Status LoadScales(const FileTensor& scales, Elem elem, size_t first, std::span<float> out);
// One of them.
Result<float> ScaleAt(const FileTensor& scales, Elem elem, size_t i);

// Scales that stand as [groups][n], for outputs [begin, end), into [n][groups].
Status TransposeScales(const FileTensor& scales, size_t begin, size_t end, QuantizedMatrix* matrix);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_TENSORS_H_
