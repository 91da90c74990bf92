#include "tools/command/verify/source.h"

#include <fmt/core.h>

#include <span>
#include <vector>

namespace lutgemm::tools {
namespace {

// Numbers of two matrices that differ: how many, and where the first is.
class Differences {
 public:
  // `width`: numbers of one row; 0 where they belong to the whole tensor.
  template <class T>
  void Compare(std::string_view what, size_t width, std::span<const T> have,
               std::span<const T> want) {
    size_t count = have.size() == want.size() ? 0 : 1, first = 0;
    for (size_t i = have.size(); i-- > 0 && have.size() == want.size();) {
      if (have[i] == want[i]) continue;
      ++count, first = i;
    }
    if (count == 0) return;
    count_ += count;
    text_ += fmt::format("{}{} of {} {}", text_.empty() ? "" : ", ", count, have.size(), what);
    if (width != 0) text_ += fmt::format(" (the first in row {})", first / width);
  }

  void Add(std::string_view what) {
    ++count_;
    text_ += fmt::format("{}{}", text_.empty() ? "" : ", ", what);
  }

  size_t count() const { return count_; }
  const std::string& text() const { return text_; }

 private:
  size_t count_ = 0;
  std::string text_;
};

Differences Compare(const QuantizedMatrix& have, const QuantizedMatrix& want) {
  const WeightInfo& info = have.info;
  const size_t groups = info.group == kWholeTensor ? 0 : info.groups();
  Differences all;
  all.Compare<uint8_t>("codes", info.k, have.codes, want.codes);
  all.Compare<float>("scales", groups, have.scales, want.scales);
  all.Compare<uint8_t>("zeros", groups, have.zeros, want.zeros);
  all.Compare<float>("offsets", groups, have.offsets, want.offsets);
  const size_t supers = info.super_groups();
  const bool by_row = have.factors.size() == info.n * supers;
  all.Compare<float>("factors", by_row ? supers : 0, have.factors, want.factors);
  all.Compare<float>("offset factors", supers, have.offset_factors, want.offset_factors);
  all.Compare<uint8_t>("selectors", groups, have.selectors, want.selectors);
  if (!(have.book == want.book)) all.Add("the table of values");
  return all;
}

}  // namespace

std::string DifferenceBetween(const QuantizedMatrix& matrix, const QuantizedMatrix& wanted,
                              std::string_view whose) {
  const Differences found = Compare(matrix, wanted);
  return found.count() == 0 ? std::string() : fmt::format("{} are not {}", found.text(), whose);
}

Result<std::string> DifferenceFrom(const Tensor2D& source, const QuantizedMatrix& matrix,
                                   QuantizeOptions options) {
  const WeightInfo& info = matrix.info;
  const std::span<const float> importance = options.importance;
  if (info.format == WeightFormat::kCodebook) options.book = &matrix.book;
  std::string text;
  size_t fewest = 0;
  enum class Way { kPlain, kSearch, kWeighed };
  for (const Way way : {Way::kPlain, Way::kSearch, Way::kWeighed}) {
    if (way == Way::kWeighed && importance.empty()) break;
    const bool search = way != Way::kPlain;
    options.importance = way == Way::kWeighed ? importance : std::span<const float>();
    const QuantSpec spec{info.format, info.group, info.zero, info.scale, search};
    const Result<QuantizedMatrix> again = Quantize(source, spec, options);
    if (again.status().code() == Code::kOutOfMemory) return again.status();
    if (!again.ok())
      return fmt::format("the original cannot be packed so: {}", again.status().text());
    const Differences found = Compare(matrix, *again);
    if (found.count() == 0) return std::string();
    if (way == Way::kPlain || found.count() < fewest) {
      text = found.text();
      fewest = found.count();
    }
  }
  return text + " are not what quantising the original gives";
}

}  // namespace lutgemm::tools
