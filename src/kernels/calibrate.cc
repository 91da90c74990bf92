#include "kernels/target/targets.h"

#include "kernels/calibrate.h"
#include "kernels/contract.h"
#include "kernels/target/visit_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/calibrate.cc"  // NOLINT(build/include)
#include <hwy/foreach_target.h>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

uint64_t CalibrateRead(const std::byte* data, size_t bytes, size_t ahead) {
  const hn::ScalableTag<uint64_t> d;
  const size_t lanes = hn::Lanes(d);
  const size_t step = 8 * lanes;  // eight vectors: a multiple of 64 bytes on every target
  const uint64_t* HWY_RESTRICT p = reinterpret_cast<const uint64_t*>(data);
  const uint64_t* const end = p + bytes / sizeof(uint64_t);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (; p + step <= end; p += step) {
    for (size_t line = 0; line < step; line += 8) {
      hwy::Prefetch(p + line + ahead / sizeof(uint64_t));
    }
    s0 = hn::Add(s0, hn::Load(d, p));
    s1 = hn::Add(s1, hn::Load(d, p + lanes));
    s2 = hn::Add(s2, hn::Load(d, p + 2 * lanes));
    s3 = hn::Add(s3, hn::Load(d, p + 3 * lanes));
    s4 = hn::Add(s4, hn::Load(d, p + 4 * lanes));
    s5 = hn::Add(s5, hn::Load(d, p + 5 * lanes));
    s6 = hn::Add(s6, hn::Load(d, p + 6 * lanes));
    s7 = hn::Add(s7, hn::Load(d, p + 7 * lanes));
  }
  for (; p + lanes <= end; p += lanes) s0 = hn::Add(s0, hn::Load(d, p));
  s0 =
      hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  return hn::ReduceSum(d, s0);
}

#if LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE
#define LUTGEMM_SIXTEEN(X) \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

// Sixteen sums: two products a cycle whose sums take five leave no slack with twelve.
int32_t CalibrateDot(size_t turns, uint64_t* macs) {
  const hn::ScalableTag<int32_t> d32;
  const hn::Repartition<uint8_t, decltype(d32)> du8;
  const hn::Repartition<int8_t, decltype(d32)> di8;
  const auto u = hn::Iota(du8, 0);
  const auto w = hn::Iota(di8, -32);
#define LUTGEMM_X(i) auto s##i = hn::Set(d32, i);
  LUTGEMM_SIXTEEN(LUTGEMM_X)
#undef LUTGEMM_X
#define LUTGEMM_X(i) AddDotBytes(d32, u, w, s##i);
  constexpr size_t kRounds = 12;
  for (size_t round = 0; round < kRounds * turns; ++round) {
    LUTGEMM_SIXTEEN(LUTGEMM_X)
  }
#undef LUTGEMM_X
  *macs += uint64_t{kRounds} * 16 * turns * hn::Lanes(du8);
  auto sum = hn::Zero(d32);
#define LUTGEMM_X(i) sum = hn::Add(sum, s##i);
  LUTGEMM_SIXTEEN(LUTGEMM_X)
#undef LUTGEMM_X
  return hn::ReduceSum(d32, sum);
}
#undef LUTGEMM_SIXTEEN
#else
// An outer product of four by three vectors: loads from L1 cost no arithmetic port.
#define LUTGEMM_CALIBRATE_ROUND(up, wp)                 \
  {                                                     \
    const auto w0 = hn::Load(di8, (wp));                \
    const auto w1 = hn::Load(di8, (wp) + bytes);        \
    const auto w2 = hn::Load(di8, (wp) + 2 * bytes);    \
    const auto u0 = hn::Load(du8, (up));                \
    s0 = hn::SumOfMulQuadAccumulate(d32, u0, w0, s0);   \
    s1 = hn::SumOfMulQuadAccumulate(d32, u0, w1, s1);   \
    s2 = hn::SumOfMulQuadAccumulate(d32, u0, w2, s2);   \
    const auto u1 = hn::Load(du8, (up) + bytes);        \
    s3 = hn::SumOfMulQuadAccumulate(d32, u1, w0, s3);   \
    s4 = hn::SumOfMulQuadAccumulate(d32, u1, w1, s4);   \
    s5 = hn::SumOfMulQuadAccumulate(d32, u1, w2, s5);   \
    const auto u2 = hn::Load(du8, (up) + 2 * bytes);    \
    s6 = hn::SumOfMulQuadAccumulate(d32, u2, w0, s6);   \
    s7 = hn::SumOfMulQuadAccumulate(d32, u2, w1, s7);   \
    s8 = hn::SumOfMulQuadAccumulate(d32, u2, w2, s8);   \
    const auto u3 = hn::Load(du8, (up) + 3 * bytes);    \
    s9 = hn::SumOfMulQuadAccumulate(d32, u3, w0, s9);   \
    s10 = hn::SumOfMulQuadAccumulate(d32, u3, w1, s10); \
    s11 = hn::SumOfMulQuadAccumulate(d32, u3, w2, s11); \
  }

