// Products compiled and run on the simulator, for tests.
#ifndef LUTGEMM_TESTS_MODEL_LOWER_KIT_H_
#define LUTGEMM_TESTS_MODEL_LOWER_KIT_H_

#include "format/fp.h"
#include "model/func/lanes.h"
#include "model/lower/simulate.h"
#include "support/case.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lutgemm::test {

inline WeightInfo Info(WeightFormat format, size_t n, size_t k, uint32_t group = kWholeRow,
                       ZeroKind zero = ZeroKind::kNone) {
  return {.format = format, .zero = zero, .n = n, .k = k, .group = group};
}

inline model::Array MustParse(const char* shape) {
  auto target = model::ParseArray(shape);
  REQUIRE_MESSAGE(target.ok(), target.status().text());
  return *target;
}

inline model::lower::CompiledGemm MustCompile(const model::lower::GemmSpec& spec,
                                              const WeightInfo& info, const model::Array& target) {
  auto gemm = model::lower::CompileGemm(spec, info, target);
  REQUIRE_MESSAGE(gemm.ok(), gemm.status().text());
  return *std::move(gemm);
}

inline model::lower::Simulation MustMake(model::lower::CompiledGemm gemm,
                                         const QuantizedMatrix& matrix,
                                         const model::lower::SimulationOptions& options = {}) {
  auto simulation = model::lower::Simulation::Make(std::move(gemm), matrix, options);
  REQUIRE_MESSAGE(simulation.ok(), simulation.status().text());
  return *std::move(simulation);
}

// Output bits [m][n] of a product on an array of some shape.
template <class Act>
std::vector<uint32_t> Simulate(const model::lower::GemmSpec& spec, const QuantizedMatrix& matrix,
                               const char* shape, const std::vector<Act>& act,
                               const model::lower::SimulationOptions& options = {}) {
  auto simulation = MustMake(MustCompile(spec, matrix.info, MustParse(shape)), matrix, options);
  auto out = simulation.Run(act.data(), {});
  REQUIRE_MESSAGE(out.ok(), out.status().text());
  return *std::move(out);
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_MODEL_LOWER_KIT_H_
