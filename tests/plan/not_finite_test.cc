// NaN and infinity among activations of every type, on every target: their token's outputs are NaN,
// whatever the mode, the producer and the type of outputs, and no other token's.
#include "kit.h"

#include <cmath>
#include <string>

namespace lutgemm {
namespace {

using test::Random;

constexpr size_t kTokens = 3, kOutputs = 32, kK = 64;
constexpr size_t kBad = 1;  // the token that is not finite

std::vector<std::byte> Elements(Elem elem, Random& random) {
  const std::vector<float> values = random.Normals(kTokens * kK);
  std::vector<std::byte> bytes(values.size() * ElemBytes(elem));
  for (size_t i = 0; i < values.size(); ++i) format::StoreElem(bytes.data(), elem, i, values[i]);
  return bytes;
}

// Infinities, and NaN that are quiet or not.
std::vector<uint32_t> NotFinite(Elem elem) {
  if (elem == Elem::kF16) return {0x7c00, 0xfc00, 0x7e00, 0x7c01, 0xffff};
  if (elem == Elem::kBF16) return {0x7f80, 0xff80, 0x7fc0, 0x7f81, 0xffff};
  return {0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff};
}

struct Case {
  std::string_view target;
  Mode mode;
  Elem act, out;
  uint32_t bits;
  size_t position;
};

void CheckTokens(const std::vector<std::byte>& out, Elem elem) {
  for (size_t i = 0; i < kTokens * kOutputs; ++i) {
    const float value = format::LoadElem(out.data(), elem, i);
    if (std::isnan(value) != (i / kOutputs == kBad)) FAIL("output ", i, " is ", value);
  }
}

// Runs with the element among the activations and among the producer's other input.
void CheckCase(const Case& c, const PackedWeights& weights) {
  CAPTURE(std::string(c.target));
  CAPTURE(std::string(Name(c.mode)));
  CAPTURE(std::string(Name(c.act)));
  CAPTURE(std::string(Name(c.out)));
  CAPTURE(c.bits);
  CAPTURE(c.position);
  Problem problem;
  problem.m = kTokens;
  problem.target = c.target;
  problem.mode = c.mode;
  problem.act = c.act;
  problem.out = c.out;
  const Plan plan = test::MustPlan(weights, problem);
  Random random(91);
  const std::vector<std::byte> plain = Elements(c.act, random);
  const std::vector<float> gamma = random.Normals(kK);
  std::vector<std::byte> act = plain;
  std::memcpy(&act[(kBad * kK + c.position) * ElemBytes(c.act)], &c.bits, ElemBytes(c.act));

  const test::Guarded workspace(plan.workspace_bytes());
  std::vector<std::byte> out(kTokens * kOutputs * ElemBytes(c.out));
  REQUIRE(plan.Run(act.data(), out.data(), workspace.span()).ok());
  CheckTokens(out, c.out);
  const Producer norm{Producer::Kind::kRmsNorm, gamma.data(), 1e-5f, nullptr};
  REQUIRE(plan.Run(act.data(), norm, out.data(), workspace.span()).ok());
  CheckTokens(out, c.out);
  const Producer gate{Producer::Kind::kSiluGate, nullptr, 1e-5f, act.data()};
  REQUIRE(plan.Run(plain.data(), gate, out.data(), workspace.span()).ok());
  CheckTokens(out, c.out);
  const Producer gated{Producer::Kind::kSiluGate, nullptr, 1e-5f, plain.data()};
  REQUIRE(plan.Run(act.data(), gated, out.data(), workspace.span()).ok());
  CheckTokens(out, c.out);
}

TEST_CASE("what is not finite makes its token's outputs NaN: types, modes, producers, targets") {
  Random random(90);
  for (const WeightFormat format : {WeightFormat::kInt2, WeightFormat::kInt4}) {
    const auto matrix = test::RandomMatrix(test::Info(format, kOutputs, kK, 32), random);
    const PackedWeights weights = test::MustPack(matrix);
    for (std::string_view target : Targets()) {
      for (const Mode mode : {Mode::kFast, Mode::kExact}) {
        for (const Elem act : {Elem::kF32, Elem::kF16, Elem::kBF16}) {
          for (const uint32_t bits : NotFinite(act)) {
            for (const Elem out : {Elem::kF32, Elem::kF16, Elem::kBF16}) {
              CheckCase({target, mode, act, out, bits, 0}, weights);
              CheckCase({target, mode, act, out, bits, kK - 1}, weights);
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm
