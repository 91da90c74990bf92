// Names, sizes, defaults, groups, layouts and the machine through the C interface, against the C++
// one; the version.
#include <string>

#include "api/c_kit.h"

namespace lutgemm::test {
namespace {

TEST_CASE("names of every number are those of the C++ interface, also of numbers that are none") {
  for (uint32_t i = 0; i < 256; ++i) {
    CHECK(lutgemm_format_name(i) == Name(static_cast<WeightFormat>(i)));
    CHECK(lutgemm_elem_name(i) == Name(static_cast<Elem>(i)));
    CHECK(lutgemm_zero_name(i) == Name(static_cast<ZeroKind>(i)));
    CHECK(lutgemm_layout_name(i) == Name(static_cast<LayoutId>(i)));
    CHECK(lutgemm_mode_name(i) == Name(static_cast<Mode>(i)));
    CHECK(lutgemm_method_name(i) == Name(static_cast<Method>(i)));
    CHECK(lutgemm_regime_name(i) == Name(static_cast<Regime>(i)));
    CHECK(lutgemm_code_bits(i) == CodeBits(static_cast<WeightFormat>(i)));
    CHECK(lutgemm_code_count(i) == CodeCount(static_cast<WeightFormat>(i)));
    CHECK(lutgemm_elem_bytes(i) == ElemBytes(static_cast<Elem>(i)));
  }
  CHECK(std::string(lutgemm_format_name(256 + LUTGEMM_INT4)) == "unknown");
  CHECK(lutgemm_code_bits(256 + LUTGEMM_INT4) == 0);
  CHECK(lutgemm_code_count(256 + LUTGEMM_INT4) == 0);
  CHECK(lutgemm_elem_bytes(256) == 0);
}

TEST_CASE("names are read back") {
  const auto all = [](auto parse, auto name, uint32_t first, uint32_t last) {
    for (uint32_t i = first; i <= last; ++i) {
      uint32_t value = 99;
      MustSucceed(parse(name(i), &value));
      CHECK(value == i);
    }
    uint32_t value = 99;
    CHECK(parse("no name", &value) == LUTGEMM_BAD_ARGUMENT);
    CHECK(std::string(lutgemm_last_error()).find("'no name'; known: ") != std::string::npos);
    CHECK(value == 99);
    NullIsNamed(parse(nullptr, &value), "name");
    NullIsNamed(parse(name(first), nullptr), "out");
  };
  all(lutgemm_parse_format, lutgemm_format_name, LUTGEMM_INT1,
      static_cast<uint32_t>(std::size(test::kAllFormats)));
  all(lutgemm_parse_elem, lutgemm_elem_name, LUTGEMM_F32, LUTGEMM_U8);
  all(lutgemm_parse_zero, lutgemm_zero_name, LUTGEMM_ZERO_NONE, LUTGEMM_ZERO_FLOAT);
  all(lutgemm_parse_layout, lutgemm_layout_name, LUTGEMM_LAYOUT_DEFAULT, LUTGEMM_LAYOUT_CODES);
}

TEST_CASE("default specs are those of the C++ interface") {
  for (const WeightFormat of : test::kAllFormats) {
    const auto format = static_cast<uint32_t>(of);
    const QuantSpec want = DefaultSpec(of);
    lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
    spec.zero = 2, spec.scale_search = 1, spec.layout = 3;
    MustSucceed(lutgemm_pack_spec_default(format, &spec));
    CHECK(spec.struct_size == sizeof spec);
    CHECK(spec.format == format);
    CHECK(spec.group == want.group);
    CHECK(spec.zero == LUTGEMM_ZERO_NONE);
    CHECK(spec.scale == static_cast<uint32_t>(want.scale));
    CHECK(spec.scale_search == 0);
    CHECK(spec.layout == LUTGEMM_LAYOUT_DEFAULT);
    CHECK(spec.book == nullptr);
  }
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  CHECK(lutgemm_pack_spec_default(0, &spec) == LUTGEMM_BAD_ARGUMENT);
  NullIsNamed(lutgemm_pack_spec_default(LUTGEMM_INT4, nullptr), "spec");
}

TEST_CASE("groups and layouts of weights") {
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  info.n = 8, info.k = 75, info.group = 32;
  CHECK(lutgemm_groups(&info) == 3);
  for (size_t g = 0; g < 3; ++g) {
    const WeightInfo cpp{WeightFormat::kInt4, ZeroKind::kNone, Elem::kF16, 8, 75, 32};
    CHECK(lutgemm_group_begin(&info, g) == cpp.group_begin(g));
    CHECK(lutgemm_group_end(&info, g) == cpp.group_end(g));
  }
  CHECK(lutgemm_group_end(&info, 2) == 75);
  CHECK(lutgemm_group_begin(&info, 3) == 0);
  CHECK(lutgemm_group_end(&info, 3) == 0);
  CHECK(lutgemm_super_groups(&info) == 1);
  info.super_group = 64, info.scale = LUTGEMM_I8, info.factor = LUTGEMM_BF16;
  CHECK(lutgemm_super_groups(&info) == 2);
  CHECK(lutgemm_default_layout(&info) == LUTGEMM_LAYOUT_CODES);
  info.factor = LUTGEMM_I8;
  CHECK(lutgemm_default_layout(&info) == 0);
  info = LUTGEMM_WEIGHT_INFO_INIT;
  info.n = 8, info.k = 75, info.group = LUTGEMM_WHOLE_ROW;
  CHECK(lutgemm_groups(&info) == 1);
  CHECK(lutgemm_default_layout(&info) == LUTGEMM_LAYOUT_CODES);
  info.format = LUTGEMM_INT2;
  CHECK(lutgemm_default_layout(&info) == LUTGEMM_LAYOUT_PLANES);
  info.format = LUTGEMM_TERNARY;
  CHECK(lutgemm_default_layout(&info) == LUTGEMM_LAYOUT_TRITS);
  for (uint32_t layout = LUTGEMM_LAYOUT_PLANES; layout <= LUTGEMM_LAYOUT_CODES; ++layout) {
    CHECK(lutgemm_layout_version(layout) == LayoutVersion(static_cast<LayoutId>(layout)));
  }
  CHECK(lutgemm_layout_version(LUTGEMM_LAYOUT_DEFAULT) == 0);
  CHECK(lutgemm_layout_version(4) == 0);
  info.k = 0;
  CHECK(lutgemm_groups(&info) == 0);
  CHECK(lutgemm_default_layout(&info) == 0);
  CHECK(lutgemm_groups(nullptr) == 0);
  CHECK(lutgemm_super_groups(&info) == 0);
  CHECK(lutgemm_super_groups(nullptr) == 0);
  CHECK(lutgemm_group_begin(nullptr, 0) == 0);
  CHECK(lutgemm_group_end(nullptr, 0) == 0);
  CHECK(lutgemm_default_layout(nullptr) == 0);
  CHECK(lutgemm_packed_bits_per_weight(nullptr) == 0);
  CHECK(lutgemm_packed_largest_zero(nullptr) == 0);
}

TEST_CASE("facts about the machine are those of the C++ interface") {
  const CpuFacts want = GetCpuFacts();
  lutgemm_cpu_info info = LUTGEMM_CPU_INFO_INIT;
  MustSucceed(lutgemm_cpu(&info));
  CHECK(info.name == want.name.substr(0, sizeof info.name - 1));
  CHECK(info.cores == want.cores);
  CHECK(info.l1d_bytes == want.l1d_bytes);
  CHECK(info.l2_bytes == want.l2_bytes);
  CHECK(info.l3_bytes == want.l3_bytes);
  NullIsNamed(lutgemm_cpu(nullptr), "info");
}

TEST_CASE("the library's version is that of its headers") {
  CHECK(std::string(lutgemm_version()) == LUTGEMM_VERSION);
  CHECK(std::string(LUTGEMM_VERSION) == std::to_string(LUTGEMM_VERSION_MAJOR) + "." +
                                            std::to_string(LUTGEMM_VERSION_MINOR) + "." +
                                            std::to_string(LUTGEMM_VERSION_PATCH));
  CHECK(std::string(LUTGEMM_VERSION) == LUTGEMM_PROJECT_VERSION);
  static_assert(LUTGEMM_VERSION_NUMBER == LUTGEMM_VERSION_MAJOR * 1000000 +
                                              LUTGEMM_VERSION_MINOR * 1000 + LUTGEMM_VERSION_PATCH);
}

}  // namespace
}  // namespace lutgemm::test
