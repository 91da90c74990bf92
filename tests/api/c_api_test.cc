// What the C interface says about itself, against the C++ one.
#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>

#include <lutgemm/lutgemm.hpp>

#include <string>

namespace lutgemm::test {
namespace {

TEST_CASE("enums and statuses have the values of the C++ interface") {
  static_assert(LUTGEMM_INTERNAL == static_cast<int>(Code::kInternal));
  static_assert(LUTGEMM_I32 == static_cast<int>(Elem::kI32));
  static_assert(LUTGEMM_TERNARY == static_cast<int>(WeightFormat::kTernary));
  static_assert(LUTGEMM_ZERO_FLOAT == static_cast<int>(ZeroKind::kFloat));
  static_assert(LUTGEMM_LAYOUT_CODES == static_cast<int>(LayoutId::kCodes));
  static_assert(LUTGEMM_EXACT == static_cast<int>(Mode::kExact));
  static_assert(LUTGEMM_WHOLE_TENSOR == kWholeTensor && LUTGEMM_WHOLE_ROW == kWholeRow);
  static_assert(LUTGEMM_WORKSPACE_HEADER == Plan::kWorkspaceHeader);
  for (int s = -1; s <= 16; ++s) {
    CHECK(std::string(lutgemm_status_text(s)) == CodeName(static_cast<Code>(s)));
  }
}

TEST_CASE("kernels and targets are those of the C++ interface") {
  REQUIRE(lutgemm_kernel_count() == Kernels().size());
  for (size_t i = 0; i < Kernels().size(); ++i) {
    const KernelInfo& want = Kernels()[i];
    lutgemm_kernel_info info = LUTGEMM_KERNEL_INFO_INIT;
    REQUIRE(lutgemm_kernel(i, &info) == LUTGEMM_OK);
    CHECK(info.name == want.name);
    CHECK(info.what == want.what);
    CHECK(info.method == static_cast<uint32_t>(want.method));
    CHECK(info.regime == static_cast<uint32_t>(want.regime));
    CHECK(info.layout == static_cast<uint32_t>(want.layout));
    CHECK((info.fast != 0) == want.fast);
    CHECK((info.exact != 0) == want.exact);
    CHECK(info.least_tokens == want.least_tokens);
    CHECK(info.most_tokens == want.most_tokens);
  }
  lutgemm_kernel_info info = LUTGEMM_KERNEL_INFO_INIT;
  CHECK(lutgemm_kernel(Kernels().size(), &info) == LUTGEMM_NOT_FOUND);
  REQUIRE(lutgemm_target_count() == Targets().size());
  for (size_t i = 0; i < Targets().size(); ++i) CHECK(lutgemm_target_name(i) == Targets()[i]);
  CHECK(lutgemm_target_name(Targets().size()) == nullptr);
}

}  // namespace
}  // namespace lutgemm::test
