#include "tiny_lm/importance.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <fstream>

namespace tiny_lm {
namespace {

constexpr size_t kAlignment = 32;            // of tensors in a GGUF file
constexpr uint32_t kF32 = 0;                 // a GGUF tensor's type
constexpr uint32_t kString = 8, kArray = 9;  // types of values

// The names of Model::Linears().
std::vector<std::string> Names(size_t layers) {
  std::vector<std::string> names;
  for (size_t i = 0; i < layers; ++i) {
    for (const char* part :
         {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}) {
      names.push_back("blk." + std::to_string(i) + "." + part + ".weight");
    }
  }
  names.push_back("output.weight");
  return names;
}

// Appends a GGUF file's parts, all of them little-endian.
class Gguf {
 public:
  void Number(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += char(value >> (8 * i) & 0xff);
  }
  void Text(const std::string& text) {
    Number(text.size(), 8);
    bytes_ += text;
  }
  void Float(double value) { Number(std::bit_cast<uint32_t>(float(value)), 4); }
  void Raw(const char* bytes) { bytes_ += bytes; }
  void Pad() { bytes_.resize((bytes_.size() + kAlignment - 1) / kAlignment * kAlignment); }

  // Declares a tensor of floats, `columns` in one row, and tells where the next one's data begins.
  uint64_t Tensor(const std::string& name, size_t columns, uint64_t offset) {
    Text(name);
    Number(2, 4);
    Number(columns, 8);
    Number(1, 8);
    Number(kF32, 4);
    Number(offset, 8);
    return (offset + columns * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace

InputEnergy::InputEnergy(const Model& model) : layers_(model.Linears()) {
  const std::vector<std::string> names = Names(model.layers.size());
  for (size_t i = 0; i < layers_.size(); ++i) {
    entries_.push_back({names[i], std::vector<double>(layers_[i]->k), 0});
  }
}

void InputEnergy::Add(const Linear& layer, const float* act, size_t tokens) {
  const auto found = std::find(layers_.begin(), layers_.end(), &layer);
  if (found == layers_.end()) return;
  Entry& entry = entries_[size_t(found - layers_.begin())];
  for (size_t t = 0; t < tokens; ++t) {
    for (size_t i = 0; i < layer.k; ++i) {
      const double value = act[t * layer.k + i];
      entry.sums[i] += value * value;
    }
  }
  entry.tokens += tokens;
}

lutgemm::Status InputEnergy::Write(const std::string& path, const std::string& text) const {
  Gguf file;
  file.Raw("GGUF");
  file.Number(3, 4);
  file.Number(2 * entries_.size(), 8);
  file.Number(2, 8);
  file.Text("general.type");
  file.Number(kString, 4);
  file.Text("imatrix");
  file.Text("imatrix.datasets");
  file.Number(kArray, 4);
  file.Number(kString, 4);
  file.Number(1, 8);
  file.Text(text);
  uint64_t offset = 0;
  for (const Entry& entry : entries_) {
    offset = file.Tensor(entry.name + ".in_sum2", entry.sums.size(), offset);
    offset = file.Tensor(entry.name + ".counts", 1, offset);
  }
  file.Pad();
  for (const Entry& entry : entries_) {
    for (const double sum : entry.sums) file.Float(sum);
    file.Pad();
    file.Float(double(entry.tokens));
    file.Pad();
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(file.bytes().data(), std::streamsize(file.bytes().size()));
  out.close();
  if (!out) return lutgemm::Status(lutgemm::Code::kIo, "cannot write " + path);
  return {};
}

}  // namespace tiny_lm
