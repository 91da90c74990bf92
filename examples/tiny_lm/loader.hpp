// Takes a model's parts out of an open file, whatever they are called there.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_LOADER_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_LOADER_HPP_

#include "tiny_lm/model.hpp"

#include <lutgemm/lutgemm.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tiny_lm {

// "4 x 176".
std::string ShapeText(std::span<const uint64_t> shape);
bool HasPacked(const lutgemm::PackedFile& file, const std::string& name);

// After the first failure every call returns an empty part, and status() tells the failure.
class Loader {
 public:
  explicit Loader(const lutgemm::TensorFile& file) : file_(file) {}

  const lutgemm::Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }
  const lutgemm::TensorFile& file() const { return file_; }

  void Fail(lutgemm::Code code, std::string text);
  template <class T>
  std::optional<T> Take(lutgemm::Result<T> result) {
    if (result.ok()) return std::move(*result);
    Fail(result.status().code(), result.status().text());
    return std::nullopt;
  }

  // Metadata that is a number; one of floats is to be finite and above 0.
  template <class T>
  T Number(const std::string& key) {
    const std::string* text = Text(key);
    T value{};
    if (text == nullptr) return value;
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size()) {
      Fail(lutgemm::Code::kCorruptFile, "metadata " + key + " is not a number");
    }
    return value;
  }
  double Positive(const std::string& key);
  bool Has(const std::string& key) const { return file_.metadata().contains(key); }
  // Metadata that must be there; null after the failure.
  const std::string* Text(const std::string& key);

  // The tensor, which must have this shape.
  const lutgemm::FileTensor* Find(const std::string& name, const std::vector<uint64_t>& shape);
  // Its numbers in f32; float types only.
  std::vector<float> Floats(const std::string& name, const std::vector<uint64_t>& shape);
  // Weights that `packed` has, used in place, with the order of their channels: where that is not
  // the order of inputs, `lutgemm repack` writes it beside them as channel_order.NAME.
  Linear Packed(const lutgemm::PackedFile& packed, const std::string& name, size_t n, size_t k);

 private:
  lutgemm::ChannelOrder OrderOf(const lutgemm::PackedFile& packed, const std::string& name,
                                size_t k);

  const lutgemm::TensorFile& file_;
  lutgemm::Status status_;
};

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_LOADER_HPP_