#define LUTGEMM_CALIBRATE_FOUR(up, wp)                        \
  LUTGEMM_CALIBRATE_ROUND((up), (wp))                         \
  LUTGEMM_CALIBRATE_ROUND((up) + bytes, (wp) + bytes)         \
  LUTGEMM_CALIBRATE_ROUND((up) + 2 * bytes, (wp) + 2 * bytes) \
  LUTGEMM_CALIBRATE_ROUND((up) + 3 * bytes, (wp) + 3 * bytes)

int32_t CalibrateDot(size_t turns, uint64_t* macs) {
  const hn::ScalableTag<int32_t> d32;
  const hn::Repartition<uint8_t, decltype(d32)> du8;
  const hn::Repartition<int8_t, decltype(d32)> di8;
  const size_t bytes = hn::Lanes(du8);
  HWY_ALIGN uint8_t u[10 * HWY_MAX_BYTES];
  HWY_ALIGN int8_t w[10 * HWY_MAX_BYTES];
  for (size_t i = 0; i < sizeof(u); ++i) {
    u[i] = static_cast<uint8_t>(i * 3 & 127);
    w[i] = static_cast<int8_t>(static_cast<int>(i * 5 & 127) - 64);
  }
  auto s0 = hn::Zero(d32), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
  auto s6 = s0, s7 = s0, s8 = s0, s9 = s0, s10 = s0, s11 = s0;
  // Many rounds per turn hide the register moves that g++ 12 adds to loops. The address changes
  // from turn to turn, so that no product of targets that compose them can be hoisted.
  for (size_t turn = 0; turn < turns; ++turn) {
    const uint8_t* const up = u + turn % 2 * bytes;
    const int8_t* const wp = w + turn % 2 * bytes;
    LUTGEMM_CALIBRATE_FOUR(up, wp)
    LUTGEMM_CALIBRATE_FOUR(up, wp + bytes)
    LUTGEMM_CALIBRATE_FOUR(up + bytes, wp)
    LUTGEMM_CALIBRATE_FOUR(up + bytes, wp + bytes)
  }
  *macs += uint64_t{12} * 16 * turns * bytes;
  const auto sum =
      hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  return hn::ReduceSum(d32, hn::Add(sum, hn::Add(hn::Add(s8, s9), hn::Add(s10, s11))));
}
#undef LUTGEMM_CALIBRATE_FOUR
#undef LUTGEMM_CALIBRATE_ROUND
#endif

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
namespace lutgemm::kernels {
namespace {

uint64_t PortableRead(const std::byte* data, size_t bytes, size_t) {
  const uint64_t* p = reinterpret_cast<const uint64_t*>(data);
  uint64_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (size_t i = 0; i + 4 <= bytes / sizeof(uint64_t); i += 4) {
    s0 += p[i];
    s1 += p[i + 1];
    s2 += p[i + 2];
    s3 += p[i + 3];
  }
  return s0 + s1 + s2 + s3;
}

int32_t PortableDot(size_t turns, uint64_t* macs) {
  constexpr size_t kPairs = 64;
  uint8_t u[4 + kPairs];
  int8_t w[4 + kPairs];
  for (size_t i = 0; i < sizeof(u); ++i) {
    u[i] = static_cast<uint8_t>(i * 3 & 127);
    w[i] = static_cast<int8_t>(static_cast<int>(i * 5 & 127) - 64);
  }
  uint32_t sum = 0;  // wraps, where an int would overflow
  for (size_t r = 0; r < 16 * turns; ++r) {
    int32_t part = 0;
    for (size_t i = 0; i < kPairs; ++i) part += u[(r & 3) + i] * w[(r & 3) + i];
    sum += static_cast<uint32_t>(part);
  }
  *macs += uint64_t{kPairs} * 16 * turns;
  return static_cast<int32_t>(sum);
}

struct Loops {
  int64_t target;  // 0: every CPU runs them
  uint64_t (*read)(const std::byte*, size_t, size_t);
  int32_t (*dot)(size_t, uint64_t*);
};
constexpr Loops kLoops[] = {
#define LUTGEMM_CALIBRATE_LOOPS(target, space) \
  {target, &space::CalibrateRead, &space::CalibrateDot},
    LUTGEMM_VISIT_TARGETS(LUTGEMM_CALIBRATE_LOOPS)
#undef LUTGEMM_CALIBRATE_LOOPS
        {0, &PortableRead, &PortableDot},
};

const Loops* ChooseLoops() {
  const int64_t cpu = hwy::SupportedTargets();
  const Loops* loops = kLoops;
  while (loops->target != 0 && (cpu & loops->target) == 0) ++loops;
  return loops;
}

const Loops& Chosen() {
  static const Loops* const loops = ChooseLoops();
  return *loops;
}

}  // namespace

uint64_t ReadAll(const std::byte* data, size_t bytes, size_t ahead) noexcept {
  return Chosen().read(data, bytes / 64 * 64, ahead);
}

int32_t DotAll(size_t turns, uint64_t* macs) noexcept { return Chosen().dot(turns, macs); }

}  // namespace lutgemm::kernels
#endif  // HWY_ONCE
