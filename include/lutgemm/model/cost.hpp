// What products cost on a machine that a file describes: time, bytes, energy. docs/model-cost.md
// has the model, the keys of a file, and which figures are published and which are ours.
// Defined in src/model/api.
#ifndef LUTGEMM_MODEL_COST_HPP_
#define LUTGEMM_MODEL_COST_HPP_

#include <lutgemm/model/product.hpp>

namespace lutgemm::model {

struct Cost {
  double cycles = 0;
  double seconds = 0;
  std::string_view bound;  // what bounds time: "array", "registers", "shared", "l2", "dram", ...
  double array_utilisation = 0;  // of steps that arrays could have done in that time
  double energy_pj = 0;
  double register_bytes = 0, shared_bytes = 0, l2_bytes = 0, dram_bytes = 0;
};

class MachineFileImpl;

// A machine as a JSON file describes it: one array with its memories, or all of a processor. The
// files of data/machines come along. Copies share what was read.
class LUTGEMM_API MachineFile {
 public:
  // `file` names the text in errors. kCorruptFile where it is no JSON object.
  static Result<MachineFile> Parse(std::string_view text, std::string_view file) noexcept;

  // The array that programs are compiled for. kCorruptFile, with file, line and column, where the
  // file has none or one that lmma does not know.
  Result<Array> array() const noexcept;
  // Whether it describes a processor, which alone has costs.
  bool whole() const noexcept;

  // The cost model's figures for a product of weights with `weight_bits` planes, from its shape
  // alone: tiles of the machine's size, each as long as its tightest bound. kCorruptFile where the
  // file describes no processor, or tiles that it cannot hold; kBadShape, kBadArgument for sizes
  // and bits (1 to 8) out of range.
  Result<Cost> Estimate(const Shape& product, unsigned weight_bits) const noexcept;
  // The price of what a compiled product did on one array, as if all arrays shared it evenly.
  // Errors as of Estimate.
  Result<Cost> Price(const Product& product, const Counters& counters) const noexcept;

 private:
  friend class MachineFileImpl;
  explicit MachineFile(std::shared_ptr<const MachineFileImpl> impl) noexcept;
  std::shared_ptr<const MachineFileImpl> impl_;
};

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_COST_HPP_
