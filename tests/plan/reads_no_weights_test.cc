// Plans are made without a look at the weights, which may be far away or not yet in memory.
#include "kit.h"
#include "ref/gemm.h"

#include <sys/mman.h>

#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::Random;

// A copy of packed weights in pages that can be closed.
class Pages {
 public:
  explicit Pages(const PackedWeights& weights)
      : bytes_(weights.blob().size()),
        pages_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    REQUIRE(pages_ != MAP_FAILED);
    std::memcpy(pages_, weights.blob().data(), bytes_);
  }
  ~Pages() { munmap(pages_, bytes_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  std::span<const std::byte> span() const { return {static_cast<std::byte*>(pages_), bytes_}; }
  void Close() const { REQUIRE(mprotect(pages_, bytes_, PROT_NONE) == 0); }

 private:
  const size_t bytes_;
  void* const pages_;
};

TEST_CASE("plans read no weights, stored zero points included") {
  Random random(83);
  for (const WeightFormat format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                    WeightFormat::kInt4, WeightFormat::kBfp4}) {
    for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      WeightInfo info = test::InfoOf(format, 64, 2048);
      info.zero = zero;
      if (zero != ZeroKind::kNone && !format::HasZeros(format)) continue;
      const PackedWeights packed = test::MustPack(test::RandomMatrix(info, random));
      const Pages pages(packed);
      const auto weights = PackedWeights::FromBlob(info, packed.layout(), 1, pages.span(), nullptr);
      REQUIRE(weights.ok());
      pages.Close();
      for (const std::string_view target : Targets()) {
        for (const Mode mode : {Mode::kFast, Mode::kExact}) {
          Problem problem;
          problem.mode = mode;
          problem.target = target;
          CHECK(MakePlan(*weights, problem).ok());
        }
      }
      Problem integers;
      integers.act = Elem::kI8;
      integers.out = Elem::kI32;
      integers.mode = Mode::kExact;
      CHECK(MakePlan(*weights, integers).ok() == (zero != ZeroKind::kFloat));
    }
  }
}

// Zero points around the largest that panels of bytes take in.
TEST_CASE("the product is right on both sides of what zero points allow") {
  Random random(84);
  for (const uint8_t largest : {uint8_t{111}, uint8_t{112}, uint8_t{113}, uint8_t{255}}) {
    for (const uint32_t group : {64u, kWholeTensor}) {
      WeightInfo info = test::Info(WeightFormat::kInt4, 70, 256, group);
      info.zero = ZeroKind::kInteger;
      auto matrix = test::RandomMatrix(info, random);
      matrix.zeros[matrix.zeros.size() / 2] = largest;
      const PackedWeights weights = test::MustPack(matrix);
      for (const size_t m : {size_t{1}, size_t{4}, size_t{40}}) {
        const auto act = random.Int8s(m * info.k);
        const auto want = ref::GemmInteger(matrix, act, m);
        for (const std::string_view target : Targets()) {
          Problem problem;
          problem.m = m;
          problem.act = Elem::kI8;
          problem.out = Elem::kI32;
          problem.mode = Mode::kExact;
          problem.target = target;
          const Plan plan = test::MustPlan(weights, problem);
          const auto out = test::RunPlan<int32_t>(plan, act, m * info.n);
          CAPTURE(std::string(plan.Explain()));
          CHECK(std::vector<int64_t>(out.begin(), out.end()) == want);
        }
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm
