#include "tools/command/sim/problem.h"
#include "tools/measure/sample.h"

#include "ref/error.h"
#include "ref/gemm.h"
#include "ref/lookup.h"

#include <bit>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;

// Products beyond this are compared on a sample of tokens and outputs.
constexpr double kFullCheck = 0x1p27;
constexpr size_t kSampleTokens = 8, kSampleOutputs = 128;

ref::LookupSpec OracleSpec(const SimOptions& options, const ProblemSetup& setup) {
  using Entry = ref::LookupSpec::Entry;
  using Sum = ref::LookupSpec::Sum;
  const model::lower::SimulationOptions machine = MachineOptions(options);
  const bool rtl = machine.mode == model::func::Mode::kRtl;
  ref::LookupSpec spec;
  spec.k = setup.target.shape.k;
  spec.entry = setup.spec.quantised_tables    ? Entry::kQuantised
               : isa::IsFloat(setup.spec.act) ? Entry::kF16
                                              : Entry::kExact;
  spec.sum = setup.spec.acc == isa::SumType::kI32   ? Sum::kExact
             : setup.spec.acc == isa::SumType::kF32 ? Sum::kF32
                                                    : Sum::kF16;
  spec.plane_by_plane = rtl;
  spec.exponent_quirk = rtl && machine.exponent_quirk;
  spec.flush = rtl && machine.adder == model::func::Adder::kFlush;
  return spec;
}

std::vector<uint32_t> IntegerBits(const QuantizedMatrix& rows, const std::vector<double>& acts,
                                  size_t m) {
  const std::vector<int16_t> whole(acts.begin(), acts.end());
  std::vector<uint32_t> bits;
  for (const int64_t sum : ref::GemmInteger(rows, whole, m)) {
    bits.push_back(static_cast<uint32_t>(sum));
  }
  return bits;
}

std::vector<uint32_t> FloatBits(std::span<const float> values) {
  std::vector<uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}

}  // namespace

Checked CheckOutputs(const SimOptions& options, const ProblemSetup& setup,
                     const QuantizedMatrix& matrix, const SimActs& acts,
                     std::span<const uint32_t> out) {
  const size_t m = setup.spec.m, n = setup.info.n;
  const bool all = double(m) * double(n) * double(setup.info.k) <= kFullCheck;
  const auto tokens = SpreadIndices(m, all ? m : kSampleTokens);
  const auto columns = SpreadIndices(n, all ? n : kSampleOutputs);
  const QuantizedMatrix rows = TakeRows(matrix, columns);
  const auto sample = RowsOf<double>(acts.values, tokens, setup.info.k);
  const auto got = Pick<uint32_t>(out, n, tokens, columns);
  Checked checked;
  checked.outputs = got.size();
  if (setup.spec.out == isa::SumType::kI32) {
    checked.match = got == IntegerBits(rows, sample, tokens.size());
    return checked;
  }
  ref::LookupSpec spec = OracleSpec(options, setup);
  const auto scales =
      acts.row_scales.empty() ? std::vector<float>() : RowsOf<float>(acts.row_scales, tokens, 1);
  spec.row_scales = scales;
  const auto expected = ref::LookupGemm(rows, sample, tokens.size(), spec);
  checked.match = got == FloatBits(expected);
  const auto narrow = acts.meant.empty() ? std::vector<float>(sample.begin(), sample.end())
                                         : RowsOf<float>(acts.meant, tokens, setup.info.k);
  checked.nmse = ref::Nmse(expected, ref::GemmF64(rows, narrow, tokens.size()));
  return checked;
}

}  // namespace lutgemm::tools
