#include "oracle/inputs.h"

#include "oracle/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace lutgemm::oracle {
namespace {

using test::Random;

constexpr size_t kPool = 2 * kLongestK;

// Normal values of one size in one type, with an outlier here and there: tokens are pieces of it,
// because converting each of millions of elements would take longer than their product.
std::vector<std::byte> MakePool(Elem elem, float size) {
  Random random(static_cast<uint64_t>(elem) + 1);
  std::vector<std::byte> pool(kPool * ElemBytes(elem));
  for (size_t i = 0; i < kPool; ++i) {
    float value = size * random.Normal();
    if (elem == Elem::kI8) value = static_cast<float>(random.Int(-128, 127));
    if (elem != Elem::kI8 && random.Below(150) == 0) value *= 30.0f;
    Store(pool.data(), elem, i, value);
  }
  return pool;
}

const std::vector<std::byte>& PoolOf(Elem elem, size_t which) {
  constexpr float kSizes[] = {1.0f, 0.004f, 300.0f};
  static std::vector<std::byte> pools[4][3];
  std::vector<std::byte>& pool = pools[static_cast<size_t>(elem)][which];
  if (pool.empty()) pool = MakePool(elem, kSizes[which]);
  return pool;
}

std::vector<std::byte> Tokens(const Problem& p, size_t k, Random& random) {
  const size_t bytes = ElemBytes(p.act);
  std::vector<std::byte> act(((p.m - 1) * p.act_stride + k) * bytes, std::byte{0xff});
  for (size_t token = 0; token < p.m; ++token) {
    const std::vector<std::byte>& pool = PoolOf(p.act, random.Below(3));
    std::memcpy(act.data() + token * p.act_stride * bytes,
                pool.data() + random.Below(kPool - kLongestK) * bytes, k * bytes);
  }
  return act;
}

// Makes a token special in one of several ways.
void Spoil(const Problem& p, size_t token, size_t k, Random& random, std::vector<std::byte>& act) {
  std::byte* at = act.data() + token * p.act_stride * ElemBytes(p.act);
  const auto every = [&](float low, float high) {
    for (size_t i = 0; i < k; ++i) {
      const auto value = static_cast<float>(low + (high - low) * random.Unit());
      Store(at, p.act, i, random.Below(2) == 0 ? value : -value);
    }
  };
  switch (random.Below(p.act == Elem::kI8 ? 2 : 7)) {
    case 0:
      std::memset(at, 0, k * ElemBytes(p.act));
      break;
    case 1:  // but for one activation
      std::memset(at, 0, k * ElemBytes(p.act));
      Store(at, p.act, random.Below(k), 1.0f);
      break;
    case 2:  // next to the smallest magnitude of a block that does not count as zeros
      every(0.0f, 4e-36f);
      break;
    case 3:  // sums of some leave the range of floats
      every(1e37f, 1.5e38f);
      break;
    case 4:
      Store(at, p.act, random.Below(k), std::numeric_limits<float>::quiet_NaN());
      break;
    case 5:
      Store(at, p.act, random.Below(k), -std::numeric_limits<float>::infinity());
      break;
    default:  // as many outliers as a block can have
      for (size_t i = random.Below(6); i < k; i += 6) Store(at, p.act, i, 3000.0f);
  }
}

}  // namespace

Inputs RandomInputs(const RandomProblem& problem, size_t k, Random& random) {
  const Problem& p = problem.problem;
  Inputs inputs;
  inputs.act = Tokens(p, k, random);
  if (problem.producer == Makes::kSiluGate) inputs.up = Tokens(p, k, random);
  if (problem.producer == Makes::kRmsNorm) inputs.gamma = random.Normals(k);
  if (problem.producer != Makes::kNothing) return inputs;
  for (size_t count = std::min<size_t>(3, 1 + p.m / 3); count != 0; --count) {
    if (random.Below(2) == 0) continue;
    const size_t token = random.Below(p.m);
    Spoil(p, token, k, random, inputs.act);
    inputs.special.insert(token);
  }
  return inputs;
}

std::vector<float> TokenOf(const std::vector<std::byte>& act, const Problem& problem, size_t token,
                           size_t k) {
  std::vector<float> values(k);
  for (size_t i = 0; i < k; ++i) {
    values[i] = Load(act.data(), problem.act, token * problem.act_stride + i);
  }
  return values;
}

}  // namespace lutgemm::oracle
