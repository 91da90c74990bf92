// Packed weights through the C interface, byte for byte those of the C++ one.
#include <cstddef>
#include <cstring>

#include "api/c_kit.h"
#include "base/buffer.h"

namespace lutgemm::test {
namespace {

TEST_CASE("packing gives the bytes of the C++ interface, in every format") {
  const Weights w = RandomWeights(37, 75);
  for (const QuantSpec& spec : AllSpecs()) {
    CAPTURE(Name(spec.format));
    CAPTURE(Name(spec.zero));
    const PackedHandle c = PackC(w, spec);
    const PackedWeights cpp = PackCpp(w, spec);
    CHECK(BlobOf(c.get()) == BlobOf(cpp));
    lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
    MustSucceed(lutgemm_packed_info(c.get(), &info));
    CHECK(info.format == static_cast<uint32_t>(spec.format));
    CHECK(info.group == spec.group);
    CHECK(info.zero == static_cast<uint32_t>(spec.zero));
    CHECK(info.scale == LUTGEMM_BF16);
    CHECK(info.layout == static_cast<uint32_t>(cpp.layout()));
    CHECK(info.layout_version == cpp.layout_version());
    CHECK(info.super_group == 0);
    CHECK(info.factor == LUTGEMM_F32);
    CHECK(info.n == 37);
    CHECK(info.k == 75);
    CHECK(lutgemm_packed_bytes(&info) == cpp.blob().size());
  }
}

TEST_CASE("f16 sources, a stride, a forced layout and threads arrive") {
  const std::vector<uint16_t> ones(3 * 20, 0x3c00);
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  matrix.elem = LUTGEMM_F16;
  matrix.data = ones.data();
  matrix.rows = 3;
  matrix.cols = 16;
  matrix.stride = 20;
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  spec.layout = LUTGEMM_LAYOUT_PLANES;
  lutgemm_threads* pool = nullptr;
  MustSucceed(lutgemm_threads_create(2, &pool));
  const ThreadsHandle threads(pool);
  CHECK(lutgemm_threads_count(pool) == 2);
  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack(&matrix, &spec, pool, &packed));
  const PackedHandle handle(packed);
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  MustSucceed(lutgemm_packed_info(packed, &info));
  CHECK(info.layout == LUTGEMM_LAYOUT_PLANES);
  const std::vector<float> floats(3 * 16, 1.0f);
  const QuantizedMatrix m = QuantizeCpp({3, 16, floats}, QuantSpec());
  CHECK(BlobOf(packed) == BlobOf(*Pack(m, LayoutId::kPlanes)));
}

TEST_CASE("imported codes pack as the C++ interface packs them") {
  const Weights w = RandomWeights(9, 50);
  for (const QuantSpec& spec : AllSpecs()) {
    CAPTURE(Name(spec.format));
    CAPTURE(Name(spec.zero));
    const QuantizedMatrix m = QuantizeCpp(w, spec);
    lutgemm_codes codes = LUTGEMM_CODES_INIT;
    codes.format = static_cast<uint32_t>(spec.format);
    codes.group = spec.group;
    codes.zero = static_cast<uint32_t>(spec.zero);
    codes.scale = LUTGEMM_BF16;
    codes.n = 9;
    codes.k = 50;
    codes.codes = m.codes.data();
    codes.scales = m.scales.data();
    codes.zeros = m.zeros.empty() ? nullptr : m.zeros.data();
    codes.offsets = m.offsets.empty() ? nullptr : m.offsets.data();
    lutgemm_packed* packed = nullptr;
    MustSucceed(lutgemm_pack_codes(&codes, nullptr, &packed));
    const PackedHandle handle(packed);
    CHECK(BlobOf(packed) == BlobOf(*Pack(m)));
  }
}

TEST_CASE("rows are those of the C++ interface, in every format") {
  const Weights w = RandomWeights(37, 75);
  for (const QuantSpec& spec : AllSpecs()) {
    CAPTURE(Name(spec.format));
    CAPTURE(Name(spec.zero));
    const PackedHandle packed = PackC(w, spec);
    std::vector<float> want(30 * 75), got(want.size());
    REQUIRE(UnpackRows(PackCpp(w, spec), 6, 30, want).ok());
    MustSucceed(lutgemm_unpack_rows(packed.get(), 6, 30, got.data(), nullptr));
    CHECK(got == want);
    CHECK(lutgemm_unpack_rows(packed.get(), 8, 30, got.data(), nullptr) == LUTGEMM_BAD_SHAPE);
    CHECK(lutgemm_unpack_rows(packed.get(), 0, SIZE_MAX / 2, got.data(), nullptr) ==
          LUTGEMM_BAD_SHAPE);
    CHECK(got == want);
    MustSucceed(lutgemm_unpack_rows(packed.get(), 37, 0, got.data(), nullptr));
  }
}

TEST_CASE("infos of a header before super-groups are taken, and filled as they were") {
  const PackedHandle packed = PackC(RandomWeights(40, 64), QuantSpec());
  lutgemm_weight_info old = LUTGEMM_WEIGHT_INFO_INIT;
  old.struct_size = offsetof(lutgemm_weight_info, super_group);
  old.super_group = 77, old.factor = 99;  // not the caller's to set
  MustSucceed(lutgemm_packed_info(packed.get(), &old));
  CHECK(old.super_group == 77);
  CHECK(old.factor == 99);
  CHECK(lutgemm_packed_bytes(&old) == BlobOf(packed.get()).size());
  lutgemm_packed* adopted = nullptr;
  MustSucceed(lutgemm_packed_from_blob(&old, lutgemm_packed_blob(packed.get(), nullptr),
                                       BlobOf(packed.get()).size(), &adopted));
  lutgemm_packed_free(adopted);
}

TEST_CASE("a blob in the caller's memory is used in place") {
  const PackedHandle packed = PackC(RandomWeights(40, 64), QuantSpec());
  const Bytes bytes = BlobOf(packed.get());
  base::Buffer memory = *base::Buffer::Allocate(bytes.size() + 64);
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  MustSucceed(lutgemm_packed_info(packed.get(), &info));
  lutgemm_packed* adopted = nullptr;
  MustSucceed(lutgemm_packed_from_blob(&info, memory.data(), bytes.size(), &adopted));
  const PackedHandle handle(adopted);
  size_t size = 0;
  CHECK(lutgemm_packed_blob(adopted, &size) == memory.data());
  CHECK(size == bytes.size());
  CHECK(lutgemm_packed_blob(adopted, nullptr) == memory.data());

  CHECK(lutgemm_packed_from_blob(&info, memory.data() + 1, bytes.size(), &adopted) ==
        LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_packed_from_blob(&info, memory.data(), bytes.size() - 1, &adopted) ==
        LUTGEMM_BAD_SHAPE);
  CHECK(adopted == nullptr);
  ++info.layout_version;
  CHECK(lutgemm_packed_from_blob(&info, memory.data(), bytes.size(), &adopted) ==
        LUTGEMM_UNSUPPORTED_FORMAT);
}

}  // namespace
}  // namespace lutgemm::test
