#include <lutgemm/model/cost.hpp>

#include "base/names.h"
#include "base/text.h"
#include "model/api/price.h"
#include "model/api/product_impl.h"
#include "model/machine/machine_file.h"

namespace lutgemm::model {

class MachineFileImpl {
 public:
  machine::MachineDescription description;

  static MachineFile Wrap(std::shared_ptr<const MachineFileImpl> impl) {
    return MachineFile(std::move(impl));
  }
};

namespace {

constexpr unsigned kMostWeightBits = 8;

Cost CostOf(const cost::GemmCost& c) {
  return {.cycles = c.cycles,
          .seconds = c.seconds,
          .bound = Name(c.bound),
          .array_utilisation = c.array_utilisation,
          .energy_pj = c.energy.Total(),
          .register_bytes = c.work.register_bytes,
          .shared_bytes = c.work.shared_bytes,
          .l2_bytes = c.work.l2_bytes,
          .dram_bytes = c.work.dram_bytes};
}

}  // namespace

MachineFile::MachineFile(std::shared_ptr<const MachineFileImpl> impl) noexcept
    : impl_(std::move(impl)) {}

Result<MachineFile> MachineFile::Parse(std::string_view text, std::string_view file) noexcept {
  return base::Guarded([&]() -> Result<MachineFile> {
    Result<machine::MachineDescription> description =
        machine::ReadMachineFile(text, base::Shown(file));
    if (!description.ok()) return description.status();
    return MachineFileImpl::Wrap(
        std::make_shared<MachineFileImpl>(MachineFileImpl{*std::move(description)}));
  });
}

Result<Array> MachineFile::array() const noexcept {
  return base::Guarded([&]() -> Result<Array> { return impl_->description.array; });
}

bool MachineFile::whole() const noexcept { return impl_->description.machine.ok(); }

Result<Cost> MachineFile::Estimate(const Shape& product, unsigned weight_bits) const noexcept {
  return base::Guarded([&]() -> Result<Cost> {
    const Result<cost::Machine>& machine = impl_->description.machine;
    if (!machine.ok()) return machine.status();
    if (Status status = cost::ValidateProduct(product); !status.ok()) return status;
    if (weight_bits < 1 || weight_bits > kMostWeightBits) {
      return base::MakeStatus(Code::kBadArgument, "weights of ", weight_bits,
                              " bits; they have 1 to ", kMostWeightBits);
    }
    const Status exists = cost::CheckTile(*machine, weight_bits);
    if (!exists.ok()) return Status(Code::kCorruptFile, exists.text());
    return CostOf(cost::EstimateGemm(product, *machine, weight_bits));
  });
}

Result<Cost> MachineFile::Price(const Product& product, const Counters& counters) const noexcept {
  return base::Guarded([&]() -> Result<Cost> {
    const Result<cost::Machine>& machine = impl_->description.machine;
    if (!machine.ok()) return machine.status();
    const lower::CompiledGemm& gemm = ProductImpl::Of(product).gemm;
    const Result<api::ProgramPrice> price =
        api::PriceOnMachine({gemm.target, gemm.spec, gemm.weights, counters}, *machine);
    if (!price.ok()) return price.status();
    return CostOf(price->counted);
  });
}

}  // namespace lutgemm::model
