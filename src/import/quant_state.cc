#include "import/quant_state.h"

#include "import/tensors.h"
#include "io/json.h"

#include <charconv>
#include <cmath>

namespace lutgemm::importing {
namespace {

using io::JsonScalar;

constexpr size_t kMaxDims = 8;  // more than weights have

class StateVisitor : public io::JsonVisitor {
 public:
  Status Open(Path, bool) override { return {}; }
  Status Close(Path) override { return {}; }
  Status Scalar(Path path, const JsonScalar& value) override {
    if (path.empty()) return {};
    const bool whole = value.kind == JsonScalar::Kind::kUnsigned;
    if (path.size() == 2 && path[0] == "shape" && whole && state.shape.size() < kMaxDims) {
      state.shape.push_back(value.number);
    }
    if (path.size() != 1) return {};
    if (path[0] == "blocksize" && whole) state.block = value.number;
    if (path[0] == "nested_blocksize" && whole) state.nested_block = value.number;
    if (path[0] == "nested_offset") state.nested_offset = NumberOf(value);
    return {};
  }

  QuantState state;

 private:
  static float NumberOf(const JsonScalar& value) {
    if (value.kind == JsonScalar::Kind::kUnsigned) return static_cast<float>(value.number);
    double number = 0;
    const char* end = value.text.data() + value.text.size();
    const auto read = std::from_chars(value.text.data(), end, number);
    const bool sound = value.kind == JsonScalar::Kind::kOtherNumber && read.ec == std::errc();
    return sound ? static_cast<float>(number) : std::nanf("");
  }
};

}  // namespace

Result<QuantState> ParseQuantState(const FileTensor& tensor) {
  if (Status s = CheckTensor(tensor, {"U8"}, {kAnySize}); !s.ok()) return s;
  StateVisitor visitor;
  const std::string_view text(reinterpret_cast<const char*>(tensor.bytes.data()),
                              tensor.bytes.size());
  Status status = io::VisitJson(text, "tensor " + base::Quote(tensor.name), visitor);
  if (!status.ok()) return status;
  if (visitor.state.block == 0 || visitor.state.shape.empty()) {
    return Corrupt(tensor, "is JSON without a blocksize or a shape");
  }
  if (!std::isfinite(visitor.state.nested_offset)) {
    return About(Code::kNotFinite, tensor, "has a nested_offset that is no finite number");
  }
  return std::move(visitor.state);
}

}  // namespace lutgemm::importing
